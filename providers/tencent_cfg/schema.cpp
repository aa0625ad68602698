// What a config may say of tencent-cfg: the one description from which the loader checks, and the JSON Schema and the
// documentation are made. Names are the vendor's in snake_case; the page gives no ranges, so only what cannot be is
// refused.
#include "providers/tencent_cfg/adapter.hpp"

namespace taktd {
namespace {

using Kind = Parameter::Kind;

// The vendor names no limit; a conclusion is a sentence or two, and a text that it might refuse would cost us a stop.
constexpr std::int64_t kSummaryMax = 1000;

// The vendor's own limit is 10/s. A bucket of 2 that refills at 8/s lets at most 2 + 8 = 10 requests into any second.
constexpr Duration kDefaultInterval = std::chrono::milliseconds{125};
constexpr Duration kVendorInterval = std::chrono::milliseconds{100};

Parameter is_expect() {
    Parameter p;
    p.name = "is_expect";
    p.kind = Kind::boolean;
    p.help = "Whether the drill's result met expectations; the vendor wants it with every end.";
    return p;
}

Parameter summary() {
    Parameter p;
    p.name = "summary";
    p.kind = Kind::text;
    p.help = "The drill's conclusion; the vendor wants it with every end.";
    p.min = 1;
    p.max = kSummaryMax;
    p.placeholders = true;
    return p;
}

std::vector<Parameter> task_parameters() {
    Parameter task_id;
    task_id.name = "task_id";
    task_id.kind = Kind::integer;
    task_id.help = "The CFG task (TaskId).";
    task_id.required = true;
    task_id.min = 1;

    Parameter start_by;
    start_by.name = "start_by";
    start_by.kind = Kind::text;
    start_by.help = "The call that starts it: ModifyTaskRunStatus with status 1002, or ExecuteTask.";
    start_by.default_json = R"("modify_status")";
    start_by.one_of = {"modify_status", "execute_task"};
    return {task_id, start_by};
}

std::vector<Parameter> stop_parameters() {
    Parameter expect = is_expect();
    expect.required = true;
    Parameter text = summary();
    text.required = true;
    return {expect, text};
}

std::vector<Parameter> on_abort_parameters() {
    Parameter expect = is_expect();
    expect.default_json = "false";
    Parameter text = summary();
    text.default_json = R"("{cause} by {actor}: {reason}")";
    return {expect, text};
}

AdapterSchema make_schema() {
    AdapterSchema s;
    s.type = "tencent-cfg";
    s.help = "Tencent Cloud CFG (Chaotic Fault Generator): chaos experiments.";
    s.endpoint_template = "https://cfg.tencentcloudapi.com";
    s.credential_sets = {{"secret_id", "secret_key", "token?"}};
    s.task = task_parameters();
    s.task_id_parameter = "task_id";
    s.stop = stop_parameters();
    s.on_abort = on_abort_parameters();
    s.default_rate_limit = {.interval = kDefaultInterval, .burst = 2};
    s.vendor_interval_min = kVendorInterval;
    s.recurring_task_warning =
        "the vendor documents no re-run of an ended CFG task: a recurring schedule on a fixed task_id may start only "
        "once";
    s.traits = {.can_pause = true,
                .query_batch_max = 100,
                .token_names_run = false,  // nobody knows whether a resume changes the start time
                .ended_with_new_token_is_proof = true};
    return s;
}

}  // namespace

const AdapterSchema& tencent_cfg_schema() {
    static const AdapterSchema schema = make_schema();
    return schema;
}

}  // namespace taktd
