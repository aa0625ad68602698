// SPDX-License-Identifier: Apache-2.0
// A run's row and its transitions are durable together, so where they disagree something is lost; the newer one knows
// more, and where that is in doubt the run is owed its stop.
#include "daemon/store/salvage/mend_runs.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/core/rules/lifecycle.hpp"
#include "daemon/store/salvage/salvage.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "daemon/store/sqlite/sql_text.hpp"

namespace taktd {
namespace {

using States = std::vector<RunState>;

/// The shortest legal way, without where it begins; nothing if there is none.
std::optional<States> way(std::optional<RunState> from, RunState to) {
    if (from == to) return States{};
    std::deque<States> open;
    std::map<RunState, bool> seen;
    const auto go_on = [&](std::optional<RunState> at, const States& before) {
        for (const Move& move : legal_moves()) {
            if (move.from != at || seen[move.to]) continue;
            seen[move.to] = true;
            States next = before;
            next.push_back(move.to);
            open.push_back(std::move(next));
        }
    };
    go_on(from, {});
    while (!open.empty()) {
        const States states = std::move(open.front());
        open.pop_front();
        if (states.back() == to) return states;
        go_on(states.back(), states);
    }
    return std::nullopt;
}

/// A story that grows by legal moves only.
class Story {
public:
    explicit Story(const RunRow& run) : run_{run} {}

    std::optional<RunState> state() const { return rows_.empty() ? std::nullopt : std::optional{rows_.back().to}; }

    void tell(const TransitionRow& known) {
        const auto between = known.from ? way(state(), *known.from) : std::optional{States{}};
        const bool fits = known.from ? between.has_value() : rows_.empty();
        if (!fits || !is_legal(known.from, known.to)) return;
        bridge(*between, known.at);
        rows_.push_back(known);
    }

    void end_in(RunState state, bool must_have_owed) {
        if (must_have_owed && !has_owed()) reach(RunState::starting);
        reach(state);
    }

    Obligation obligation() const {
        Obligation obligation = Obligation::none;
        for (const auto& row : rows_) obligation = obligation_after(obligation, row.to);
        return obligation;
    }

    std::vector<TransitionRow> take() {
        std::optional<RunState> from;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            rows_[i].seq = static_cast<int>(i) + 1;
            rows_[i].from = from;
            from = rows_[i].to;
        }
        return std::move(rows_);
    }

private:
    bool has_owed() const {
        return std::ranges::any_of(rows_, [](const TransitionRow& row) { return owes_stop(row.to); });
    }

    /// What leads elsewhere is given up.
    void reach(RunState to) {
        auto states = way(state(), to);
        while (!states) {
            rows_.pop_back();
            states = way(state(), to);
        }
        bridge(*states, run_.updated);
    }

    void bridge(const States& states, WallTime at) {
        for (const RunState to : states) {
            TransitionRow row;
            row.run = run_.id;
            row.to = to;
            row.at = at;
            row.actor = kSalvageActor;
            row.detail = "the transition was lost; derived from what is left";
            rows_.push_back(std::move(row));
        }
    }

    const RunRow& run_;
    std::vector<TransitionRow> rows_;
};

/// In doubt it may be running.
RunState state_of(const Remains& remains) {
    const RunRow& run = remains.run;
    if (owes_stop(run.state)) return run.state;
    const auto newest = std::ranges::max_element(remains.transitions, {}, &TransitionRow::seq);
    const bool is_older = newest != remains.transitions.end() && newest->at > run.updated;
    if (is_older && owes_stop(newest->to)) return newest->to;
    const bool contradicts_itself = is_terminal(run.state) && run.obligation == Obligation::open;
    const bool is_started = run.state == RunState::due && remains.may_have_started;
    return contradicts_itself || is_started ? RunState::unconfirmed : run.state;
}

std::string named(const RunRow& run) { return "run " + run.id.text() + " of job '" + run.job + "'"; }

std::vector<TransitionRow> transitions_of(SQLite::Database& db, const std::string& id) {
    SQLite::Statement row{db, "SELECT " TAKTD_TRANSITION_COLUMNS " FROM transitions WHERE run_id = ? ORDER BY seq"};
    row.bind(1, id);
    std::vector<TransitionRow> transitions;
    while (row.executeStep()) {
        try {
            transitions.push_back(read_transition(row));
        } catch (const StoreError&) {
            continue;  // a hole, as if it had not been there
        }
    }
    return transitions;
}

bool may_have_started(SQLite::Database& db, const std::string& id) {
    SQLite::Statement row{db,
                          "SELECT 1 FROM calls WHERE run_id = ? AND action = 'start' AND "
                          "(outcome IS NULL OR outcome IN ('accepted', 'uncertain')) LIMIT 1"};
    row.bind(1, id);
    return row.executeStep();
}

void execute(SQLite::Database& db, const char* sql, const std::string& id) {
    SQLite::Statement statement{db, sql};
    statement.bind(1, id);
    statement.exec();
}

bool is_same(const TransitionRow& a, const TransitionRow& b) {
    return a.seq == b.seq && a.from == b.from && a.to == b.to;
}

void mend(SQLite::Database& db, RowWriter& writer, const RunRow& run, SalvageReport& report) {
    const std::string id = run.id.text();
    const Remains before{run, transitions_of(db, id), may_have_started(db, id)};
    Remains after = mended(before);
    const bool same_story = std::ranges::equal(before.transitions, after.transitions, is_same);
    if (same_story && before.run.state == after.run.state && before.run.obligation == after.run.obligation) return;
    std::string line = named(before.run) + ": ";
    const auto reckoned = std::ranges::count(after.transitions, kSalvageActor, &TransitionRow::actor);
    line += std::to_string(before.transitions.size()) + " of its transitions were left, " + std::to_string(reckoned) +
            " are derived";
    if (before.run.state != after.run.state)
        line += "; it was '" + std::string{name_of(before.run.state)} + "' and is '" +
                std::string{name_of(after.run.state)} + "', for it may be running";
    report.repaired.push_back(line + (owes_stop(after.run.state) ? "; it is owed its stop" : ""));

    execute(db, "DELETE FROM transitions WHERE run_id = ?", id);
    std::vector<Row> rows{after.run};
    for (auto& transition : after.transitions) rows.emplace_back(std::move(transition));
    const std::span<const Row> step{rows};
    writer.write(std::span{&step, 1});
}

/// The plan of another run of the same task stops this one as well.
bool borrow_plan(SQLite::Database& db, const std::string& id) {
    SQLite::Statement other{db,
                            "SELECT o.task, o.stop_plan FROM runs AS r JOIN runs AS o ON o.task_key = r.task_key AND "
                            "o.id <> r.id WHERE r.id = ? ORDER BY o.start_due_ns DESC"};
    other.bind(1, id);
    while (other.executeStep()) {
        const std::string task = other.getColumn(0).getString();
        const std::string plan = other.getColumn(1).getString();
        if (!StopPlanReader{}.read(plan, task)) continue;
        SQLite::Statement update{db, "UPDATE runs SET task = ?, stop_plan = ? WHERE id = ?"};
        update.bind(1, task);
        update.bind(2, plan);
        update.bind(3, id);
        update.exec();
        return true;
    }
    return false;
}

std::optional<RunRow> read_one(SQLite::Database& db, const std::string& id, std::string& why) {
    SQLite::Statement row{db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs WHERE id = ?"};
    row.bind(1, id);
    row.executeStep();
    try {
        StopPlanReader plans;
        return read_run(row, plans);
    } catch (const StoreError& error) {
        why = error.what();
        return std::nullopt;
    }
}

std::vector<std::string> ids(SQLite::Database& db, const char* sql) {
    SQLite::Statement row{db, sql};
    std::vector<std::string> found;
    while (row.executeStep()) found.push_back(row.getColumn(0).getString());
    return found;
}

void drop_run(SQLite::Database& db, const std::string& id) {
    execute(db, "DELETE FROM call_runs WHERE run_id = ?", id);
    execute(db, "DELETE FROM calls WHERE run_id = ?", id);
    execute(db, "DELETE FROM transitions WHERE run_id = ?", id);
    execute(db, "DELETE FROM runs WHERE id = ?", id);
}

/// What there is to say of a run whose row is gone, so that a person can look after its task.
std::string obituary(SQLite::Database& db, const std::string& id) {
    std::string text;
    SQLite::Statement last{db, "SELECT to_state FROM transitions WHERE run_id = ? ORDER BY seq DESC LIMIT 1"};
    last.bind(1, id);
    std::optional<RunState> state;
    if (last.executeStep()) state = parse_name<RunState>(last.getColumn(0).getString());
    if (state) text += "; its last transition that is left led to '" + std::string{name_of(*state)} + "'";
    SQLite::Statement call{db,
                           "SELECT provider, method, target, request_body FROM calls WHERE run_id = ? AND action = "
                           "'start' ORDER BY intent_ns DESC LIMIT 1"};
    call.bind(1, id);
    const bool was_called = call.executeStep();
    if (was_called) {
        text += "; its start at provider '" + call.getColumn(0).getString() + "' was " + call.getColumn(1).getString() +
                " " + call.getColumn(2).getString() + " " + call.getColumn(3).getString();
    }
    const bool may_run = state ? owes_stop(*state) || *state == RunState::due : was_called;
    return text + (may_run ? "; ITS TASK MAY BE RUNNING: look there" : "");
}

}  // namespace

Remains mended(Remains remains) {
    const bool must_have_owed = remains.run.obligation != Obligation::none;
    remains.run.state = state_of(remains);
    Story story{remains.run};
    for (const auto& known : remains.transitions) story.tell(known);
    story.end_in(remains.run.state, must_have_owed);
    remains.run.obligation = story.obligation();
    remains.transitions = story.take();
    return remains;
}

void mend_runs(SQLite::Database& db, SalvageReport& report) {
    RowWriter writer{db};
    for (const std::string& id : ids(db, "SELECT id FROM runs ORDER BY start_due_ns, id")) {
        std::string why;
        auto run = read_one(db, id, why);
        if (!run && borrow_plan(db, id)) {
            run = read_one(db, id, why);
            if (run)
                report.repaired.push_back(
                    named(*run) + ": its stop plan was lost; the plan of another run of its task takes its place");
        }
        if (run) {
            mend(db, writer, *run, report);
        } else {
            report.lost.push_back("run " + id + ": its row cannot be used (" + why + ")" + obituary(db, id));
            drop_run(db, id);
        }
    }
    for (const std::string& id :
         ids(db,
             "SELECT run_id FROM transitions WHERE run_id NOT IN (SELECT id FROM runs) UNION "
             "SELECT run_id FROM calls WHERE run_id IS NOT NULL AND run_id NOT IN (SELECT id FROM runs)")) {
        report.lost.push_back("run " + id + ": its row is lost" + obituary(db, id));
        drop_run(db, id);
    }
}

}  // namespace taktd
