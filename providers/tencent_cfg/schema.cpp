// SPDX-License-Identifier: Apache-2.0
// What a config may say of tencent-cfg: the one description from which the loader checks, and the JSON Schema and the
// documentation are made. Names are the vendor's in snake_case; the page gives no ranges, so only what cannot be is
// refused.
#include "providers/tencent_cfg/adapter.hpp"

namespace taktd {
namespace {

using Kind = Parameter::Kind;

// The vendor names no limit; a conclusion is a sentence or two, and a text that it might refuse would cost us a stop.
constexpr std::int64_t kSummaryMax = 1000;
// Neither does it name any of titles and other texts.
constexpr std::int64_t kTextMax = 1000;
constexpr std::int64_t kTitleMax = 200;  // before {job} and {run} are put in

// The vendor's own limit is 10/s. A bucket of 2 that refills at 8/s lets at most 2 + 8 = 10 requests into any second.
constexpr Duration kDefaultInterval = std::chrono::milliseconds{125};
constexpr Duration kVendorInterval = std::chrono::milliseconds{100};

Parameter is_expect() {
    Parameter p;
    p.name = "is_expect";
    p.kind = Kind::boolean;
    p.help = "Whether the drill's result met expectations; the vendor requires it with every end.";
    return p;
}

Parameter summary() {
    Parameter p;
    p.name = "summary";
    p.kind = Kind::text;
    p.help = "The drill's conclusion; the vendor requires it with every end.";
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

Parameter named(std::string name, Kind kind, std::string help) {
    Parameter p;
    p.name = std::move(name);
    p.kind = kind;
    p.help = std::move(help);
    return p;
}

Parameter text(std::string name, std::int64_t length_max, std::string help) {
    Parameter p = named(std::move(name), Kind::text, std::move(help));
    p.min = 1;
    p.max = length_max;
    return p;
}

Parameter one_of(std::string name, std::vector<std::string> values, std::string help) {
    Parameter p = named(std::move(name), Kind::text, std::move(help));
    p.one_of = std::move(values);
    return p;
}

Parameter list_of(Parameter item, std::string name, std::string help) {
    Parameter p = named(std::move(name), Kind::list, std::move(help));
    p.members = {std::move(item)};
    return p;
}

/// What is changed in one action of a group.
Parameter action() {
    Parameter order = named("order", Kind::integer, "Which action of the group, counted from 1.");
    order.required = true;
    order.min = 1;
    Parameter general = named("general_configuration", Kind::object,
                              "Parameters that every action has, e.g. `{ActionTimeout: 1800}`; sent as JSON text.");
    general.open = true;
    Parameter custom = named("custom_configuration", Kind::object, "Parameters of this action; sent as JSON text.");
    custom.open = true;
    Parameter p = named("action", Kind::object, "Which action, and what it does otherwise than in the template.");
    p.members = {order, general, custom};
    return p;
}

/// One element of TaskGroupsConfig; the vendor's prefix `TaskGroup` is left out.
Parameter group() {
    Parameter instances = list_of(text("instance", kTextMax, "An id such as `ins-a1`; a pod or node as JSON text."),
                                  "instances", "What the group's faults are injected into (TaskGroupInstances).");
    instances.required = true;
    Parameter title = text("title", kTextMax, "Its title; by default the template's.");
    Parameter description = text("description", kTextMax, "Its description; by default the template's.");
    for (Parameter* words : {&title, &description}) words->placeholders = words->before_start = true;
    Parameter p = named("group", Kind::object, "One action group.");
    p.members = {instances, title, description,
                 one_of("mode", {"sequential", "staged"}, "How its actions follow; by default as in the template."),
                 list_of(action(), "actions", "Changes to its actions (TaskGroupActionsConfig).")};
    return p;
}

Parameter tag() {
    Parameter key = text("key", kTextMax, "The tag's key.");
    key.required = true;
    Parameter value = named("value", Kind::text, "The tag's value.");
    value.required = true;
    Parameter p = named("tag", Kind::object, "One tag.");
    p.members = {key, value};
    return p;
}

/// CreateTaskFromTemplate: TemplateId, and TaskConfig whose prefix `Task` is left out.
std::vector<Parameter> prepare_parameters() {
    Parameter template_id =
        named("template_id", Kind::integer, "The template (TemplateId) that each run makes its own task from.");
    template_id.required = true;
    template_id.min = 1;

    Parameter title = text("title", kTitleMax,
                           "The new task's title. It must contain {run}: a task whose creation was not answered is "
                           "found again by it.");
    title.default_json = R"("taktd {job} {run}")";
    title.placeholders = title.before_start = true;
    title.must_contain = "{run}";

    Parameter description = text("description", kTextMax, "Its description; by default the template's.");
    description.placeholders = description.before_start = true;

    Parameter mode = one_of("mode", {"automatic", "manual"},
                            "Whether its groups run by themselves or each waits for a person after the start.");
    mode.default_json = R"("automatic")";

    Parameter pause_after =
        named("pause_after", Kind::duration, "When the vendor pauses it by itself; whole minutes, rounded up.");
    pause_after.min = 1;
    pause_after.default_json = "3600";

    Parameter groups =
        list_of(group(), "groups", "One for each action group of the template, in its order (TaskGroupsConfig).");
    groups.default_json = "[]";

    Parameter policy = one_of("policy_deal_type", {"roll_back", "pause"}, "What a guard rail does when it is hit.");
    return {
        template_id, title,  description, mode,
        pause_after, groups, policy,      list_of(tag(), "tags", "Tags of the new task; by default the template's.")};
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
    s.prepare = prepare_parameters();
    s.shows_task_name = true;
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
                .can_heal = true};
    return s;
}

}  // namespace

const AdapterSchema& tencent_cfg_schema() {
    static const AdapterSchema schema = make_schema();
    return schema;
}

}  // namespace taktd
