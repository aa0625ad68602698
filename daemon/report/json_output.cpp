// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/json_output.hpp"

#include "daemon/report/json_values.hpp"

namespace taktd::report {
namespace {

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

json::value of_window(const PlannedWindow& w) {
    return json::object{
        {"job", text(w.job->name)},
        {"start_due", instant(w.window.start_due)},
        {"stop_due", instant(w.window.stop_due)},
        {"time_zone", text(w.zone->name())},
        {"skip", word(w.skip)},
        {"notes", list(w.notes, [](const std::string& note) { return text(note); })},
    };
}

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

std::string show_json(const RunHistory& history, const std::optional<StopFacts>& stop) {
    return document({{"run", of_shown_run(history.run, stop)},
                     {"transitions", list(history.transitions, of_transition)},
                     {"calls", list(history.calls, of_call)}});
}

json::object of_why(const Why& why, const Zone& zone) {
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
    return {
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
}

std::string why_json(const Why& why, const Zone& zone) { return document({{"why", of_why(why, zone)}}); }

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
