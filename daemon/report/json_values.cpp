// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/json_values.hpp"

#include "daemon/core/rules/ends.hpp"
#include "daemon/store/json/stop_plan_json.hpp"
#include "daemon/store/json/text.hpp"

namespace taktd::report {

json::value text(std::string_view value) {
    if (is_storable_text(value)) return json::string{value};
    return json::string{storable_text(value)};
}
json::value text_or_null(std::string_view value) { return value.empty() ? json::value(nullptr) : text(value); }
json::value optional_text(const std::optional<std::string>& value) { return value ? text(*value) : nullptr; }

json::value instant(WallTime t) { return text(to_rfc3339(t)); }
json::value instant(const std::optional<WallTime>& t) { return t ? instant(*t) : nullptr; }

json::value seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
json::value boot_seconds(const std::optional<BootTime>& t) { return t ? seconds(t->time_since_epoch()) : nullptr; }

json::value object_in(const std::string& stored) {
    boost::system::error_code error;
    json::value value = json::parse(stored, error);
    return error ? text(stored) : value;
}

std::string document(json::object object) { return json::serialize(object) + "\n"; }

json::value of_run(const RunRow& r) {
    return json::object{
        {"id", id_text(r.id)},
        {"job", text(r.job)},
        {"provider", text(r.provider)},
        {"task_key", text(r.task_key)},
        {"occurrence", instant(r.occurrence)},
        {"request_key", optional_text(r.request_key)},
        {"origin", word(r.origin)},
        {"state", word(r.state)},
        {"reason", word(r.reason)},
        {"task", object_in(r.plan.task.start_json)},
        {"stop_plan", object_in(stop_plan_to_json(r.plan))},
        {"baseline", r.baseline ? object_in(baseline_to_json(*r.baseline)) : nullptr},
        {"start_due", instant(r.start_due)},
        {"stop_due", instant(r.stop_due)},
        {"max_end", instant(r.max_end)},
        {"stop_due_boot", boot_seconds(r.stop_due_boot)},
        {"max_end_boot", boot_seconds(r.max_end_boot)},
        {"boot_id", text_or_null(r.boot_id)},
        {"vendor_run_id", text_or_null(r.vendor_run_id)},
        {"vendor_task_id", text_or_null(r.vendor_task_id)},
        {"remote_state", word(r.remote_state)},
        {"seen_active", r.seen_active},
        {"residue", text_or_null(r.residue)},
        {"waits_for", text_or_null(r.waits_for)},
        {"waits_since", instant(r.waits_since)},
        {"obligation", word(r.obligation)},
        {"created", instant(r.created)},
        {"updated", instant(r.updated)},
    };
}

json::object of_shown_run(const RunRow& run, const std::optional<StopFacts>& stop) {
    json::object body = of_run(run).as_object();
    if (stop) {
        body["stop_attempts"] = stop->attempts;
        body["next_stop"] = instant(stop->next);
    }
    return body;
}

json::value of_transition(const TransitionRow& t) {
    return json::object{
        {"run_id", id_text(t.run)},
        {"seq", t.seq},
        {"from_state", t.from ? word(*t.from) : nullptr},
        {"to_state", word(t.to)},
        {"at", instant(t.at)},
        {"reason", word(t.reason)},
        {"actor", text_or_null(t.actor)},
        {"detail", t.detail.empty() ? json::value(nullptr) : json::object{{"note", text(t.detail)}}},
    };
}

json::value of_call(const CallRow& c) {
    const CallResult none;
    const CallResult& result = c.result ? *c.result : none;
    const bool has_status = c.result && result.http_status != 0;
    return json::object{
        {"id", id_text(c.id)},
        {"run_id", id_text(c.run)},
        {"provider", text(c.provider)},
        {"account", text(c.account)},
        {"action", word(c.action)},
        {"attempt", c.attempt},
        {"method", text_or_null(c.record.method)},
        {"target", text_or_null(c.record.target)},
        {"request_body", text_or_null(c.record.request_body)},
        {"response_body", text_or_null(c.record.response_body)},
        {"intent", instant(c.intent)},
        {"sent", instant(c.record.sent)},
        {"sent_boot", boot_seconds(c.record.sent_boot)},
        {"boot_id", text_or_null(c.boot_id)},
        {"bytes_sent", c.record.bytes_sent},
        {"done", c.result ? instant(result.ended) : nullptr},
        {"done_boot", c.result ? boot_seconds(result.ended_boot) : nullptr},
        {"outcome", c.result ? word(result.outcome) : nullptr},
        {"http_status", has_status ? json::value(result.http_status) : nullptr},
        {"vendor_code", text_or_null(result.vendor_code)},
        {"vendor_message", text_or_null(result.vendor_message)},
        {"vendor_extend", text_or_null(result.vendor_extend)},
        {"vendor_run_id", text_or_null(result.vendor_run_id)},
        {"request_id", text_or_null(result.request_id)},
        {"retry_after", result.retry_after ? seconds(*result.retry_after) : nullptr},
    };
}

json::value of_failed_call(const CallRow& call) {
    const CallResult& result = *call.result;
    return {{"at", instant(result.ended)},
            {"action", word(call.action)},
            {"outcome", word(result.outcome)},
            {"http_status", result.http_status == 0 ? json::value(nullptr) : json::value(result.http_status)},
            {"vendor_code", text_or_null(result.vendor_code)},
            {"vendor_message", text_or_null(result.vendor_message)},
            {"run_id", id_text(call.run)}};
}

json::value of_hold(const HoldRow& h) {
    return json::object{
        {"scope", text(h.scope)},    {"reason", text(h.reason)},  {"actor", text(h.actor)},
        {"since", instant(h.since)}, {"until", instant(h.until)},
    };
}

json::object of_brief(const RunBrief& run, WallTime now) {
    const bool is_late = run.is_overdue(now);
    return {{"id", id_text(run.id)},
            {"job", text(run.job)},
            {"provider", text(run.provider)},
            {"origin", word(run.origin)},
            {"state", word(run.state)},
            {"reason", word(run.reason)},
            {"start_due", instant(run.start_due)},
            {"stop_due", instant(run.stop_due)},
            {"started", instant(run.started)},
            {"ended", instant(run.ended)},
            {"obligation", word(run.obligation)},
            {"remote_state", word(run.remote_state)},
            {"overdue", is_late},
            {"late", is_late ? seconds(now - *run.should_end) : nullptr},
            {"updated", instant(run.updated)}};
}

json::object of_brief(const RunRow& run, WallTime now) {
    RunBrief brief;
    brief.id = run.id;
    brief.job = run.job;
    brief.provider = run.provider;
    brief.origin = run.origin;
    brief.state = run.state;
    brief.reason = run.reason;
    brief.start_due = run.start_due;
    brief.stop_due = run.stop_due;
    if (is_terminal(run.state)) brief.ended = run.updated;
    brief.obligation = run.obligation;
    brief.remote_state = run.remote_state;
    brief.updated = run.updated;
    if (run.obligation == Obligation::open) {
        brief.should_end = should_end_at(run);
        brief.overdue_from = overdue_from(run);
    }
    return of_brief(brief, now);
}

json::object of_told_transition(const ToldTransition& told) {
    json::object object = of_transition(told.row).as_object();
    object["job"] = text(told.job);
    object["provider"] = text(told.provider);
    return object;
}

json::value of_foreign(const ForeignRow& f) {
    return json::object{
        {"task_key", text(f.task_key)},        {"provider", text(f.provider)},      {"job", text(f.job)},
        {"first_seen", instant(f.first_seen)}, {"last_seen", instant(f.last_seen)}, {"remote_state", word(f.remote)},
        {"token", optional_text(f.token)},
    };
}

json::array holds_in_force(const std::vector<HoldRow>& holds, WallTime now) {
    json::array engaged;
    for (const HoldRow& hold : holds) {
        if (hold.is_in_force(now)) engaged.push_back(of_hold(hold));
    }
    return engaged;
}

}  // namespace taktd::report
