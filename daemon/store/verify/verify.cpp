// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/verify/verify.hpp"

#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/core/rules/lifecycle.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/load.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"
#include "daemon/store/verify/verify_parts.hpp"

namespace taktd {
namespace {

std::string state_name(const std::optional<RunState>& state) {
    return state ? in_quotes(name_of(*state)) : std::string{"nothing"};
}

/// The story of one run, told by its transitions (R10), and what it means for its obligation (R3).
class Story {
public:
    Story(const RunId& run, std::string job, RunState state, Obligation obligation)
        : run_{run}, job_{std::move(job)}, state_{state}, obligation_{obligation} {}

    const RunId& run() const { return run_; }

    void transition(int seq, const std::optional<RunState>& from, RunState to, Violations& findings) {
        ++count_;
        const std::string at = "transition " + std::to_string(seq);
        if (seq != count_) {
            findings.add("R10", run_, job_, at + " stands where " + std::to_string(count_) + " belongs");
            count_ = seq;
        }
        if (last_ && is_terminal(*last_)) {
            findings.add("R10", run_, job_, at + " follows the final state " + state_name(last_));
        } else if (from != last_) {
            findings.add("R10", run_, job_,
                         at + " leaves " + state_name(from) + ", but the run was in " + state_name(last_));
        } else if (!is_legal(from, to)) {
            findings.add("R10", run_, job_,
                         at + " from " + state_name(from) + " to " + state_name(to) + " is not a legal move");
        }
        expected_ = obligation_after(expected_, to);
        last_ = to;
    }

    void end(Violations& findings) const {
        if (!last_) {
            findings.add("R10", run_, job_, "the run has no transitions");
            return;
        }
        if (*last_ != state_) {
            findings.add(
                "R10", run_, job_,
                "the run's state is " + state_name(state_) + ", its last transition leads to " + state_name(last_));
        }
        if (obligation_ != expected_) {
            findings.add("R3", run_, job_,
                         "the obligation is " + in_quotes(name_of(obligation_)) + " in state " + state_name(state_) +
                             ", where it must be " + in_quotes(name_of(expected_)));
        }
    }

private:
    RunId run_;
    std::string job_;
    RunState state_;
    Obligation obligation_;
    int count_ = 0;
    std::optional<RunState> last_;
    Obligation expected_ = Obligation::none;
};

void check_stories(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{db,
                          "SELECT r.id, r.job, r.state, r.obligation, t.seq, t.from_state, t.to_state FROM runs AS r "
                          "LEFT JOIN transitions AS t ON t.run_id = r.id ORDER BY r.id, t.seq"};
    std::optional<Story> story;
    while (row.executeStep()) {
        ColumnReader columns{row, "run " + row.getColumn(0).getString()};
        const RunId id = columns.id<RunId>();
        std::string job = columns.text();
        const auto state = columns.word<RunState>();
        const auto obligation = columns.word<Obligation>();
        if (!story || story->run() != id) {
            if (story) story->end(findings);
            story.emplace(id, std::move(job), state, obligation);
        }
        const auto seq = columns.optional_number();
        if (!seq) continue;
        const auto from_text = columns.optional_text();
        const auto from = from_text ? parse_name<RunState>(*from_text) : std::nullopt;
        if (from_text && !from) columns.fail("unknown word '" + *from_text + "'");
        story->transition(static_cast<int>(*seq), from, columns.word<RunState>(), findings);
    }
    if (story) story->end(findings);
}

/// R3: what stopping needs must be there, whatever the config says by now. R9: one open obligation per task.
void check_obligations(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{
        db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs WHERE obligation = 'open' ORDER BY start_due_ns, rowid"};
    std::map<std::string, RunId> owner;
    while (row.executeStep()) {
        const RunId id = ColumnReader{row, "a run"}.id<RunId>();
        const std::string job = row.getColumn(1).getString();
        const std::string task_key = row.getColumn(3).getString();
        const auto [first, inserted] = owner.emplace(task_key, id);
        if (!inserted) {
            findings.add("R9", id, job,
                         "task " + in_quotes(task_key) + " is owed a stop by run " + first->second.text() + " already");
        }
        try {
            StopPlanReader plans;
            const RunRow run = read_run(row, plans);
            if (!run.plan.provider || run.plan.provider->type.empty() || run.plan.provider->endpoint.empty()) {
                findings.add("R3", id, job, "the stop plan names no provider");
            }
        } catch (const StoreError& error) {
            findings.add("R3", id, job, "the stop plan cannot be used: " + std::string{error.what()});
        }
    }
}

/// R9 in the past: no task was owed a stop by two runs at once. A manual run may follow a clock that was set back; and
/// instants that an operator has declared wrong prove nothing.
void check_past_obligations(SQLite::Database& db, Violations& findings) {
    SQLite::Statement row{
        db,
        "SELECT r.task_key, r.id, r.job, o.at_ns, (SELECT c.at_ns FROM transitions AS c WHERE c.run_id = o.run_id AND "
        "c.seq > o.seq AND c.to_state IN ('due', 'completed', 'stopped', 'failed', 'skipped', 'cancelled') "
        "ORDER BY c.seq LIMIT 1) FROM transitions AS o JOIN runs AS r ON r.id = o.run_id "
        "WHERE o.to_state = 'starting' AND r.origin <> 'manual' AND NOT EXISTS (SELECT 1 FROM clock_corrections AS k "
        "WHERE o.at_ns > k.at_ns AND o.at_ns <= k.newest_ns AND r.rowid <= k.last_run) ORDER BY r.task_key, o.at_ns, "
        "o.seq"};
    std::string task_key;
    RunId owner;
    WallTime owed_until;
    while (row.executeStep()) {
        ColumnReader columns{row, "a run's start"};
        const std::string this_task = columns.text();
        const RunId run = columns.id<RunId>();
        const std::string job = columns.text();
        const WallTime opened = columns.wall();
        const WallTime closed = columns.optional_wall().value_or(WallTime::max());
        const bool is_same_task = this_task == task_key;
        if (is_same_task && run != owner && opened < owed_until) {
            findings.add("R9", run, job,
                         "the run was started at " + to_rfc3339(opened) + ", when run " + owner.text() +
                             " still owed a stop to its task");
        }
        if (!is_same_task || closed > owed_until) {
            owner = run;
            owed_until = closed;
        }
        task_key = this_task;
    }
}

/// R5: a run has an end after its start. R8: what was skipped says why.
void check_windows(SQLite::Database& db, Violations& findings) {
    SQLite::Statement endless{
        db, "SELECT id, job FROM runs WHERE min(stop_due_ns, max_end_ns) <= start_due_ns ORDER BY id"};
    while (endless.executeStep()) {
        ColumnReader columns{endless, "a run"};
        const RunId run = columns.id<RunId>();
        findings.add("R5", run, columns.text(), "the run's stop is not after its start");
    }
    SQLite::Statement silent{db, "SELECT id, job FROM runs WHERE state = 'skipped' AND reason IS NULL ORDER BY id"};
    while (silent.executeStep()) {
        ColumnReader columns{silent, "a run"};
        const RunId run = columns.id<RunId>();
        findings.add("R8", run, columns.text(), "the run was skipped without a reason");
    }
}

/// R8: an occurrence has one disposition: a run's row or a place in a gap, at or before its job's watermark.
void check_occurrences(SQLite::Database& db, Violations& findings) {
    SQLite::Statement late{db,
                           "SELECT r.id, r.job, max(r.occurrence_ns), j.watermark_ns FROM runs AS r "
                           "LEFT JOIN job_state AS j ON j.job = r.job WHERE r.occurrence_ns IS NOT NULL "
                           "AND NOT EXISTS (SELECT 1 FROM occurrences_ahead AS a WHERE a.job = r.job "
                           "AND a.occurrence_ns = r.occurrence_ns) "
                           "GROUP BY r.job HAVING j.watermark_ns IS NULL OR max(r.occurrence_ns) > j.watermark_ns"};
    while (late.executeStep()) {
        ColumnReader columns{late, "a run's occurrence"};
        const RunId run = columns.id<RunId>();
        const std::string job = columns.text();
        const WallTime occurrence = columns.wall();
        const auto watermark = columns.optional_wall();
        findings.add("R8", run, job,
                     "the run's occurrence " + to_rfc3339(occurrence) + " lies after the job's watermark " +
                         (watermark ? to_rfc3339(*watermark) : std::string{"(none)"}));
    }
    SQLite::Statement twice{db,
                            "SELECT r.id, r.job, r.occurrence_ns, g.first_ns, g.last_ns FROM gaps AS g JOIN runs AS r "
                            "ON r.job = g.job AND r.occurrence_ns BETWEEN g.first_ns AND g.last_ns ORDER BY r.id"};
    while (twice.executeStep()) {
        ColumnReader columns{twice, "a gap"};
        const RunId run = columns.id<RunId>();
        const std::string job = columns.text();
        const std::string occurrence = to_rfc3339(columns.wall());
        const std::string first = to_rfc3339(columns.wall());
        findings.add("R8", run, job,
                     "the run's occurrence " + occurrence + " also lies in the gap of missed ones from " + first +
                         " to " + to_rfc3339(columns.wall()));
    }
}

void check_gaps(SQLite::Database& db, Violations& findings) {
    std::map<std::string, WallTime> watermarks;
    for (const JobStateRow& job : load_job_states(db)) watermarks[job.job] = job.watermark;
    std::optional<GapRow> before;
    for (const GapRow& gap : load_gaps(db)) {
        const std::string which =
            "the gap of missed occurrences from " + to_rfc3339(gap.first) + " to " + to_rfc3339(gap.last);
        if (gap.count < 1 || gap.last < gap.first || (gap.first == gap.last && gap.count != 1)) {
            findings.add("R8", std::nullopt, gap.job, which + " cannot hold " + std::to_string(gap.count));
        }
        if (before && before->job == gap.job && gap.first <= before->last) {
            findings.add("R8", std::nullopt, gap.job, which + " overlaps the one before it");
        }
        const auto watermark = watermarks.find(gap.job);
        if (watermark == watermarks.end() || watermark->second < gap.last) {
            findings.add("R8", std::nullopt, gap.job, which + " ends after the job's watermark");
        }
        before = gap;
    }
}

}  // namespace

std::vector<Violation> verify(Reader& reader) {
    SQLite::Database& db = reader.database();
    Violations findings;
    try {
        SQLite::Transaction snapshot{db};
        check_stories(db, findings);
        check_windows(db, findings);
        check_obligations(db, findings);
        check_past_obligations(db, findings);
        check_calls(db, findings);
        check_occurrences(db, findings);
        check_gaps(db, findings);
    } catch (const SQLite::Exception& error) {
        throw StoreError{"the store " + db.getFilename() + ": " + explain_sqlite(error.getErrorCode(), error.what())};
    }
    return findings.take();
}

}  // namespace taktd
