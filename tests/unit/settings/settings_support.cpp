// SPDX-License-Identifier: Apache-2.0
// See settings_support.hpp.
#include "tests/unit/settings/settings_support.hpp"

#include "daemon/zones/zone_loader.hpp"

namespace taktd::test {
namespace {

using Kind = Parameter::Kind;

Parameter parameter(std::string name, Kind kind) {
    Parameter p;
    p.name = std::move(name);
    p.kind = kind;
    return p;
}

}  // namespace

AdapterSchema huawei_schema() {
    AdapterSchema s;
    s.type = "huawei-cpts";
    auto project = parameter("project_id", Kind::text);
    project.required = true;
    project.min = 1;
    project.max = 64;
    s.provider = {project};
    s.scope_parameter = "project_id";
    s.endpoint_template = "https://cpts.{region}.myhuaweicloud.com";
    s.credential_sets = {{"access_key", "secret_key", "security_token?"}, {"token"}};
    auto suite = parameter("test_suite_id", Kind::integer);
    suite.required = true;
    suite.min = 0;
    suite.max = 2147483647;
    auto task = suite;
    task.name = "task_id";
    auto type = parameter("cluster_type", Kind::text);
    type.one_of = {"shared-cluster-internet", "private-cluster"};
    type.default_json = R"("shared-cluster-internet")";
    auto cluster = parameter("cluster_id", Kind::integer);
    cluster.min = -1;
    cluster.max = 2147483647;
    cluster.default_json = "0";
    auto network = parameter("network_info", Kind::object);
    network.members = {parameter("network_type", Kind::text)};
    network.open = true;
    network.default_json = R"({"network_type":"internet"})";
    auto package = parameter("without_package", Kind::integer);
    package.min = 0;
    package.default_json = "0";
    auto enterprise = parameter("enterprise_project_id", Kind::text);
    enterprise.max = 64;
    enterprise.default_json = R"("0")";
    s.task = {suite, task, type, cluster, network, package, enterprise};
    s.task_id_parameter = "task_id";
    s.shows_task_name = true;
    s.default_rate_limit = {.interval = Duration{333'333'334}, .burst = 2};
    return s;
}

namespace {

std::vector<Parameter> template_parameters() {
    auto id = parameter("template_id", Kind::integer);
    id.required = true;
    id.min = 1;
    auto title = parameter("title", Kind::text);
    title.max = 100;
    title.placeholders = title.before_start = true;
    title.must_contain = "{run}";
    title.default_json = R"("taktd {job} {run}")";
    auto mode = parameter("mode", Kind::text);
    mode.one_of = {"automatic", "manual"};
    auto pause = parameter("pause_after", Kind::duration);
    pause.min = 60;
    pause.max = 7200;
    pause.default_json = "3600";
    auto instances = parameter("instances", Kind::list);
    instances.required = true;
    instances.min = 1;
    instances.members = {parameter("instance", Kind::text)};
    auto group = parameter("group", Kind::object);
    auto group_mode = mode;
    group_mode.one_of = {"sequential", "staged"};
    auto action = parameter("action", Kind::object);
    action.open = true;
    auto actions = parameter("actions", Kind::list);
    actions.members = {action};
    group.members = {instances, parameter("title", Kind::text), parameter("description", Kind::text), group_mode,
                     actions};
    auto groups = parameter("groups", Kind::list);
    groups.members = {group};
    auto tag = parameter("tag", Kind::object);
    tag.members = {parameter("key", Kind::text), parameter("value", Kind::text)};
    auto tags = parameter("tags", Kind::list);
    tags.members = {tag};
    auto policy = parameter("policy_deal_type", Kind::text);
    policy.one_of = {"roll_back", "pause"};
    return {id, title, parameter("description", Kind::text), mode, pause, groups, policy, tags};
}

}  // namespace

AdapterSchema tencent_schema() {
    AdapterSchema s;
    s.type = "tencent-cfg";
    s.endpoint_template = "https://cfg.tencentcloudapi.com";
    s.credential_sets = {{"secret_id", "secret_key", "token?"}};
    auto task = parameter("task_id", Kind::integer);
    task.required = true;
    task.min = 1;
    auto start_by = parameter("start_by", Kind::text);
    start_by.one_of = {"modify_status", "execute_task"};
    start_by.default_json = R"("modify_status")";
    s.task = {task, start_by};
    s.task_id_parameter = "task_id";
    s.prepare = template_parameters();
    s.shows_task_name = true;
    auto expect = parameter("is_expect", Kind::boolean);
    expect.required = true;
    auto summary = parameter("summary", Kind::text);
    summary.required = true;
    summary.min = 1;
    summary.max = 1000;
    summary.placeholders = true;
    s.stop = {expect, summary};
    expect.required = false;
    expect.default_json = "false";
    summary.required = false;
    summary.default_json = R"("{cause} by {actor}: {reason}")";
    s.on_abort = {expect, summary};
    s.default_rate_limit = {.interval = std::chrono::milliseconds{125}, .burst = 2};
    s.vendor_interval_min = std::chrono::milliseconds{100};
    s.recurring_task_warning = "the vendor documents no re-run of an ended CFG task";
    s.traits.can_pause = true;
    s.traits.query_batch_max = 100;
    s.traits.can_heal = true;
    return s;
}

LoadContext context() {
    LoadContext c;
    c.adapters = {huawei_schema(), tencent_schema()};
    c.find_zone = [](const std::string& name) { return load_zone(name); };
    c.zone_names = [] { return zone_names(); };
    c.get_env = [](const std::string& name) -> std::optional<std::string> {
        if (name == "REGION") return "cn-north-4";
        if (name == "PORT") return "8081";
        if (name == "NESTED") return "${env:REGION}";
        if (name == "SECRET") return "HUNTER2HUNTER2";
        return std::nullopt;
    };
    return c;
}

namespace {

/// One star, which stands for anything within a folder.
bool matches_star(const std::string& pattern, const std::string& path) {
    const std::size_t star = pattern.find('*');
    const std::string before = pattern.substr(0, star), after = pattern.substr(star + 1);
    if (path.size() < before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
    return path.substr(before.size(), path.size() - before.size() - after.size()).find('/') == std::string::npos;
}

}  // namespace

LoadContext context_with(const Files& files) {
    LoadContext c = context();
    c.read_file = [files](const std::string& path, std::size_t) -> Result<FileText> {
        const auto found = files.find(path);
        if (found == files.end()) return unexpected<std::string>{"No such file or directory"};
        return FileText{.text = found->second, .identity = path};
    };
    c.find_files = [files](const std::string& pattern) -> Result<std::vector<std::string>> {
        std::vector<std::string> matches;
        for (const auto& [path, text] : files) {
            if (matches_star(pattern, path)) matches.push_back(path);
        }
        return matches;
    };
    return c;
}

LoadResult load_files(const Files& files) {
    return load_settings_text(files.at("taktd.yaml"), "taktd.yaml", context_with(files));
}

LoadResult load(const std::string& text) {
    static const LoadContext shared = context();
    return load_settings_text(text, "taktd.yaml", shared);
}

std::vector<std::string> headlines(const LoadResult& result) {
    std::vector<std::string> lines;
    for (const Diagnostic& d : result.diagnostics) {
        const std::string text = d.to_text();
        lines.push_back(text.substr(0, text.find('\n')));
    }
    return lines;
}

std::string all_text(const LoadResult& result) {
    std::string text;
    for (const Diagnostic& d : result.diagnostics) text += d.to_text() + "\n";
    return text;
}

const char* const kGoodConfig = R"(version: 1
time_zone: Asia/Shanghai
x-notes: {anything: [goes, here]}
store: {path: /tmp/t.db, retention: 30d}
control: {socket: /tmp/t.sock}
providers:
  perf:
    type: huawei-cpts
    region: ap-southeast-3
    project_id: 0123456789abcdef0123456789abcdef
    credentials: {access_key: "${env:HUAWEI_ACCESS_KEY}", secret_key: "${credential:huawei-secret-key}"}
    rate_limit: {rate: 100/m, burst: 3}
    timeout: 5s
    poll_interval: 20s
    settle: 90s
    baseline: false
  chaos:
    type: tencent-cfg
    credentials:
      secret_id: "${file:/etc/taktd/tencent.id}"
      secret_key: ${file:/etc/taktd/tencent.key}
jobs:
  nightly-load:
    description: Checkout at 2x peak
    provider: perf
    task: {test_suite_id: "7", task_id: 101, network_info: {network_type: internet, extra: [1, "2", true, null]}}
    start: [{cron: "0 2 * * *", time_zone: Europe/Berlin}, "0 2 * * *"]
    stop: {after: 1h30m, task: {cluster_id: -1, network_info: {}}}
    max_duration: 100m
    start_grace: 45s
    min_window: 2m
    misfire: run_late
    overlap: skip
    retry: {attempts: "3", initial: 500ms, max: 10s}
    enabled: false
    on_removal: finish
  every-fortnight:
    provider: perf
    time_zone: Europe/Berlin
    task: {test_suite_id: 1, task_id: 2, cluster_type: private-cluster, cluster_id: 5, enterprise_project_id: 3}
    start: {every: 14d, from: "2026-12-05 03:00"}
    stop: {after: 10m}
  one-drill:
    provider: chaos
    task: {task_id: 1698}
    start: {at: "2026-12-05T03:00:00+08:00"}
    stop: {at: "2026-12-05 03:10", is_expect: true, summary: "{job} {run}: \"ended\" {{on schedule", on_abort: {is_expect: true}}
)";

std::string with_job(const std::string& job_lines) {
    std::string text = R"(version: 1
providers:
  perf: {type: huawei-cpts, region: ap-southeast-3, project_id: p,
         credentials: {token: "${credential:t}"}}
  chaos:
    type: tencent-cfg
    credentials: {secret_id: "${credential:i}", secret_key: "${credential:k}"}

jobs:
  load:
)";
    std::size_t at = 0;
    while (at < job_lines.size()) {
        const std::size_t end = std::min(job_lines.find('\n', at), job_lines.size());
        text += "    " + job_lines.substr(at, end - at) + "\n";
        at = end + 1;
    }
    return text;
}

}  // namespace taktd::test
