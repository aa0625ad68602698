// SPDX-License-Identifier: Apache-2.0
// One function per kind of row says how its line reads and how loud it is.
#include "daemon/runtime/committed_log.hpp"

#include <map>

namespace taktd {
namespace {

using log::Level;

void add(LogLine& line, const char* key, std::string value) {
    if (!value.empty()) line.fields.emplace_back(key, std::move(value));
}

/// Stops that nobody planned and starts that did not happen deserve an operator's eye.
Level level_of(RunState to, Reason reason) {
    if (reason == Reason::wrong_task) return Level::error;  // the config points at something else than its author meant
    if (reason == Reason::revived && to == RunState::stopping) return Level::error;  // what had ended runs again
    return to == RunState::failed || to == RunState::skipped || to == RunState::unconfirmed ? Level::warning
                                                                                            : Level::info;
}

/// Its run is over for us, and not for whoever was hit.
LogLine residue_of(const RunRow& run) {
    LogLine line;
    line.level = Level::error;
    line.message = "the drill has ended, and faults may still be in place: remove them manually";
    add(line, "job", run.job);
    add(line, "provider", run.provider);
    add(line, "run", run.id.text());
    add(line, "task", run.plan.task.task_id);
    add(line, "faults", run.residue);
    return line;
}

LogLine waiting_line_of(const RunRow& run) {
    LogLine line;
    line.level = Level::warning;
    line.message = "an automatic drill waits for a person: execute or skip the action at the vendor's console";
    add(line, "job", run.job);
    add(line, "provider", run.provider);
    add(line, "run", run.id.text());
    add(line, "task", run.plan.task.task_id);
    add(line, "action", run.waits_for);
    return line;
}

/// A run is written whole whenever it changes, so a transition finds its run in the same step.
LogLine line_of(const TransitionRow& transition, const RunRow* run) {
    LogLine line;
    line.level = level_of(transition.to, transition.reason);
    line.message = "run " + std::string{name_of(transition.to)};
    if (run != nullptr) {
        add(line, "job", run->job);
        add(line, "provider", run->provider);
    }
    add(line, "run", transition.run.text());
    if (transition.from) add(line, "from", std::string{name_of(*transition.from)});
    add(line, "reason", std::string{name_of(transition.reason)});
    if (transition.actor != "taktd") add(line, "actor", transition.actor);
    add(line, "note", transition.detail);
    if (run != nullptr && transition.to == RunState::due) {
        add(line, "start_due", to_rfc3339(run->start_due));
        add(line, "stop_due", to_rfc3339(run->stop_due));
    }
    return line;
}

Level level_of(const CallRow& call) {
    if (!call.result) return Level::debug;
    if (call.result->outcome == Outcome::unauthorized) return Level::error;
    if (call.result->outcome == Outcome::accepted) return call.action == Action::query ? Level::debug : Level::info;
    return Level::warning;
}

LogLine line_of(const CallRow& call) {
    LogLine line;
    line.level = level_of(call);
    line.message = std::string{name_of(call.action)} + (call.result ? " call ended" : " call intended");
    const bool is_of_foreign_run = call.action == Action::stop && !call.run;
    if (is_of_foreign_run) line.message += ": a foreign run is stopped";
    if (call.result && call.result->outcome == Outcome::unauthorized)
        line.message +=
            ": the provider refuses our credentials; its starts are skipped until it accepts them. taktd tries it "
            "again after seconds, then more and more slowly (after 10 minutes at the latest), after a reload, and when "
            "a secret has changed";
    add(line, "provider", call.provider);
    if (call.run) add(line, "run", call.run->text());
    add(line, "call", call.id.text());
    add(line, "attempt", std::to_string(call.attempt));
    if (!call.result) return line;
    const CallResult& result = *call.result;
    add(line, "outcome", std::string{name_of(result.outcome)});
    if (result.http_status != 0) add(line, "http_status", std::to_string(result.http_status));
    add(line, "vendor_code", result.vendor_code);
    add(line, "vendor_message", result.vendor_message);
    add(line, "vendor_run_id", result.vendor_run_id);
    add(line, "request_id", result.request_id);
    if (call.record.sent_boot) add(line, "took", to_text(result.ended_boot - *call.record.sent_boot));
    return line;
}

LogLine line_of(const GapRow& gap) {
    LogLine line;
    line.level = Level::warning;
    line.message = "missed occurrences share one row";
    add(line, "job", gap.job);
    add(line, "count", std::to_string(gap.count));
    add(line, "first", to_rfc3339(gap.first));
    add(line, "last", to_rfc3339(gap.last));
    add(line, "reason", std::string{name_of(gap.reason)});
    return line;
}

/// It is told when it is found and when it has ended; that it goes on is no news.
Level level_of(const ForeignRow& foreign) {
    if (foreign.ended) return Level::info;
    return foreign.first_seen == foreign.last_seen ? Level::warning : Level::debug;
}

LogLine line_of(const ForeignRow& foreign) {
    LogLine line;
    line.level = level_of(foreign);
    line.message = foreign.ended ? "foreign run ended" : "foreign run: no run of taktd owes this task a stop";
    add(line, "job", foreign.job);
    add(line, "provider", foreign.provider);
    add(line, "task", foreign.task_key);
    add(line, "remote_state", std::string{name_of(foreign.remote)});
    add(line, "first_seen", to_rfc3339(foreign.first_seen));
    return line;
}

LogLine line_of(const HoldRow& hold) {
    LogLine line;
    line.message = hold.engaged ? "hold engaged" : hold.has_expired ? "hold expired" : "hold released";
    add(line, "scope", hold.scope_text());
    add(line, "actor", hold.actor);
    add(line, "reason", hold.reason);
    if (hold.until) add(line, "until", to_rfc3339(*hold.until));
    return line;
}

/// A herd's step has hundreds of runs, and few of their lines are written.
class RunsOfStep {
public:
    explicit RunsOfStep(const std::vector<Row>& rows) : rows_{rows} {}

    /// Null: it is not among them.
    const RunRow* find(const RunId& id) {
        if (by_id_.empty()) {
            for (const auto& row : rows_)
                if (const auto* run = std::get_if<RunRow>(&row)) by_id_.emplace(run->id, run);
        }
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : found->second;
    }

private:
    const std::vector<Row>& rows_;
    std::map<RunId, const RunRow*> by_id_;
};

}  // namespace

std::vector<LogLine> digest(const std::vector<Row>& rows) {
    std::vector<LogLine> lines;
    RunsOfStep runs{rows};
    for (const auto& row : rows) {
        if (const auto* transition = std::get_if<TransitionRow>(&row)) {
            if (log::takes(level_of(transition->to, transition->reason)))
                lines.push_back(line_of(*transition, runs.find(transition->run)));
            if (!is_terminal(transition->to)) continue;
            const RunRow* const run = runs.find(transition->run);
            if (run != nullptr && !run->residue.empty()) lines.push_back(residue_of(*run));
        } else if (const auto* call = std::get_if<CallRow>(&row)) {
            if (log::takes(level_of(*call))) lines.push_back(line_of(*call));
        } else if (const auto* gap = std::get_if<GapRow>(&row)) {
            lines.push_back(line_of(*gap));
        } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
            lines.push_back(line_of(*hold));
        } else if (const auto* run = std::get_if<RunRow>(&row)) {
            if (run->waits_since && run->waits_since == run->updated) lines.push_back(waiting_line_of(*run));
        } else if (const auto* foreign = std::get_if<ForeignRow>(&row)) {
            if (log::takes(level_of(*foreign))) lines.push_back(line_of(*foreign));
        }
    }
    return lines;
}

void CommittedLog::on_committed(const std::vector<Row>& rows) {
    for (const auto& line : digest(rows)) {
        std::vector<log::Field> fields;
        fields.reserve(line.fields.size());
        for (const auto& [key, value] : line.fields) fields.emplace_back(key, value);
        log::write(line.level, line.message, fields);
    }
}

void CommittedLog::on_overdue(const OverdueWatch::Overdue& stop) {
    log::error("stop overdue", {{"job", stop.job},
                                {"provider", stop.provider},
                                {"run", stop.run.text()},
                                {"state", name_of(stop.state)},
                                {"stop_due", to_rfc3339(stop.stop_due)},
                                {"late", to_text(std::chrono::floor<std::chrono::seconds>(stop.late))}});
}

}  // namespace taktd
