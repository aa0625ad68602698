// SPDX-License-Identifier: Apache-2.0
// What a config may say of huawei-cpts: the one description from which the loader checks, and the JSON Schema and the
// documentation are made. Names and ranges are those of the vendor's page "Updating the Status of a Task".
#include "providers/huawei_cpts/adapter.hpp"

namespace taktd {
namespace {

using Kind = Parameter::Kind;

constexpr std::int64_t kInt32Max = 2'147'483'647;
constexpr std::int64_t kProjectIdMax = 64;
constexpr std::int64_t kClusterTypeMax = 1024;

// No rate is published. 3/s, rounded up to whole nanoseconds so that it is never more.
constexpr Duration kDefaultInterval{333'333'334};

Parameter integer(std::string name, std::int64_t min, std::string help) {
    Parameter p;
    p.name = std::move(name);
    p.kind = Kind::integer;
    p.help = std::move(help);
    p.min = min;
    p.max = kInt32Max;
    return p;
}

Parameter text(std::string name, std::int64_t length_min, std::int64_t length_max, std::string help) {
    Parameter p;
    p.name = std::move(name);
    p.kind = Kind::text;
    p.help = std::move(help);
    p.min = length_min;
    p.max = length_max;
    return p;
}

Parameter project_id() {
    // The page allows an empty one; the path that it would give names nothing.
    auto p = text("project_id", 1, kProjectIdMax, "The IAM project id of the region, not the test project.");
    p.required = true;
    return p;
}

Parameter network_info() {
    Parameter p;
    p.name = "network_info";
    p.kind = Kind::object;
    p.help = "Where the load comes from; `{network_type: internet}` is all that is documented.";
    p.default_json = R"({"network_type":"internet"})";
    // No default inside: whoever writes `network_info: {}` wants it empty.
    p.members = {text("network_type", 0, kClusterTypeMax, "The network; fixed at `internet`.")};
    p.open = true;
    return p;
}

std::vector<Parameter> task_parameters() {
    auto suite = integer("test_suite_id", 0, "The PerfTest project that the task belongs to.");
    suite.required = true;
    auto task = integer("task_id", 0, "The PerfTest task.");
    task.required = true;
    auto cluster_type = text("cluster_type", 0, kClusterTypeMax, "The kind of the resource group.");
    cluster_type.one_of = {"shared-cluster-internet", "private-cluster"};
    cluster_type.default_json = R"("shared-cluster-internet")";
    auto cluster = integer("cluster_id", -1, "The resource group; 0 is the shared one.");
    cluster.default_json = "0";
    auto package = integer("without_package", 0, "Pay per use when the package runs short; fixed at 0.");
    package.default_json = "0";
    auto enterprise = text("enterprise_project_id", 0, kProjectIdMax, "The enterprise project; 0 is the default one.");
    enterprise.default_json = R"("0")";
    return {suite, task, cluster_type, cluster, network_info(), package, enterprise};
}

AdapterSchema make_schema() {
    AdapterSchema s;
    s.type = "huawei-cpts";
    s.help = "Huawei Cloud CPTS (CodeArts PerfTest): load tests.";
    s.provider = {project_id()};
    s.scope_parameter = "project_id";
    s.endpoint_template = "https://cpts.{region}.myhuaweicloud.com";
    s.credential_sets = {{"access_key", "secret_key", "security_token?"}, {"token"}};
    s.task = task_parameters();
    s.task_id_parameter = "task_id";
    s.shows_task_name = true;
    s.default_rate_limit = {.interval = kDefaultInterval, .burst = 2};
    s.traits = {.can_pause = false, .query_batch_max = 1, .token_names_run = true};
    return s;
}

}  // namespace

const AdapterSchema& huawei_cpts_schema() {
    static const AdapterSchema schema = make_schema();
    return schema;
}

}  // namespace taktd
