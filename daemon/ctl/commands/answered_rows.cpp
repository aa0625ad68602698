// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/answered_rows.hpp"

#include <cmath>

namespace taktd::ctl {
namespace {

const json::value* member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(json::string_view{name.data(), name.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::optional<std::string> optional_text_in(const json::object& object, std::string_view name) {
    const json::value* value = member(object, name);
    return value != nullptr && value->is_string() ? std::optional{std::string{value->get_string()}} : std::nullopt;
}

WallTime wall_in(const json::object& object, std::string_view name) {
    return instant_in(object, name).value_or(WallTime{});
}

std::optional<Duration> seconds_in(const json::object& object, std::string_view name) {
    const json::value* value = member(object, name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    constexpr double kNanoseconds = 1e9;
    return Duration{std::llround(value->to_number<double>() * kNanoseconds)};
}

std::optional<BootTime> boot_in(const json::object& object, std::string_view name) {
    const auto since = seconds_in(object, name);
    return since ? std::optional{BootTime{*since}} : std::nullopt;
}

template <class Number>
Number number_in(const json::object& object, std::string_view name) {
    const json::value* value = member(object, name);
    return value != nullptr && value->is_number() ? static_cast<Number>(value->to_number<double>()) : Number{};
}

template <class Enum>
Enum word_in(const json::object& object, std::string_view name) {
    return parse_name<Enum>(text_in(object, name)).value_or(Enum{});
}

std::string object_text(const json::object& object, std::string_view name) {
    const json::value* value = member(object, name);
    return value == nullptr ? "" : json::serialize(*value);
}

}  // namespace

std::optional<RunRow> run_in(const json::object& object, StopPlanReader& plans) {
    const auto id = RunId::parse(text_in(object, "id"));
    auto plan = plans.read(object_text(object, "stop_plan"), object_text(object, "task"));
    if (!id || !plan) return std::nullopt;
    RunRow run;
    run.id = *id;
    run.job = text_in(object, "job");
    run.provider = text_in(object, "provider");
    run.task_key = text_in(object, "task_key");
    run.occurrence = instant_in(object, "occurrence");
    run.request_key = optional_text_in(object, "request_key");
    run.origin = word_in<Origin>(object, "origin");
    run.state = word_in<RunState>(object, "state");
    run.reason = word_in<Reason>(object, "reason");
    run.plan = std::move(*plan);
    if (member(object, "baseline") != nullptr) {
        if (auto baseline = baseline_from_json(object_text(object, "baseline"))) run.baseline = std::move(*baseline);
    }
    run.start_due = wall_in(object, "start_due");
    run.stop_due = wall_in(object, "stop_due");
    run.max_end = wall_in(object, "max_end");
    run.stop_due_boot = boot_in(object, "stop_due_boot");
    run.max_end_boot = boot_in(object, "max_end_boot");
    run.boot_id = text_in(object, "boot_id");
    run.vendor_run_id = text_in(object, "vendor_run_id");
    run.vendor_task_id = text_in(object, "vendor_task_id");
    run.remote_state = word_in<RemoteState>(object, "remote_state");
    const json::value* seen = member(object, "seen_active");
    run.seen_active = seen != nullptr && seen->is_bool() && seen->get_bool();
    run.residue = text_in(object, "residue");
    run.waits_for = text_in(object, "waits_for");
    run.waits_since = instant_in(object, "waits_since");
    run.obligation = word_in<Obligation>(object, "obligation");
    run.created = wall_in(object, "created");
    run.updated = wall_in(object, "updated");
    return run;
}

TransitionRow transition_in(const json::object& object) {
    TransitionRow row;
    row.run = RunId::parse(text_in(object, "run_id")).value_or(RunId{});
    row.seq = number_in<int>(object, "seq");
    if (member(object, "from_state") != nullptr) row.from = word_in<RunState>(object, "from_state");
    row.to = word_in<RunState>(object, "to_state");
    row.at = wall_in(object, "at");
    row.reason = word_in<Reason>(object, "reason");
    row.actor = text_in(object, "actor");
    const json::value* detail = member(object, "detail");
    if (detail != nullptr && detail->is_object()) row.detail = text_in(detail->get_object(), "note");
    return row;
}

ToldTransition told_transition_in(const json::object& object) {
    return {transition_in(object), text_in(object, "job"), text_in(object, "provider")};
}

CallRow call_in(const json::object& object) {
    CallRow call;
    call.id = CallId::parse(text_in(object, "id")).value_or(CallId{});
    call.run = RunId::parse(text_in(object, "run_id"));
    call.provider = text_in(object, "provider");
    call.account = text_in(object, "account");
    call.action = word_in<Action>(object, "action");
    call.attempt = number_in<int>(object, "attempt");
    call.intent = wall_in(object, "intent");
    call.boot_id = text_in(object, "boot_id");
    call.record.method = text_in(object, "method");
    call.record.target = text_in(object, "target");
    call.record.request_body = text_in(object, "request_body");
    call.record.response_body = text_in(object, "response_body");
    call.record.sent = instant_in(object, "sent");
    call.record.sent_boot = boot_in(object, "sent_boot");
    call.record.bytes_sent = number_in<std::size_t>(object, "bytes_sent");
    if (member(object, "outcome") == nullptr) return call;
    CallResult& result = call.result.emplace();
    result.outcome = word_in<Outcome>(object, "outcome");
    result.http_status = number_in<int>(object, "http_status");
    result.vendor_code = text_in(object, "vendor_code");
    result.vendor_message = text_in(object, "vendor_message");
    result.vendor_extend = text_in(object, "vendor_extend");
    result.vendor_run_id = text_in(object, "vendor_run_id");
    result.request_id = text_in(object, "request_id");
    result.retry_after = seconds_in(object, "retry_after");
    result.ended = wall_in(object, "done");
    result.ended_boot = boot_in(object, "done_boot").value_or(BootTime{});
    return call;
}

ForeignRow foreign_in(const json::object& object) {
    ForeignRow row;
    row.task_key = text_in(object, "task_key");
    row.provider = text_in(object, "provider");
    row.job = text_in(object, "job");
    row.first_seen = wall_in(object, "first_seen");
    row.last_seen = wall_in(object, "last_seen");
    row.remote = word_in<RemoteState>(object, "remote_state");
    row.token = optional_text_in(object, "token");
    return row;
}

std::optional<RunHistory> history_in(const json::object& object) {
    StopPlanReader plans;
    auto run = run_in(object.at("run").as_object(), plans);
    if (!run) return std::nullopt;
    RunHistory history;
    history.run = std::move(*run);
    for (const json::value& each : object.at("transitions").as_array())
        history.transitions.push_back(transition_in(each.as_object()));
    for (const json::value& each : object.at("calls").as_array()) history.calls.push_back(call_in(each.as_object()));
    return history;
}

}  // namespace taktd::ctl
