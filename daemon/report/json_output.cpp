#include "daemon/report/json_output.hpp"

#include <boost/json.hpp>

#include "daemon/store/json/stop_plan_json.hpp"
#include "daemon/store/json/text.hpp"

namespace taktd::report {
namespace {

namespace json = boost::json;

json::value text(std::string_view value) {
    if (is_storable_text(value)) return json::string{value};
    return json::string{storable_text(value)};
}
json::value text_or_null(std::string_view value) { return value.empty() ? json::value(nullptr) : text(value); }
template <class Tag>
json::value id_text(const Id<Tag>& id) {
    return json::string{id.text()};
}
template <class Tag>
json::value id_text(const std::optional<Id<Tag>>& id) {
    return id ? id_text(*id) : nullptr;
}
json::value optional_text(const std::optional<std::string>& value) { return value ? text(*value) : nullptr; }

template <class Enum>
json::value word(Enum value) {
    return text_or_null(name_of(value));
}

json::value instant(WallTime t) { return text(to_rfc3339(t)); }
json::value instant(const std::optional<WallTime>& t) { return t ? instant(*t) : nullptr; }

json::value seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
json::value boot_seconds(const std::optional<BootTime>& t) { return t ? seconds(t->time_since_epoch()) : nullptr; }

/// The object that the store keeps as text.
json::value object_in(const std::string& stored) {
    boost::system::error_code error;
    json::value value = json::parse(stored, error);
    return error ? text(stored) : value;
}

std::string document(json::object object) { return json::serialize(object) + "\n"; }

template <class Items, class ToValue>
json::array list(const Items& items, ToValue to_value) {
    json::array array;
    for (const auto& item : items) array.push_back(to_value(item));
    return array;
}

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

json::value of_hold(const HoldRow& h) {
    return json::object{
        {"scope", text(h.scope)},    {"reason", text(h.reason)},  {"actor", text(h.actor)},
        {"since", instant(h.since)}, {"until", instant(h.until)},
    };
}

json::value of_window(const PlannedWindow& w) {
    return json::object{
        {"job", text(w.job->name)},
        {"start_due", instant(w.window.start_due)},
        {"stop_due", instant(w.window.stop_due)},
        {"skip", word(w.skip)},
        {"notes", list(w.notes, [](const std::string& note) { return text(note); })},
    };
}

json::value of_diagnostic(const Diagnostic& d) {
    return json::object{
        {"file", text(d.file)},
        {"line", d.line > 0 ? json::value(d.line) : nullptr},
        {"column", d.line > 0 ? json::value(d.column) : nullptr},
        {"message", text(d.message)},
    };
}

json::value of_job(const CheckedJob& checked) {
    const Job& job = *checked.job;
    return json::object{
        {"job", text(job.name)},
        {"description", text_or_null(job.description)},
        {"provider", text(job.provider->name)},
        {"task_key", text(job.task_key)},
        {"enabled", job.enabled},
        {"windows", list(checked.windows, of_window)},
    };
}

}  // namespace

std::string cron_json(const std::vector<WallTime>& next) {
    return document({{"next", list(next, [](WallTime t) { return instant(t); })}});
}

std::string plan_json(const std::vector<PlannedWindow>& windows) {
    return document({{"windows", list(windows, of_window)}});
}

std::string check_json(const std::vector<Diagnostic>& diagnostics, const std::vector<CheckedJob>& jobs) {
    json::array errors, warnings;
    for (const Diagnostic& d : diagnostics) {
        (d.severity == Diagnostic::Severity::error ? errors : warnings).push_back(of_diagnostic(d));
    }
    return document({{"errors", std::move(errors)}, {"warnings", std::move(warnings)}, {"jobs", list(jobs, of_job)}});
}

std::string runs_json(const std::vector<RunRow>& runs) { return document({{"runs", list(runs, of_run)}}); }

std::string holds_json(const std::vector<HoldRow>& holds) { return document({{"holds", list(holds, of_hold)}}); }

std::string stop_all_json(const StopAllOutcome& outcome) {
    return document({{"runs", list(outcome.runs, of_run)},
                     {"problems", list(outcome.problems, [](const std::string& problem) { return text(problem); })},
                     {"timed_out", outcome.timed_out},
                     {"interrupted", outcome.interrupted}});
}

std::string clock_json(const ClockReport& report) {
    const auto job = [](const JobStateRow& row) {
        return json::object{{"job", text(row.job)}, {"watermark", instant(row.watermark)}};
    };
    return document({{"clock", instant(report.clock)},
                     {"newest", instant(report.newest)},
                     {"ahead", report.is_ahead},
                     {"done", report.is_done},
                     {"jobs", list(report.jobs, job)},
                     {"runs_ahead", report.runs_ahead},
                     {"due_runs", report.due_runs},
                     {"owed_stops", report.owed_stops}});
}

std::string salvage_json(const SalvageReport& report) {
    json::object copied;
    for (const auto& [table, rows] : report.copied) copied[table] = rows;
    const auto sentence = [](const std::string& line) { return text(line); };
    return document({{"copied", std::move(copied)},
                     {"owed", report.owed},
                     {"lost", list(report.lost, sentence)},
                     {"repaired", list(report.repaired, sentence)}});
}

std::string show_json(const RunHistory& history) {
    return document({{"run", of_run(history.run)},
                     {"transitions", list(history.transitions, of_transition)},
                     {"calls", list(history.calls, of_call)}});
}

std::string why_json(const Why& why, const Zone& zone) {
    const RunRow* run = why.run ? &why.run->run : why.forecast ? &why.forecast->row : nullptr;
    const bool is_occurrence = why.disposition != Disposition::none && (run == nullptr || run->occurrence);
    const auto sent = why.run && why.disposition == Disposition::started ? started_at(*why.run) : std::nullopt;
    const bool will_not_start = why.forecast && is_terminal(run->state) && !why.forecast->start_sent;
    const std::string_view forecast = !why.forecast ? "" : will_not_start ? name_of(run->state) : "started";
    Reason reason = Reason::none;
    if (why.gap) reason = why.gap->reason;
    if (why.run || will_not_start) reason = run->reason;
    const auto neighbour = [](const std::optional<Neighbour>& n) -> json::value {
        if (!n) return nullptr;
        return json::object{{"start_due", instant(n->at)}, {"state", text_or_null(n->word)}};
    };
    json::value gap = nullptr;
    if (why.gap) {
        gap = json::object{{"first", instant(why.gap->first)},
                           {"last", instant(why.gap->last)},
                           {"count", why.gap->count},
                           {"reason", word(why.gap->reason)},
                           {"recorded", instant(why.gap->recorded)}};
    }
    const auto rule = [](const WhyRule& r) -> json::value {
        return json::object{{"rule", text(r.rule)}, {"facts", text(r.facts)}, {"decided", r.decided}};
    };
    json::object object{
        {"job", text(why.job)},
        {"occurrence", is_occurrence ? instant(why.at) : nullptr},
        {"asked", instant(why.at)},
        {"disposition", text(name_of(why.disposition))},
        {"reason", word(reason)},
        {"because", text_or_null(because(why, zone))},
        {"rules", list(rules_of(why, zone), rule)},
        {"start_sent", instant(sent)},
        {"late", sent ? seconds(*sent - run->start_due) : nullptr},
        {"run", why.run ? of_run(why.run->run) : nullptr},
        {"forecast", text_or_null(forecast)},
        {"gap", std::move(gap)},
        {"before", neighbour(why.before)},
        {"after", neighbour(why.after)},
        {"others", list(why.others, [](WallTime t) { return instant(t); })},
        {"watermark", instant(why.watermark)},
        {"oldest", instant(why.oldest)},
    };
    return document({{"why", std::move(object)}});
}

std::string verify_json(const std::vector<Violation>& violations) {
    return document({{"violations", list(violations, [](const Violation& v) -> json::value {
                          return json::object{{"rule", text(v.rule)},
                                              {"run_id", id_text(v.run)},
                                              {"job", text_or_null(v.job)},
                                              {"text", text(v.text)}};
                      })}});
}

std::optional<std::string> indented_json(std::string_view written) {
    boost::system::error_code error;
    json::parse(json::string_view{written.data(), written.size()}, error);
    if (error) return std::nullopt;
    std::string lines;
    std::size_t depth = 0;
    bool in_string = false, is_escaped = false;
    const auto next_line = [&] { lines += "\n" + std::string(2 * depth, ' '); };
    for (const char c : written) {
        if (in_string) {
            lines += c;
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (is_blank) continue;
        const bool was_opened = !lines.empty() && (lines.back() == '{' || lines.back() == '[');
        if (c == '}' || c == ']') {
            --depth;
            if (!was_opened) next_line();
            lines += c;
            continue;
        }
        if (was_opened && depth > 0) next_line();
        lines += c;
        in_string = c == '"';
        if (c == '{' || c == '[') ++depth;
        if (c == ',') next_line();
        if (c == ':') lines += ' ';
    }
    return lines;
}

}  // namespace taktd::report
