// SPDX-License-Identifier: Apache-2.0
// A writer's promises, whatever it writes to: in order, nothing lost, and an end that is known for clean or not.
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "tests/contract/store/store_contract.hpp"

namespace taktd {
namespace {

using testing::at;
using testing::history;
using testing::Record;
using testing::StoreContract;
using namespace std::chrono_literals;

/// Step n of a test: its one row says n.
std::vector<Row> step_rows(std::uint64_t n) {
    return {testing::job_state_row("job-" + std::to_string(n), at(static_cast<std::int64_t>(n)))};
}

void append_all(std::vector<Row>& rows, std::vector<Row> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

TEST_P(StoreContract, Steps_AreSaidDurableInOrder_AndAllAreKept) {
    Record record;
    auto store = open();
    store->start(record.events());
    constexpr std::uint64_t kSteps = 500;
    for (std::uint64_t n = 1; n <= kSteps; ++n) store->append(n, step_rows(n));
    ASSERT_TRUE(record.wait_durable(kSteps));
    std::uint64_t before = 0;
    for (const std::string& said : record.said()) {
        ASSERT_EQ(said.substr(0, 8), "durable ");
        const std::uint64_t step = std::stoull(said.substr(8));
        EXPECT_GT(step, before);
        before = step;
    }
    EXPECT_EQ(queries()->job_states().size(), kSteps);
}

TEST_P(StoreContract, StepWithoutRows_KeepsItsTurn) {
    Record record;
    auto store = open();
    store->start(record.events());
    store->append(1, std::vector<Row>{});
    EXPECT_TRUE(record.wait_durable(1));
}

TEST_P(StoreContract, Ending_WithoutAClose_Flushes) {
    {
        auto store = open();
        store->start({});
        for (std::uint64_t n = 1; n <= 100; ++n) store->append(n, step_rows(n));
    }
    const auto store = open();
    EXPECT_EQ(store->load().jobs.size(), 100U);
    EXPECT_FALSE(store->load().clean_stop);
}

TEST_P(StoreContract, CleanStop_IsKnown) {
    write({});
    {
        const Snapshot snapshot = open()->load();
        EXPECT_TRUE(snapshot.clean_stop);
        EXPECT_FALSE(snapshot.first_start);
    }
    const Snapshot snapshot = open()->load();
    EXPECT_FALSE(snapshot.clean_stop) << "the daemon before this one was not closed cleanly";
    EXPECT_FALSE(snapshot.first_start);
}

TEST_P(StoreContract, Prune_DoesNotHoldUpCommits) {
    std::vector<Row> rows;
    for (int n = 0; n < 400; ++n) append_all(rows, history(n, "load", {RunState::due, RunState::skipped}));
    write(rows);
    testing::Record record;
    auto store = open();
    store->start(record.events());
    store->prune(at(1'000'000), at(0));
    store->append(1, {testing::job_state_row("x", at(1))});
    EXPECT_TRUE(record.wait_durable(1));
    EXPECT_TRUE(store->close_clean({}, 30s)) << "a prune that is not finished does not keep the daemon from ending";
}

TEST_P(StoreContract, Prune_TakesWhatIsFinishedAndOld_AndNeverALiveRun) {
    std::vector<Row> rows;
    append_all(rows, history(1, "load", {RunState::due, RunState::skipped}));
    append_all(rows, history(2, "load", {RunState::due, RunState::starting, RunState::running}));
    append_all(rows, history(3, "load", {RunState::due}));
    append_all(rows, history(500, "load", {RunState::due, RunState::skipped}));
    write(rows);
    const auto store = open();
    store->start({});
    store->prune(at(400), at(0));
    const auto asked = queries();
    for (int i = 0; i < 200'000 && asked->list_runs({}).size() != 3; ++i) std::this_thread::yield();
    std::vector<RunId> kept;
    for (const RunRow& run : asked->list_runs({})) kept.push_back(run.id);
    EXPECT_EQ(kept, (std::vector{testing::run_id(500), testing::run_id(3), testing::run_id(2)}));
    EXPECT_FALSE(asked->show(testing::run_id(1)));
}

}  // namespace
}  // namespace taktd
