#include "daemon/store/verify.hpp"

#include <algorithm>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/core/lifecycle.hpp"
#include "daemon/store/connection.hpp"
#include "daemon/store/load.hpp"
#include "daemon/store/row_reading.hpp"
#include "daemon/store/sql_text.hpp"

namespace taktd {
namespace {

class Findings {
public:
    void add(std::string rule, std::optional<RunId> run, std::string job, std::string text) {
        if (list_.size() >= kViolationsMax) return;
        list_.push_back({std::move(rule), std::move(run), std::move(job), std::move(text)});
    }
    std::vector<Violation> take() { return std::move(list_); }

private:
    std::vector<Violation> list_;
};

std::string in_quotes(std::string_view text) { return "'" + std::string{text} + "'"; }

std::string state_name(const std::optional<RunState>& state) {
    return state ? in_quotes(name_of(*state)) : std::string{"nothing"};
}

/// The story of one run, told by its transitions (R10), and what it means for its obligation (R3).
class Story {
public:
    Story(RunId run, std::string job, RunState state, Obligation obligation)
        : run_{std::move(run)}, job_{std::move(job)}, state_{state}, obligation_{obligation} {}

    const RunId& run() const { return run_; }

    void transition(int seq, const std::optional<RunState>& from, RunState to, Findings& findings) {
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

    void end(Findings& findings) const {
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

void check_stories(SQLite::Database& db, Findings& findings) {
    SQLite::Statement row{db,
                          "SELECT r.id, r.job, r.state, r.obligation, t.seq, t.from_state, t.to_state FROM runs AS r "
                          "LEFT JOIN transitions AS t ON t.run_id = r.id ORDER BY r.id, t.seq"};
    std::optional<Story> story;
    while (row.executeStep()) {
        RunId id = row.getColumn(0).getString();
        ColumnReader columns{row, "run " + id};
        id = columns.text();
        std::string job = columns.text();
        const auto state = columns.word<RunState>();
        const auto obligation = columns.word<Obligation>();
        if (!story || story->run() != id) {
            if (story) story->end(findings);
            story.emplace(std::move(id), std::move(job), state, obligation);
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

/// R2: at most one start of a run may have had an effect. R3: and then its obligation was opened.
void check_starts(SQLite::Database& db, Findings& findings) {
    SQLite::Statement row{
        db,
        "SELECT r.id, r.job, r.obligation, count(*) FROM calls AS c JOIN runs AS r ON r.id = c.run_id "
        "WHERE c.action = 'start' AND (c.outcome IS NULL OR c.outcome IN ('accepted', 'uncertain')) "
        "GROUP BY r.id ORDER BY r.id"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a start call"};
        const RunId run = columns.text();
        const std::string job = columns.text();
        const auto obligation = columns.word<Obligation>();
        const std::int64_t starts = columns.number();
        if (starts > 1) {
            findings.add("R2", run, job, std::to_string(starts) + " start calls of the run may have taken effect");
        }
        if (obligation == Obligation::none) {
            findings.add("R3", run, job, "a start of the run may have taken effect, but it carries no obligation");
        }
    }
}

/// R3: what stopping needs must be there, whatever the config says by now. R9: one open obligation per task.
void check_obligations(SQLite::Database& db, Findings& findings) {
    SQLite::Statement row{
        db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs WHERE obligation = 'open' ORDER BY start_due_ns, rowid"};
    std::map<std::string, RunId> owner;
    while (row.executeStep()) {
        const RunId id = row.getColumn(0).getString();
        const std::string job = row.getColumn(1).getString();
        const std::string task_key = row.getColumn(3).getString();
        const auto [first, inserted] = owner.emplace(task_key, id);
        if (!inserted) {
            findings.add("R9", id, job,
                         "task " + in_quotes(task_key) + " is owed a stop by run " + first->second + " already");
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

/// The limits under which an account was called; of several (a reload changed them) the most generous.
std::map<std::string, RateLimit> limits_by_account(SQLite::Database& db) {
    std::map<std::string, RateLimit> limits;
    SQLite::Statement row{
        db,
        "SELECT stop_plan ->> '$.provider.account', min(stop_plan ->> '$.provider.rate_limit.interval_ns'), "
        "max(stop_plan ->> '$.provider.rate_limit.burst') FROM runs WHERE json_valid(stop_plan) GROUP BY 1"};
    while (row.executeStep()) {
        if (row.getColumn(0).isNull() || row.getColumn(1).isNull() || row.getColumn(2).isNull()) continue;
        RateLimit& limit = limits[row.getColumn(0).getString()];
        limit.interval = Duration{row.getColumn(1).getInt64()};
        limit.burst = row.getColumn(2).getInt();
    }
    return limits;
}

void check_limits(SQLite::Database& db, Findings& findings) {
    const auto limits = limits_by_account(db);
    SQLite::Statement row{db,
                          "SELECT account, boot_id, sent_boot_ns, id FROM calls WHERE sent_boot_ns IS NOT NULL "
                          "ORDER BY account, boot_id, sent_boot_ns"};
    std::string account, boot_id;
    Duration full_at{};  // GCRA's theoretical arrival time
    bool told = false;
    while (row.executeStep()) {
        ColumnReader columns{row, "a call"};
        std::string this_account = columns.text();
        std::string this_boot = columns.text();
        const Duration sent{columns.number()};
        const auto limit = limits.find(this_account);
        if (limit == limits.end()) continue;
        if (this_account != account || this_boot != boot_id) {
            account = std::move(this_account);
            boot_id = std::move(this_boot);
            full_at = sent;
            told = false;
        }
        const Duration tolerance = limit->second.interval * (limit->second.burst - 1) + kReleaseToSentMax;
        if (sent < full_at - tolerance && !told) {
            told = true;  // once per account and boot: what follows is the same crowd
            findings.add("R6", std::nullopt, {},
                         "account " + in_quotes(account) + " got more than its limit allows (one per " +
                             to_text(limit->second.interval) + ", burst " + std::to_string(limit->second.burst) +
                             "), first with call " + columns.text());
        }
        full_at = std::max(full_at, sent) + limit->second.interval;
    }
}

/// R8: an occurrence has one disposition: a run's row or a place in a gap, at or before its job's watermark.
void check_occurrences(SQLite::Database& db, Findings& findings) {
    SQLite::Statement late{db,
                           "SELECT r.id, r.job, max(r.occurrence_ns), j.watermark_ns FROM runs AS r "
                           "LEFT JOIN job_state AS j ON j.job = r.job WHERE r.occurrence_ns IS NOT NULL "
                           "GROUP BY r.job HAVING j.watermark_ns IS NULL OR max(r.occurrence_ns) > j.watermark_ns"};
    while (late.executeStep()) {
        ColumnReader columns{late, "a run's occurrence"};
        const RunId run = columns.text();
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
        const RunId run = columns.text();
        const std::string job = columns.text();
        const std::string occurrence = to_rfc3339(columns.wall());
        const std::string first = to_rfc3339(columns.wall());
        findings.add("R8", run, job,
                     "the run's occurrence " + occurrence + " also lies in the gap of missed ones from " + first +
                         " to " + to_rfc3339(columns.wall()));
    }
}

void check_gaps(SQLite::Database& db, Findings& findings) {
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
    Findings findings;
    try {
        SQLite::Transaction snapshot{db};
        check_stories(db, findings);
        check_starts(db, findings);
        check_obligations(db, findings);
        check_limits(db, findings);
        check_occurrences(db, findings);
        check_gaps(db, findings);
    } catch (const SQLite::Exception& error) {
        throw StoreError{"the store " + db.getFilename() + ": " + explain_sqlite(error.getErrorCode(), error.what())};
    }
    return findings.take();
}

}  // namespace taktd
