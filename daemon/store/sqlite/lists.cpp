// SPDX-License-Identifier: Apache-2.0
// A page is read with one row more than it shows, which tells whether there is a page behind it. What no index serves
// is asked of each row on the way.
#include "daemon/store/sqlite/lists.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <tuple>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/core/rules/ends.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"

// `started` is looked up in calls_run; the plan is needed only of a run that is owed a stop, to say when that is
// overdue.
#define TAKTD_BRIEF_COLUMNS                                                                               \
    "id, job, provider, origin, state, reason, start_due_ns, stop_due_ns, max_end_ns, remote_state, "     \
    "obligation, updated_ns, iif(obligation = 'open', stop_plan, NULL), (SELECT max(sent_ns) FROM calls " \
    "WHERE run_id = runs.id AND action = 'start')"

namespace taktd {
namespace {

constexpr int kHexDigits = 16;

std::string hex_text(std::uint64_t number) {
    std::array<char, kHexDigits> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, kHexDigits).ptr;
    const std::string text(digits.data(), end);
    return std::string(kHexDigits - text.size(), '0') + text;
}

std::optional<std::int64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, kHexDigits);
    if (text.size() != kHexDigits || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

RunBrief read_brief(SQLite::Statement& row, StopPlanReader& plans) {
    ColumnReader columns{row, "run " + row.getColumn(0).getString()};
    RunBrief brief;
    RunRow run;
    brief.id = columns.id<RunId>();
    brief.job = columns.text();
    brief.provider = columns.text();
    brief.origin = columns.word<Origin>();
    brief.state = run.state = columns.word<RunState>();
    brief.reason = columns.word<Reason>();
    brief.start_due = run.start_due = columns.wall();
    brief.stop_due = run.stop_due = columns.wall();
    run.max_end = columns.wall();
    brief.remote_state = columns.word<RemoteState>();
    brief.obligation = run.obligation = columns.word<Obligation>();
    brief.updated = run.updated = columns.wall();
    if (const auto written = columns.optional_text()) {
        auto plan = plans.read(*written, "{}");
        if (!plan) columns.fail(plan.error());
        run.plan = std::move(*plan);
        brief.should_end = should_end_at(run);
        brief.overdue_from = overdue_from(run);
    }
    brief.started = columns.optional_wall();
    if (is_terminal(brief.state)) brief.ended = brief.updated;
    return brief;
}

bool is_overdue_at(const RunRow& run, WallTime at) { return is_overdue(run, at); }
bool is_overdue_at(const RunBrief& run, WallTime at) { return run.is_overdue(at); }

RunRow read_one(SQLite::Statement& row, StopPlanReader& plans, RunRow*) { return read_run(row, plans); }
RunBrief read_one(SQLite::Statement& row, StopPlanReader& plans, RunBrief*) { return read_brief(row, plans); }

std::optional<RunPlace> place_of(SQLite::Database& db, const RunId& id) {
    SQLite::Statement row{db, "SELECT start_due_ns, rowid FROM runs WHERE id = ?"};
    row.bind(1, id.text());
    if (!row.executeStep()) return std::nullopt;
    return RunPlace{row.getColumn(0).getInt64(), row.getColumn(1).getInt64()};
}

bool is_there(SQLite::Database& db, const RunPlace& place) {
    SQLite::Statement row{db, "SELECT 1 FROM runs WHERE rowid = ? AND start_due_ns = ?"};
    row.bind(1, place.rowid);
    row.bind(2, place.start_due_ns);
    return row.executeStep();
}

std::string runs_sql(const RunFilter& filter, const std::string& selected) {
    const std::optional<RunState> state = filter.states.empty() ? std::nullopt : std::optional{filter.states.front()};
    const bool live = filter.is_live || filter.overdue || (state && !is_terminal(*state));
    const char* index = live         ? "runs_live"
                        : state      ? (filter.job ? "runs_done_job_state" : "runs_done_state")
                        : filter.job ? "runs_job_start"
                                     : "runs_start";
    const std::string order = " ORDER BY start_due_ns DESC, rowid DESC";
    // The index is named, because the planner knows nothing of how few runs are live and would walk through all the
    // others.
    std::string sql = (live ? "SELECT rowid" : "SELECT " + selected) + " FROM runs INDEXED BY " + index + " WHERE true";
    // A partial index serves only a query that repeats its condition.
    if (live) sql += " AND " TAKTD_LIVE;
    if (!live && state) sql += " AND " TAKTD_DONE;
    if (state) sql += " AND state = '" + std::string{name_of(*state)} + "'";
    if (filter.overdue) sql += " AND obligation = 'open'";
    if (filter.job) sql += " AND job = ?";
    if (filter.since) sql += " AND start_due_ns >= ?";
    if (filter.until) sql += " AND start_due_ns < ?";
    if (filter.behind) sql += " AND (start_due_ns, rowid) < (?, ?)";
    if (filter.provider) sql += " AND provider = ?";
    if (filter.reason) sql += " AND reason = '" + std::string{name_of(*filter.reason)} + "'";
    if (filter.origin) sql += " AND origin = '" + std::string{name_of(*filter.origin)} + "'";
    sql += order + " LIMIT ?";
    // Many live runs may share one start; they are sorted within the index, before their long rows are read.
    return live ? "SELECT " + selected + " FROM runs WHERE rowid IN (" + sql + ")" + order : sql;
}

/// The runs of one state, or of all; with their places.
template <class Run>
std::vector<std::pair<RunPlace, Run>> runs_of(SQLite::Database& db, const RunFilter& filter, int wanted) {
    constexpr bool is_brief = std::is_same_v<Run, RunBrief>;
    const std::string columns = is_brief ? TAKTD_BRIEF_COLUMNS : TAKTD_RUN_COLUMNS;
    SQLite::Statement row{db, runs_sql(filter, columns + ", start_due_ns, rowid")};
    int next = 1;
    if (filter.job) row.bind(next++, *filter.job);
    if (filter.since) row.bind(next++, to_ns(*filter.since));
    if (filter.until) row.bind(next++, to_ns(*filter.until));
    if (filter.behind) {
        row.bind(next++, filter.behind->start_due_ns);
        row.bind(next++, filter.behind->rowid);
    }
    if (filter.provider) row.bind(next++, *filter.provider);
    const bool is_asked_of_each = filter.overdue || filter.jobs;
    row.bind(next, is_asked_of_each ? -1 : wanted);
    StopPlanReader plans;
    std::vector<std::pair<RunPlace, Run>> found;
    const int last = row.getColumnCount() - 1;
    while (std::ssize(found) < wanted && row.executeStep()) {
        if (filter.jobs && !filter.jobs->contains(row.getColumn(1).getString())) continue;
        Run run = read_one(row, plans, static_cast<Run*>(nullptr));
        if (filter.overdue && !is_overdue_at(run, *filter.overdue)) continue;
        const RunPlace place{row.getColumn(last - 1).getInt64(), row.getColumn(last).getInt64()};
        found.emplace_back(place, std::move(run));
    }
    return found;
}

template <class Run>
Page<Run> page_of(SQLite::Database& db, RunFilter filter) {
    Page<Run> page;
    const int limit = std::clamp(filter.limit, 0, kListMax);
    if (limit == 0) return page;
    if (filter.before) {
        filter.behind = place_of(db, *filter.before);
        page.is_gone = !filter.behind;
    } else if (filter.behind) {
        page.is_gone = !is_there(db, *filter.behind);
    }
    if (page.is_gone) return page;
    std::vector<std::pair<RunPlace, Run>> found;
    RunFilter single = filter;
    for (std::size_t i = 0; i < std::max<std::size_t>(filter.states.size(), 1); ++i) {
        if (!filter.states.empty()) single.states = {filter.states[i]};
        if ((filter.is_live || filter.overdue) && !filter.states.empty() && is_terminal(filter.states[i])) continue;
        for (auto& each : runs_of<Run>(db, single, limit + 1)) found.push_back(std::move(each));
    }
    std::ranges::sort(found, std::greater{}, [](const auto& each) {
        return std::tuple{each.first.start_due_ns, each.first.rowid};
    });
    const bool has_more = std::ssize(found) > limit;
    if (has_more) {
        found.erase(found.begin() + limit, found.end());
        page.next = found.back().first.text();
    }
    for (auto& [place, run] : found) page.items.push_back(std::move(run));
    return page;
}

bool is_there(SQLite::Database& db, const TransitionPlace& place) {
    SQLite::Statement row{db, "SELECT 1 FROM transitions WHERE run_id = ? AND seq = ?"};
    row.bind(1, place.run.text());
    row.bind(2, place.seq);
    return row.executeStep();
}

}  // namespace

std::optional<RunPlace> RunPlace::parse(std::string_view text) {
    if (text.size() != 2 * kHexDigits) return std::nullopt;
    const auto start = number_in(text.substr(0, kHexDigits)), rowid = number_in(text.substr(kHexDigits));
    if (!start || !rowid) return std::nullopt;
    return RunPlace{*start, *rowid};
}

std::string RunPlace::text() const {
    return hex_text(static_cast<std::uint64_t>(start_due_ns)) + hex_text(static_cast<std::uint64_t>(rowid));
}

std::optional<TransitionPlace> TransitionPlace::parse(std::string_view text) {
    if (text.size() != 2 * kHexDigits + Uuid::kTextSize) return std::nullopt;
    const auto at = number_in(text.substr(0, kHexDigits)), seq = number_in(text.substr(kHexDigits, kHexDigits));
    const auto run = RunId::parse(text.substr(2 * kHexDigits));
    if (!at || !seq || !run || *seq < 0 || *seq > std::numeric_limits<int>::max()) return std::nullopt;
    return TransitionPlace{*at, *run, static_cast<int>(*seq)};
}

std::string TransitionPlace::text() const {
    return hex_text(static_cast<std::uint64_t>(at_ns)) + hex_text(static_cast<std::uint64_t>(seq)) + run.text();
}

std::string list_runs_sql(const RunFilter& filter) { return runs_sql(filter, TAKTD_RUN_COLUMNS); }

Page<RunRow> list_run_rows(SQLite::Database& db, const RunFilter& filter) { return page_of<RunRow>(db, filter); }
Page<RunBrief> list_run_briefs(SQLite::Database& db, const RunFilter& filter) { return page_of<RunBrief>(db, filter); }

std::string live_between_sql() {
    return "SELECT " TAKTD_BRIEF_COLUMNS " FROM runs INDEXED BY runs_live WHERE " TAKTD_LIVE " AND start_due_ns < ?";
}

std::string done_between_sql() {
    return "SELECT " TAKTD_BRIEF_COLUMNS " FROM runs INDEXED BY runs_done_age WHERE " TAKTD_DONE
           " AND updated_ns >= ? AND start_due_ns < ?";
}

std::vector<RunBrief> briefs_between(SQLite::Database& db, WallTime from, WallTime until) {
    StopPlanReader plans;
    std::vector<RunBrief> found;
    SQLite::Statement live{db, live_between_sql()};
    live.bind(1, to_ns(until));
    while (live.executeStep()) found.push_back(read_brief(live, plans));
    SQLite::Statement done{db, done_between_sql()};
    done.bind(1, to_ns(from));
    done.bind(2, to_ns(until));
    while (done.executeStep()) found.push_back(read_brief(done, plans));
    std::ranges::sort(found, {}, [](const RunBrief& run) { return std::tie(run.job, run.start_due, run.id); });
    return found;
}

std::string list_transitions_sql(const TransitionFilter& filter) {
    const char* direction = filter.is_oldest_first ? " ASC" : " DESC";
    // A job's transitions are few among all: its runs are looked up, and what is found is sorted.
    std::string sql =
        "SELECT t.run_id, t.seq, t.from_state, t.to_state, t.at_ns, t.reason, t.actor, t.detail, "
        "r.job, r.provider FROM ";
    sql += filter.job ? "runs r INDEXED BY runs_job_start CROSS JOIN transitions t ON t.run_id = r.id WHERE r.job = ?"
                      : "transitions t INDEXED BY transitions_at CROSS JOIN runs r ON r.id = t.run_id WHERE true";
    sql += " AND t.at_ns >= ? AND t.at_ns < ?";
    if (filter.state) sql += " AND t.to_state = '" + std::string{name_of(*filter.state)} + "'";
    if (filter.behind)
        sql += std::string{" AND (t.at_ns, t.run_id, t.seq) "} + (filter.is_oldest_first ? ">" : "<") + " (?, ?, ?)";
    sql += " ORDER BY t.at_ns" + std::string{direction} + ", t.run_id" + direction + ", t.seq" + direction;
    return sql + " LIMIT ?";
}

Page<ToldTransition> list_transitions(SQLite::Database& db, const TransitionFilter& filter) {
    Page<ToldTransition> page;
    const int limit = std::clamp(filter.limit, 0, kListMax);
    if (limit == 0) return page;
    if (filter.behind && !is_there(db, *filter.behind)) {
        page.is_gone = true;
        return page;
    }
    SQLite::Statement row{db, list_transitions_sql(filter)};
    int next = 1;
    if (filter.job) row.bind(next++, *filter.job);
    std::int64_t since = filter.since ? to_ns(*filter.since) : std::numeric_limits<std::int64_t>::min();
    std::int64_t until = filter.until ? to_ns(*filter.until) : std::numeric_limits<std::int64_t>::max();
    if (filter.behind && filter.is_oldest_first) since = std::max(since, filter.behind->at_ns);
    if (filter.behind && !filter.is_oldest_first) until = std::min(until, filter.behind->at_ns + 1);
    row.bind(next++, since);
    row.bind(next++, until);
    if (filter.behind) {
        row.bind(next++, filter.behind->at_ns);
        row.bind(next++, filter.behind->run.text());
        row.bind(next++, filter.behind->seq);
    }
    row.bind(next, limit + 1);
    while (row.executeStep()) {
        if (std::ssize(page.items) == limit) {
            const TransitionRow& last = page.items.back().row;
            page.next = TransitionPlace{to_ns(last.at), last.run, last.seq}.text();
            break;
        }
        ToldTransition& told = page.items.emplace_back();
        told.row = read_transition(row);
        constexpr int kJob = 8;
        told.job = row.getColumn(kJob).getString();
        told.provider = row.getColumn(kJob + 1).getString();
    }
    return page;
}

}  // namespace taktd
