// SPDX-License-Identifier: Apache-2.0
// Rows for people: read-only, whole transactions, closed before anything is printed.
#include "daemon/store/sqlite/reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <tuple>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/json/detail_json.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/lists.hpp"
#include "daemon/store/sqlite/load.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"
#include "daemon/store/sqlite/store_place.hpp"

namespace taktd {
namespace {

std::unique_ptr<SQLite::Database> connect_to_read(const std::string& path) {
    return is_on_read_only_disk(path) ? connect_without_writing(path) : connect_for_reading(path);
}

/// Runs one question in one snapshot; SQLite's failures become StoreError.
template <class Question>
auto ask(SQLite::Database& database, Question question) {
    try {
        SQLite::Transaction snapshot{database};
        return question();
    } catch (const SQLite::Exception& error) {
        throw StoreError{"the store " + database.getFilename() + ": " +
                         explain_sqlite(error.getErrorCode(), error.what())};
    }
}

bool is_there(SQLite::Database& db, const std::string& id) {
    SQLite::Statement row{db, "SELECT 1 FROM runs WHERE id = ?"};
    row.bind(1, id);
    return row.executeStep();
}

std::optional<RunId> first_id(SQLite::Statement& row) {
    if (!row.executeStep()) return std::nullopt;
    return ColumnReader{row, "a run"}.id<RunId>();
}

std::optional<RunId> run_of_job(SQLite::Database& db, const std::string& job) {
    SQLite::Statement live{db, "SELECT id FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE
                               " AND job = ? ORDER BY start_due_ns DESC, rowid DESC LIMIT 1"};
    live.bind(1, job);
    if (auto id = first_id(live)) return id;
    SQLite::Statement latest{db, "SELECT id FROM runs WHERE job = ? ORDER BY start_due_ns DESC, rowid DESC LIMIT 1"};
    latest.bind(1, job);
    return first_id(latest);
}

std::vector<RunName> runs_that_end_in(SQLite::Database& db, const std::string& suffix) {
    if (suffix.size() < kIdSuffixMin) return {};
    SQLite::Statement row{
        db, "SELECT id, job FROM runs WHERE substr(id, -4) = ?1 AND substr(id, -length(?2)) = ?2 LIMIT ?3"};
    row.bind(1, suffix.substr(suffix.size() - kIdSuffixMin));
    row.bind(2, suffix);
    row.bind(3, kCandidatesMax);
    std::vector<RunName> found;
    while (row.executeStep()) {
        ColumnReader columns{row, "a run"};
        RunName& name = found.emplace_back();
        name.id = columns.id<RunId>();
        name.job = columns.text();
    }
    return found;
}

std::string ambiguity(const std::string& suffix, const std::vector<RunName>& meant) {
    constexpr std::size_t kShown = 8;
    std::string text = "'" + suffix + "' is the end of " + std::to_string(meant.size()) +
                       (std::ssize(meant) == kCandidatesMax ? " or more" : "") + " runs' ids: ";
    for (const RunName& each : meant) {
        // So much of it that no other one is meant.
        const std::string id = each.id.text();
        const std::size_t shown = std::max(kShown, suffix.size() + 1);
        text += (&each == &meant.front() ? "" : ", ") + id.substr(id.size() - std::min(shown, id.size())) + " (" +
                each.job + ")";
    }
    return text;
}

std::optional<RunRow> run_beside(SQLite::Database& db, const std::string& condition, const std::string& job,
                                 WallTime at) {
    SQLite::Statement row{db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs INDEXED BY runs_job_start WHERE job = ? AND " +
                                  condition + " LIMIT 1"};
    row.bind(1, job);
    row.bind(2, to_ns(at));
    if (!row.executeStep()) return std::nullopt;
    StopPlanReader plans;
    return read_run(row, plans);
}

std::vector<TransitionRow> transitions_of(SQLite::Database& db, const RunId& id) {
    SQLite::Statement row{db, "SELECT " TAKTD_TRANSITION_COLUMNS " FROM transitions WHERE run_id = ? ORDER BY seq"};
    row.bind(1, id.text());
    std::vector<TransitionRow> transitions;
    while (row.executeStep()) transitions.push_back(read_transition(row));
    return transitions;
}

std::vector<CallRow> calls_of(SQLite::Database& db, const RunId& id) {
    std::vector<CallRow> calls;
    SQLite::Statement own{db, "SELECT " TAKTD_CALL_COLUMNS " FROM calls WHERE run_id = ?"};
    own.bind(1, id.text());
    while (own.executeStep()) calls.push_back(read_call(own));
    SQLite::Statement linked{
        db, "SELECT " TAKTD_CALL_COLUMNS " FROM calls WHERE id IN (SELECT call_id FROM call_runs WHERE run_id = ?)"};
    linked.bind(1, id.text());
    while (linked.executeStep()) {
        CallRow call = read_call(linked);
        if (call.run == id) continue;
        call.linked = {id};
        calls.push_back(std::move(call));
    }
    std::ranges::sort(calls, {}, [](const CallRow& c) { return std::tie(c.intent, c.id); });
    return calls;
}

}  // namespace

Result<Reader> Reader::open(const std::string& path) {
    const auto place = locate_store(path);
    if (!place) return unexpected{place.error()};
    if (!place->is_there) {
        return unexpected{"cannot read the store " + path + ": " + std::strerror(ENOENT) + "; name another with --db"};
    }
    try {
        auto database = connect_to_read(place->path);
        if (!database->tableExists("schema_migrations")) {
            const auto foreign = foreignness(*database);
            const bool is_tableless_store = foreign && bears_our_mark(*database);
            return unexpected{"the store " + path + ": " +
                              (is_tableless_store ? *foreign : "is not a store of taktd; name another with --db")};
        }
        if (auto problem = migrate(*database, embedded_migrations(), false)) {
            return unexpected{"the store " + path + ": " + *problem};
        }
        return Reader{std::move(database)};
    } catch (const SQLite::Exception& error) {
        return unexpected{"the store " + path + ": " + explain_sqlite(error.getErrorCode(), error.what())};
    }
}

bool Reader::is_unfinished(const std::string& path) {
    const auto place = locate_store(path);  // SQLite would delete the log beside an empty file
    if (!place || !place->is_there) return false;
    try {
        const auto database = connect_to_read(path);
        return bears_our_mark(*database) && database->tableExists("schema_migrations") &&
               unfinished_migrations(*database, embedded_migrations());
    } catch (const SQLite::Exception&) {
        return false;
    }
}

Reader::Reader(std::unique_ptr<SQLite::Database> database) : database_{std::move(database)} {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

const std::string& Reader::path() const { return database_->getFilename(); }

Page<RunRow> Reader::page_of_runs(const RunFilter& filter) {
    return ask(*database_, [&] { return list_run_rows(*database_, filter); });
}

Page<RunBrief> Reader::page_of_briefs(const RunFilter& filter) {
    return ask(*database_, [&] { return list_run_briefs(*database_, filter); });
}

std::vector<RunBrief> Reader::runs_between(WallTime from, WallTime until) {
    return ask(*database_, [&] { return briefs_between(*database_, from, until); });
}

Page<ToldTransition> Reader::transitions(const TransitionFilter& filter) {
    return ask(*database_, [&] { return list_transitions(*database_, filter); });
}

std::vector<ForeignRow> Reader::foreign() {
    return ask(*database_, [&] { return load_foreign(*database_); });
}

std::vector<RunName> Reader::candidates(const std::string& suffix) {
    return ask(*database_, [&] { return runs_that_end_in(*database_, suffix); });
}

Result<RunId> Reader::find_run(std::string_view text) {
    return ask(*database_, [&]() -> Result<RunId> {
        const std::string name{text};
        if (const auto id = RunId::parse(name); id && is_there(*database_, name)) return *id;
        const auto of_job = run_of_job(*database_, name);
        const auto by_suffix = runs_that_end_in(*database_, name);
        if (of_job && !by_suffix.empty()) {
            return unexpected{"'" + name + "' is a job and the end of a run's id; give the full id of the run"};
        }
        if (of_job) return *of_job;
        if (by_suffix.size() > 1) return unexpected{ambiguity(name, by_suffix)};
        if (by_suffix.size() == 1) return by_suffix.front().id;
        return unexpected{"no run and no job with runs is named '" + name + "'"};
    });
}

Result<RunId> Reader::find_run(const std::string& job, WallTime at) {
    return ask(*database_, [&]() -> Result<RunId> {
        SQLite::Statement by_occurrence{*database_, "SELECT id FROM runs WHERE job = ? AND occurrence_ns = ?"};
        by_occurrence.bind(1, job);
        by_occurrence.bind(2, to_ns(at));
        if (auto id = first_id(by_occurrence)) return *id;
        SQLite::Statement by_start{
            *database_, "SELECT id FROM runs WHERE job = ? AND start_due_ns = ? ORDER BY rowid DESC LIMIT 1"};
        by_start.bind(1, job);
        by_start.bind(2, to_ns(at));
        if (auto id = first_id(by_start)) return *id;
        return unexpected{"job '" + job + "' has no run at " + to_rfc3339(at)};
    });
}

std::optional<RunHistory> Reader::show(const RunId& id) {
    return ask(*database_, [&]() -> std::optional<RunHistory> {
        SQLite::Statement row{*database_, "SELECT " TAKTD_RUN_COLUMNS " FROM runs WHERE id = ?"};
        row.bind(1, id.text());
        if (!row.executeStep()) return std::nullopt;
        StopPlanReader plans;
        RunHistory history;
        history.run = read_run(row, plans);
        history.transitions = transitions_of(*database_, id);
        history.calls = calls_of(*database_, id);
        return history;
    });
}

std::optional<RunRow> Reader::last_run_before(const std::string& job, WallTime at) {
    return ask(*database_, [&] {
        return run_beside(*database_, "start_due_ns < ? ORDER BY start_due_ns DESC, rowid DESC", job, at);
    });
}

std::optional<RunRow> Reader::first_run_from(const std::string& job, WallTime at) {
    return ask(*database_,
               [&] { return run_beside(*database_, "start_due_ns >= ? ORDER BY start_due_ns, rowid", job, at); });
}

std::vector<RunRow> Reader::open_obligations() {
    return ask(*database_, [&] {
        SQLite::Statement row{*database_,
                              "SELECT " TAKTD_RUN_COLUMNS " FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE
                              " AND obligation = 'open'"};
        StopPlanReader plans;
        std::vector<RunRow> runs;
        while (row.executeStep()) runs.push_back(read_run(row, plans));
        std::ranges::sort(runs, {}, [](const RunRow& r) { return std::tie(r.stop_due, r.id); });
        return runs;
    });
}

Snapshot Reader::snapshot() {
    return ask(*database_, [&] {
        Snapshot snapshot = load_snapshot(*database_);
        if (!snapshot.damage.empty()) throw StoreError{snapshot.damage.front()};
        return snapshot;
    });
}

std::vector<JobStateRow> Reader::job_states() {
    return ask(*database_, [&] { return load_job_states(*database_); });
}

std::vector<HoldRow> Reader::holds() {
    return ask(*database_, [&] { return load_holds(*database_); });
}

std::vector<StoredAction> Reader::list_actions(const ActionFilter& filter) {
    return ask(*database_, [&] {
        // By id: what was done later has the larger one, also after the clock was set back.
        SQLite::Statement row{*database_,
                              "SELECT id, at_ns, command, actor, via, action, target, reason, ok, detail FROM actions "
                              "WHERE id < ? AND at_ns >= ? AND (?3 IS NULL OR actor = ?3) ORDER BY id DESC LIMIT ?"};
        row.bind(1, filter.before.value_or(std::numeric_limits<std::int64_t>::max()));
        row.bind(2, filter.since ? to_ns(*filter.since) : std::numeric_limits<std::int64_t>::min());
        if (filter.actor) row.bind(3, *filter.actor);
        row.bind(4, std::clamp(filter.limit, 1, kListMax));
        std::vector<StoredAction> actions;
        while (row.executeStep()) {
            ColumnReader columns{row, "a row of actions"};
            StoredAction& stored = actions.emplace_back();
            ActionRow& action = stored.row;
            stored.id = columns.number();
            action.at = columns.wall();
            action.command = static_cast<std::uint64_t>(columns.number());
            action.actor = columns.text();
            action.via = columns.text();
            action.action = columns.text();
            action.target = columns.text();
            action.reason = columns.text();
            action.is_ok = columns.number() != 0;
            detail_from_json(columns.text(), action);
        }
        return actions;
    });
}

std::vector<GapRow> Reader::gaps() {
    return ask(*database_, [&] { return load_gaps(*database_); });
}

WallTime Reader::newest() {
    return ask(*database_, [&] { return load_newest(*database_); });
}

std::uint64_t Reader::count_runs_due_after(WallTime at) {
    return ask(*database_, [&] {
        SQLite::Statement row{*database_, "SELECT count(*) FROM runs INDEXED BY runs_start WHERE start_due_ns > ?"};
        row.bind(1, to_ns(at));
        row.executeStep();
        return static_cast<std::uint64_t>(row.getColumn(0).getInt64());
    });
}

}  // namespace taktd
