#include "daemon/store/load.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/row_reading.hpp"
#include "daemon/store/sql_text.hpp"

namespace taktd {
namespace {

using RunIndex = std::unordered_map<std::string, RecoveredRun*>;  // only looked up, never iterated

/// The same condition has read the runs just before; only a damaged index knows others.
RecoveredRun& run_in(const RunIndex& runs, const RunId& id) {
    const auto found = runs.find(id);
    if (found == runs.end())
        throw StoreError{"the store is damaged: live run '" + id + "' is not where its index says"};
    return *found->second;
}

bool certainly_refused(Outcome outcome) {
    switch (outcome) {
        case Outcome::throttled:
        case Outcome::refused_retryable:
        case Outcome::refused_final:
        case Outcome::conflict:
        case Outcome::clock_skew:
        case Outcome::unauthorized: return true;
        case Outcome::accepted:
        case Outcome::uncertain:
        case Outcome::not_sent: return false;
    }
    return false;
}

std::vector<RecoveredRun> load_live(SQLite::Database& db) {
    std::vector<RecoveredRun> live;
    StopPlanReader plans;
    SQLite::Statement row{db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE
                              " ORDER BY start_due_ns, rowid"};
    while (row.executeStep()) {
        RecoveredRun found;
        found.run = read_run(row, plans);
        found.newest_row = found.run.updated;
        live.push_back(std::move(found));
    }
    return live;
}

/// One seek into each index per run; routine queries, of which there may be thousands, are not walked.
void load_ends(SQLite::Database& db, const RunIndex& runs) {
    SQLite::Statement row{
        db,
        "SELECT id, (SELECT max(seq) FROM transitions WHERE run_id = runs.id), "
        "(SELECT max(at_ns) FROM transitions WHERE run_id = runs.id), "
        "(SELECT max(intent_ns) FROM calls WHERE run_id = runs.id AND action = 'query'), "
        "(SELECT intent_ns FROM calls WHERE id = (SELECT max(call_id) FROM call_runs WHERE run_id = runs.id)) "
        "FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE};
    while (row.executeStep()) {
        ColumnReader columns{row, "a live run"};
        RecoveredRun& found = run_in(runs, columns.text());
        found.last_seq = static_cast<int>(columns.number());
        for (int i = 0; i < 3; ++i) found.newest_row = std::max(found.newest_row, columns.wall());
    }
}

/// On whose behalf a run is being stopped, and why: a stop that is sent again says so again.
void load_stop_causes(SQLite::Database& db, const RunIndex& runs) {
    SQLite::Statement row{db, "SELECT " TAKTD_TRANSITION_COLUMNS
                              " FROM transitions WHERE to_state = 'stopping' AND run_id IN "
                              "(SELECT id FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE " AND state = 'stopping')"};
    while (row.executeStep()) {
        const TransitionRow transition = read_transition(row);
        RecoveredRun& found = run_in(runs, transition.run);
        found.stop_actor = transition.actor;
        found.stop_text = transition.detail;
    }
}

void load_calls(SQLite::Database& db, const RunIndex& runs) {
    SQLite::Statement row{
        db, "SELECT " TAKTD_CALL_COLUMNS
            " FROM calls WHERE action IN ('start', 'stop', 'pause', 'resume', 'prepare', 'heal') AND run_id IN "
            "(SELECT id FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE ")"};
    while (row.executeStep()) {
        CallRow call = read_call(row);
        RecoveredRun& found = run_in(runs, call.run.value_or(""));
        found.newest_row = std::max({found.newest_row, call.intent, call.result ? call.result->ended : call.intent});
        if (call.action == Action::start && call.result && certainly_refused(call.result->outcome)) {
            found.refused_before = true;
        }
        found.calls.push_back(std::move(call));
    }
}

/// A run can end by what a query shows while its last stop is still in flight. Only runs that ended shortly before the
/// store's newest row can have such a call, so only they are looked at.
std::vector<CallRow> load_cut_calls(SQLite::Database& db, WallTime newest) {
    constexpr Duration kInFlightMax = std::chrono::hours{1};
    std::vector<CallRow> cut;
    SQLite::Statement row{
        db, "SELECT " TAKTD_CALL_COLUMNS
            " FROM calls WHERE outcome IS NULL AND action IN ('start', 'stop', 'pause', 'resume', 'prepare', 'heal') "
            "AND run_id IN (SELECT id FROM runs INDEXED BY runs_done_age WHERE " TAKTD_DONE
            " AND updated_ns >= ?) ORDER BY intent_ns, id"};
    row.bind(1, to_ns(newest - kInFlightMax));
    while (row.executeStep()) cut.push_back(read_call(row));
    SQLite::Statement foreign{db, "SELECT " TAKTD_CALL_COLUMNS
                                  " FROM calls INDEXED BY calls_foreign_stop WHERE run_id IS NULL AND action = 'stop' "
                                  "AND outcome IS NULL ORDER BY intent_ns, id"};
    while (foreign.executeStep()) cut.push_back(read_call(foreign));
    return cut;
}

std::vector<LimitRow> load_limits(SQLite::Database& db) {
    std::vector<LimitRow> limits;
    SQLite::Statement row{db, "SELECT account, interval_ns, burst, told_ns FROM limits ORDER BY account"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of limits"};
        LimitRow& limit = limits.emplace_back();
        limit.account = columns.text();
        limit.limit.interval = Duration{columns.number()};
        limit.limit.burst = static_cast<int>(columns.number());
        limit.at = columns.wall();
    }
    return limits;
}

}  // namespace

std::vector<JobStateRow> load_job_states(SQLite::Database& db) {
    std::vector<JobStateRow> jobs;
    SQLite::Statement row{
        db, "SELECT job, schedule, watermark_ns, disabled, until_ns, reason, actor FROM job_state ORDER BY job"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of job_state"};
        JobStateRow& job = jobs.emplace_back();
        job.job = columns.text();
        job.schedule = columns.text();
        job.watermark = columns.wall();
        job.disabled = columns.number() != 0;
        job.until = columns.optional_wall();
        job.reason = columns.text();
        job.actor = columns.text();
    }
    return jobs;
}

std::vector<HoldRow> load_holds(SQLite::Database& db) {
    std::vector<HoldRow> holds;
    SQLite::Statement row{db, "SELECT scope, reason, actor, since_ns, until_ns FROM holds ORDER BY scope"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of holds"};
        HoldRow& hold = holds.emplace_back();
        hold.scope = columns.text();
        hold.reason = columns.text();
        hold.actor = columns.text();
        hold.since = columns.wall();
        hold.until = columns.optional_wall();
    }
    return holds;
}

std::vector<GapRow> load_gaps(SQLite::Database& db) {
    std::vector<GapRow> gaps;
    SQLite::Statement row{db,
                          "SELECT job, first_ns, last_ns, count, reason, recorded_ns FROM gaps ORDER BY job, first_ns"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of gaps"};
        GapRow& gap = gaps.emplace_back();
        gap.job = columns.text();
        gap.first = columns.wall();
        gap.last = columns.wall();
        gap.count = columns.number();
        gap.reason = columns.word<Reason>();
        gap.recorded = columns.wall();
    }
    return gaps;
}

std::vector<ForeignRow> load_foreign(SQLite::Database& db) {
    std::vector<ForeignRow> found;
    SQLite::Statement row{
        db,
        "SELECT task_key, provider, job, first_seen_ns, last_seen_ns, remote_state, token, ended FROM "
        "foreign_runs WHERE ended = 0 ORDER BY task_key, first_seen_ns"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of foreign_runs"};
        ForeignRow& foreign = found.emplace_back();
        foreign.task_key = columns.text();
        foreign.provider = columns.text();
        foreign.job = columns.text();
        foreign.first_seen = columns.wall();
        foreign.last_seen = columns.wall();
        foreign.remote = columns.word<RemoteState>();
        foreign.token = columns.optional_text();
        foreign.ended = columns.number() != 0;
    }
    return found;
}

std::map<std::pair<std::string, std::string>, RunId> load_request_keys(SQLite::Database& db) {
    std::map<std::pair<std::string, std::string>, RunId> keys;
    SQLite::Statement row{db, "SELECT job, request_key, id FROM runs WHERE request_key IS NOT NULL"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of runs"};
        std::string job = columns.text();
        std::string key = columns.text();
        keys.insert_or_assign({std::move(job), std::move(key)}, columns.text());
    }
    return keys;
}

namespace {

/// Runs that have ended, and when each is looked at once more.
std::vector<std::pair<RunRow, WallTime>> load_last_looks(SQLite::Database& db) {
    std::vector<std::pair<RunRow, WallTime>> looks;
    StopPlanReader plans;
    SQLite::Statement row{db,
                          "SELECT " TAKTD_RUN_COLUMNS ", due_ns FROM last_looks JOIN runs ON id = run_id ORDER BY id"};
    while (row.executeStep()) {
        RunRow run = read_run(row, plans);
        const int last = row.getColumnCount() - 1;
        looks.emplace_back(std::move(run), wall_from_ns(row.getColumn(last).getInt64()));
    }
    return looks;
}

}  // namespace

WallTime load_newest(SQLite::Database& db) {
    SQLite::Statement newest{db, "SELECT value FROM meta WHERE key = 'newest_ns'"};
    return newest.executeStep() ? wall_from_ns(newest.getColumn(0).getInt64()) : WallTime{};
}

std::set<std::pair<std::string, WallTime>> load_disposed_ahead(SQLite::Database& db) {
    std::set<std::pair<std::string, WallTime>> found;
    SQLite::Statement row{db, "SELECT job, occurrence_ns FROM occurrences_ahead"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of occurrences_ahead"};
        std::string job = columns.text();
        found.emplace(std::move(job), columns.wall());
    }
    return found;
}

Snapshot load_snapshot(SQLite::Database& db) {
    Snapshot snapshot;
    snapshot.live = load_live(db);
    RunIndex runs;
    for (RecoveredRun& found : snapshot.live) runs[found.run.id] = &found;
    load_ends(db, runs);
    load_stop_causes(db, runs);
    load_calls(db, runs);
    for (RecoveredRun& found : snapshot.live) {
        std::ranges::sort(found.calls, {}, [](const CallRow& c) { return std::tie(c.intent, c.attempt, c.id); });
    }
    snapshot.jobs = load_job_states(db);
    snapshot.holds = load_holds(db);
    snapshot.request_keys = load_request_keys(db);
    snapshot.foreign = load_foreign(db);
    snapshot.last_looks = load_last_looks(db);
    SQLite::Statement limiter{
        db, "SELECT account, debt_ns, interval_ns, boot_ns, at_ns, boot_id FROM limiters ORDER BY account"};
    while (limiter.executeStep()) {
        ColumnReader columns{limiter, "a row of limiters"};
        LimiterRow& row = snapshot.limiters.emplace_back();
        row.account = columns.text();
        row.debt = Duration{columns.number()};
        row.interval = Duration{columns.number()};
        row.at_boot = boot_from_ns(columns.number());
        row.at = columns.wall();
        row.boot_id = columns.text();
    }
    snapshot.limits = load_limits(db);
    snapshot.disposed_ahead = load_disposed_ahead(db);
    snapshot.newest = load_newest(db);
    snapshot.cut_calls = load_cut_calls(db, snapshot.newest);
    return snapshot;
}

}  // namespace taktd
