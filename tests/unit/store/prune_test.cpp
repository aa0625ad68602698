// SPDX-License-Identifier: Apache-2.0
// Retention takes what is finished and old, with all that belongs to it, and never a run that is owed a stop.
#include <thread>

#include "tests/support/ids.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using testing::at;
using testing::history;
using testing::open_store;
using testing::run_row;
using testing::StoreDirectory;
using namespace std::chrono_literals;
using namespace test::id_literals;

void append_all(std::vector<Row>& rows, std::vector<Row> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Prunes and waits until it is done: the writer takes a step that follows, and what is still to prune before a clean
/// end would be left, so the condition is looked for in the file.
void prune(const std::string& path, WallTime finished_before, WallTime queries_before, const std::string& sql,
           const std::string& expected) {
    auto store = open_store(path);
    store->start({});
    store->prune(finished_before, queries_before);
    for (int i = 0; i < 200'000 && ask_sql(path, sql) != expected; ++i) std::this_thread::yield();
    EXPECT_EQ(ask_sql(path, sql), expected) << sql;
}

TEST(Prune, OldFinishedRuns_GoWithAllThatIsTheirs) {
    const StoreDirectory directory;
    std::vector<Row> rows;
    constexpr int kRuns = 130;  // more than one transaction's worth
    for (int n = 0; n < kRuns; ++n) {
        append_all(rows,
                   history(n, "load", {RunState::due, RunState::starting, RunState::running, RunState::completed}));
        rows.emplace_back(testing::call_row(run_row(n), "call-" + std::to_string(n), Action::start, Outcome::accepted));
        CallRow batch = testing::call_row(run_row(n), "batch-" + std::to_string(n), Action::query, Outcome::accepted);
        batch.run.reset();
        batch.linked = {testing::run_id(n)};
        rows.emplace_back(batch);
    }
    rows.emplace_back(GapRow{"load", at(-9), at(-5), 3, Reason::misfire, at(0)});
    rows.emplace_back(GapRow{"load", at(-4), at(-2), 3, Reason::misfire, at(500)});
    testing::write_rows(directory.path(), rows);
    prune(directory.path(), at(120), at(-1000), "SELECT count(*), min(start_due_ns) FROM runs",
          "10|" + std::to_string(to_ns(at(120))));
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(DISTINCT run_id), count(*) FROM transitions"), "10|40");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM calls WHERE action = 'start'"), "10");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM call_runs"), "10");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM gaps"), "1");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM job_state"), "1");
}

TEST(Prune, LiveRun_IsNeverTaken) {
    const StoreDirectory directory;
    std::vector<Row> rows;
    int n = 0;
    for (const auto& states :
         std::vector<std::vector<RunState>>{{RunState::due},
                                            {RunState::due, RunState::starting},
                                            {RunState::due, RunState::starting, RunState::unconfirmed},
                                            {RunState::due, RunState::starting, RunState::running},
                                            {RunState::due, RunState::starting, RunState::running, RunState::paused},
                                            {RunState::due, RunState::starting, RunState::running, RunState::stopping},
                                            {RunState::due, RunState::skipped}}) {
        append_all(rows, history(++n, "load", states));
    }
    // Not legal, and still not to be forgotten.
    RunRow odd = run_row(++n, "load", RunState::failed);
    odd.obligation = Obligation::open;
    rows.emplace_back(odd);
    testing::write_rows(directory.path(), rows);
    prune(directory.path(), at(1'000'000), at(1'000'000), "SELECT count(*) FROM runs WHERE state = 'skipped'", "0");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*), count(*) FILTER (WHERE obligation = 'open') FROM runs"),
              "7|6");
}

TEST(Prune, OldQueryCalls_GoAlone) {
    const StoreDirectory directory;
    std::vector<Row> rows = history(1, "load", {RunState::due, RunState::starting, RunState::running});
    constexpr int kQueries = 1200;
    for (int i = 0; i < kQueries; ++i) {
        CallRow query = testing::call_row(run_row(1), "q" + std::to_string(i), Action::query, Outcome::accepted);
        query.result->ended = at(i);
        rows.emplace_back(query);
    }
    rows.emplace_back(testing::call_row(run_row(1), "start", Action::start, Outcome::accepted));
    testing::write_rows(directory.path(), rows);
    prune(directory.path(), at(0), at(1100), "SELECT count(*) FROM calls WHERE action = 'query'", "100");
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM calls WHERE action = 'start'"), "1");
}

TEST(Prune, ALookThatTakesThePlaceOfAnother_DeletesItWithItsLinks) {
    const StoreDirectory directory;
    std::vector<Row> rows = history(1, "load", {RunState::due, RunState::starting, RunState::running});
    rows.emplace_back(testing::call_row(run_row(1), "start", Action::start, Outcome::accepted));
    CallRow first = testing::call_row(run_row(1), "look-1", Action::query, Outcome::accepted);
    first.run.reset();
    first.linked = {testing::run_id(1)};
    CallRow second = first;
    second.id = "look-2"_call;
    second.replaces = {"look-1"_call, "start"_call, "look-0"_call};
    rows.emplace_back(first);
    rows.emplace_back(second);
    testing::write_rows(directory.path(), rows);
    testing::write_rows(directory.path(), rows);  // a batch that is applied twice
    EXPECT_EQ(ask_sql(directory.path(), "SELECT id FROM calls ORDER BY id"),
              "look-2"_call.text() + "|" + "start"_call.text())
        << "nothing but a look is ever replaced";
    EXPECT_EQ(ask_sql(directory.path(), "SELECT call_id FROM call_runs"), "look-2"_call.text());
}

}  // namespace
}  // namespace taktd
