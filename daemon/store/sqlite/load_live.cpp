// SPDX-License-Identifier: Apache-2.0
// All at once, in a few questions; only if one of them fails, run by run, as far as each can be read.
#include "daemon/store/sqlite/load_live.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/damage.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"

namespace taktd {
namespace {

using RunIndex = std::unordered_map<RunId, RecoveredRun*>;  // only looked up, never iterated

/// Which runs a question is about.
struct Scope {
    std::string rows = "runs INDEXED BY runs_live WHERE " TAKTD_LIVE;
    std::optional<std::int64_t> rowid{};
};

SQLite::Statement ask(SQLite::Database& db, const std::string& sql, const Scope& scope) {
    SQLite::Statement statement{db, sql};
    if (scope.rowid) statement.bind(1, *scope.rowid);
    return statement;
}

/// The same condition has read the runs just before; only a damaged index knows others.
RecoveredRun& run_in(const RunIndex& runs, const RunId& id) {
    const auto found = runs.find(id);
    if (found == runs.end())
        throw StoreError{"the store is damaged: live run '" + id.text() + "' is not where its index says"};
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

std::vector<RecoveredRun> load_runs(SQLite::Database& db, const Scope& scope) {
    std::vector<RecoveredRun> live;
    StopPlanReader plans;
    auto row = ask(db, "SELECT " TAKTD_RUN_COLUMNS " FROM " + scope.rows + " ORDER BY start_due_ns, rowid", scope);
    while (row.executeStep()) {
        RecoveredRun found;
        found.run = read_run(row, plans);
        if (is_terminal(found.run.state))
            throw StoreError{"the store is damaged: run " + found.run.id.text() +
                             " has ended, and its index says otherwise"};
        found.newest_row = found.run.updated;
        live.push_back(std::move(found));
    }
    return live;
}

/// One seek into each index per run; routine queries, of which there may be thousands, are not walked.
void load_ends(SQLite::Database& db, const RunIndex& runs, const Scope& scope) {
    auto row = ask(db,
                   "SELECT id, (SELECT max(seq) FROM transitions WHERE run_id = runs.id), "
                   "(SELECT max(at_ns) FROM transitions WHERE run_id = runs.id), "
                   "(SELECT max(intent_ns) FROM calls WHERE run_id = runs.id AND action = 'query'), "
                   "(SELECT intent_ns FROM calls WHERE id = (SELECT max(call_id) FROM call_runs WHERE run_id = "
                   "runs.id)) FROM " +
                       scope.rows,
                   scope);
    while (row.executeStep()) {
        ColumnReader columns{row, "a live run"};
        RecoveredRun& found = run_in(runs, columns.id<RunId>());
        found.last_seq = static_cast<int>(columns.number());
        for (int i = 0; i < 3; ++i) found.newest_row = std::max(found.newest_row, columns.wall());
    }
}

/// On whose behalf a run is being stopped, and why: a stop that is sent again says so again.
void load_stop_causes(SQLite::Database& db, const RunIndex& runs, const Scope& scope) {
    auto row = ask(db,
                   "SELECT " TAKTD_TRANSITION_COLUMNS
                   " FROM transitions WHERE to_state = 'stopping' AND run_id IN (SELECT id FROM " +
                       scope.rows + " AND state = 'stopping')",
                   scope);
    while (row.executeStep()) {
        const TransitionRow transition = read_transition(row);
        RecoveredRun& found = run_in(runs, transition.run);
        found.stop_actor = transition.actor;
        found.stop_text = transition.detail;
    }
}

void load_calls(SQLite::Database& db, const RunIndex& runs, const Scope& scope) {
    auto row = ask(db,
                   "SELECT " TAKTD_CALL_COLUMNS
                   " FROM calls WHERE action IN ('start', 'stop', 'pause', 'resume', 'prepare', 'heal') AND run_id IN "
                   "(SELECT id FROM " +
                       scope.rows + ")",
                   scope);
    while (row.executeStep()) {
        CallRow call = read_call(row);
        RecoveredRun& found = run_in(runs, call.run.value_or(RunId{}));
        found.newest_row = std::max({found.newest_row, call.intent, call.result ? call.result->ended : call.intent});
        if (call.action == Action::start && call.result && certainly_refused(call.result->outcome)) {
            found.refused_before = true;
        }
        found.calls.push_back(std::move(call));
    }
}

RunIndex index_of(std::vector<RecoveredRun>& live) {
    RunIndex runs;
    for (RecoveredRun& found : live) runs[found.run.id] = &found;
    return runs;
}

struct Place {
    std::int64_t rowid = 0;
    std::string name;  ///< for people, as far as it can be read
};

/// Where the live runs are. Behind a damaged index every run is looked at, from both ends towards what cannot be read.
std::vector<Place> find_live(SQLite::Database& db, std::vector<std::string>& damage) {
    std::vector<Place> places;
    const auto read = [&](const std::string& rows) {
        SQLite::Statement row{db, "SELECT rowid, job, start_due_ns FROM " + rows};
        while (row.executeStep()) {
            const std::int64_t rowid = row.getColumn(0).getInt64();
            const WallTime due = wall_from_ns(row.getColumn(2).getInt64());
            places.push_back({rowid, "the live run of job '" + row.getColumn(1).getString() + "' that was due at " +
                                         to_rfc3339(due)});
        }
    };
    if (tell_damage(damage, "the index of live runs", [&] { read(Scope{}.rows + " ORDER BY start_due_ns, rowid"); }))
        return places;
    places.clear();
    const std::string everywhere = "runs NOT INDEXED WHERE " TAKTD_LIVE " ORDER BY rowid";
    if (tell_damage(damage, "the table of runs, read upwards", [&] { read(everywhere); })) return places;
    tell_damage(damage, "the table of runs, read downwards", [&] { read(everywhere + " DESC"); });
    std::ranges::sort(places, {}, &Place::rowid);
    const auto is_same = [](const Place& a, const Place& b) { return a.rowid == b.rowid; };
    places.erase(std::unique(places.begin(), places.end(), is_same), places.end());  // clang 14 lacks ranges::unique
    return places;
}

/// A run whose own row can be read is armed, whatever else of it is lost.
std::vector<RecoveredRun> load_one_by_one(SQLite::Database& db, std::vector<std::string>& damage) {
    std::vector<RecoveredRun> live;
    for (const Place& place : find_live(db, damage)) {
        const Scope scope{"runs WHERE rowid = ?1", place.rowid};
        std::vector<RecoveredRun> one;
        tell_damage(damage, place.name + ", WHICH MAY BE RUNNING AND IS NOT STOPPED",
                    [&] { one = load_runs(db, scope); });
        if (one.empty()) continue;
        const RunIndex runs = index_of(one);
        tell_damage(damage, "the history of " + place.name, [&] { load_ends(db, runs, scope); });
        tell_damage(damage, "the stop of " + place.name, [&] { load_stop_causes(db, runs, scope); });
        tell_damage(damage, "calls of " + place.name, [&] { load_calls(db, runs, scope); });
        live.push_back(std::move(one.front()));
    }
    return live;
}

std::vector<RecoveredRun> load_at_once(SQLite::Database& db) {
    const Scope all;
    std::vector<RecoveredRun> live = load_runs(db, all);
    const RunIndex runs = index_of(live);
    load_ends(db, runs, all);
    load_stop_causes(db, runs, all);
    load_calls(db, runs, all);
    return live;
}

}  // namespace

std::vector<RecoveredRun> load_live(SQLite::Database& db, std::vector<std::string>& damage) {
    std::vector<RecoveredRun> live;
    std::vector<std::string> first;
    if (!tell_damage(first, "live runs", [&] { live = load_at_once(db); })) {
        const std::size_t told = damage.size();
        live = load_one_by_one(db, damage);
        if (live.empty())
            throw StoreError{"the store is damaged, and of what is owed nothing can be read: " +
                             (damage.size() > told ? damage[told] : first.front()) +
                             "; restore it from a backup, or save what can be read: taktctl salvage --db FILE --to "
                             "NEW"};
        // Read twice, and only the second time well: then nothing is damaged, but the disk is not to be believed.
        if (damage.size() == told) damage.push_back(std::move(first.front()));
    }
    for (RecoveredRun& found : live) {
        std::ranges::sort(found.calls, {}, [](const CallRow& c) { return std::tie(c.intent, c.attempt, c.id); });
    }
    return live;
}

}  // namespace taktd
