// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/load.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/damage.hpp"
#include "daemon/store/sqlite/load_live.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"

namespace taktd {
namespace {

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

std::vector<OutboxRow> load_outbox(SQLite::Database& db) {
    std::vector<OutboxRow> outbox;
    SQLite::Statement row{
        db, "SELECT event_id, target, kind, job, run_id, body, created_ns, attempts, next_ns FROM outbox ORDER BY id"};
    while (row.executeStep()) {
        ColumnReader columns{row, "a row of outbox"};
        OutboxRow& waiting = outbox.emplace_back();
        waiting.event = columns.id<NoticeId>();
        waiting.target = columns.text();
        waiting.type = columns.word<NoticeType>();
        waiting.job = columns.text();
        waiting.run = columns.optional_id<RunId>();
        waiting.body = columns.text();
        waiting.created = columns.wall();
        waiting.attempts = static_cast<int>(columns.number());
        waiting.next = columns.wall();
    }
    return outbox;
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
        keys.insert_or_assign({std::move(job), std::move(key)}, columns.id<RunId>());
    }
    return keys;
}

WallTime load_newest(SQLite::Database& db) {
    SQLite::Statement newest{db, "SELECT value FROM meta WHERE key = 'newest_ns'"};
    return newest.executeStep() ? wall_from_ns(newest.getColumn(0).getInt64()) : WallTime{};
}

namespace {

/// Runs that have ended, and when each is looked at once more.
std::vector<std::pair<RunRow, WallTime>> load_last_looks(SQLite::Database& db) {
    std::vector<std::pair<RunRow, WallTime>> looks;
    StopPlanReader plans;
    // CROSS: else SQLite walks over the ids of all runs that ever were, for the order's sake.
    SQLite::Statement row{
        db, "SELECT " TAKTD_RUN_COLUMNS ", due_ns FROM last_looks CROSS JOIN runs ON id = run_id ORDER BY run_id"};
    while (row.executeStep()) {
        RunRow run = read_run(row, plans);
        const int last = row.getColumnCount() - 1;
        looks.emplace_back(std::move(run), wall_from_ns(row.getColumn(last).getInt64()));
    }
    return looks;
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

std::vector<LimiterRow> load_limiters(SQLite::Database& db) {
    std::vector<LimiterRow> limiters;
    SQLite::Statement limiter{
        db, "SELECT account, debt_ns, interval_ns, boot_ns, at_ns, boot_id FROM limiters ORDER BY account"};
    while (limiter.executeStep()) {
        ColumnReader columns{limiter, "a row of limiters"};
        LimiterRow& row = limiters.emplace_back();
        row.account = columns.text();
        row.debt = Duration{columns.number()};
        row.interval = Duration{columns.number()};
        row.at_boot = boot_from_ns(columns.number());
        row.at = columns.wall();
        row.boot_id = columns.text();
    }
    return limiters;
}

}  // namespace

Snapshot load_obligations(SQLite::Database& db) {
    Snapshot snapshot;
    snapshot.live = load_live(db, snapshot.damage);
    tell_damage(snapshot.damage, "the holds", [&] { snapshot.holds = load_holds(db); });
    tell_damage(snapshot.damage, "runs to be looked at once more", [&] { snapshot.last_looks = load_last_looks(db); });
    tell_damage(snapshot.damage, "the limiters' debts", [&] { snapshot.limiters = load_limiters(db); });
    tell_damage(snapshot.damage, "the limits", [&] { snapshot.limits = load_limits(db); });
    tell_damage(snapshot.damage, "the newest instant", [&] { snapshot.newest = load_newest(db); });
    return snapshot;
}

Snapshot load_past(SQLite::Database& db) {
    Snapshot snapshot;
    tell_damage(snapshot.damage, "the jobs' state", [&] { snapshot.jobs = load_job_states(db); });
    tell_damage(snapshot.damage, "what was disposed of ahead of its time",
                [&] { snapshot.disposed_ahead = load_disposed_ahead(db); });
    tell_damage(snapshot.damage, "request keys", [&] { snapshot.request_keys = load_request_keys(db); });
    tell_damage(snapshot.damage, "foreign runs", [&] { snapshot.foreign = load_foreign(db); });
    tell_damage(snapshot.damage, "notifications", [&] { snapshot.outbox = load_outbox(db); });
    tell_damage(snapshot.damage, "calls that were cut",
                [&] { snapshot.cut_calls = load_cut_calls(db, load_newest(db)); });
    return snapshot;
}

void add_past(Snapshot& snapshot, Snapshot past) {
    snapshot.jobs = std::move(past.jobs);
    snapshot.disposed_ahead = std::move(past.disposed_ahead);
    snapshot.request_keys = std::move(past.request_keys);
    snapshot.foreign = std::move(past.foreign);
    snapshot.outbox = std::move(past.outbox);
    snapshot.cut_calls = std::move(past.cut_calls);
    std::ranges::move(past.damage, std::back_inserter(snapshot.damage));
}

std::function<Snapshot()> past_beside(const std::string& path, std::weak_ptr<void>& reading) {
    try {
        const std::shared_ptr<SQLite::Database> database = connect_for_reading(path);
        // One transaction: what the daemon does meanwhile is not of the past.
        database->exec("BEGIN");
        database->execAndGet("SELECT count(*) FROM meta");
        reading = database;
        return [database]() mutable {
            const auto last = std::move(database);
            return load_past(*last);
        };
    } catch (const SQLite::Exception&) {
        return nullptr;
    }
}

Snapshot load_snapshot(SQLite::Database& db) {
    Snapshot snapshot = load_obligations(db);
    add_past(snapshot, load_past(db));
    return snapshot;
}

}  // namespace taktd
