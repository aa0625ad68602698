// SPDX-License-Identifier: Apache-2.0
// An obligation that is not discharged in time is spoken of, again and again, until it is.
#include "daemon/runtime/overdue_watch.hpp"

#include <gtest/gtest.h>

#include "daemon/core/rules/ends.hpp"
#include "tests/support/ids.hpp"
#include "tests/unit/runtime/fakes.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

class OverdueWatchTest : public testing::Test {
protected:
    OverdueWatchTest() {
        auto provider = fakes::provider();
        provider->timeout = 10s;
        provider->settle = 20s;
        provider->poll_interval = 5s;
        run.id = test::run_of("r");
        run.job = "j";
        run.state = RunState::running;
        run.obligation = Obligation::open;
        run.plan.provider = provider;
        run.stop_due = wall_from_ns(0) + 1000s;
        run.max_end = wall_from_ns(0) + 2000s;
    }
    RunRow run;
    OverdueWatch watch;
    const Duration allowed = kOverdueAllowance + 35s;
};

TEST_F(OverdueWatchTest, OverdueStop_AfterTheAllowance_IsToldLessAndLessOften) {
    watch.note(run);
    const WallTime due = run.stop_due + allowed;
    EXPECT_EQ(watch.next(), due);
    EXPECT_TRUE(watch.take_overdue(due - 1ns).empty());
    const auto overdue = watch.take_overdue(due);
    ASSERT_EQ(overdue.size(), 1U);
    EXPECT_EQ(overdue[0].job, "j");
    EXPECT_EQ(overdue[0].late, allowed);
    EXPECT_EQ(watch.next(), due + 1min);
    EXPECT_EQ(watch.take_overdue(due + 1min).size(), 1U);
    EXPECT_EQ(watch.next(), due + 3min);
}

TEST_F(OverdueWatchTest, DischargedRun_IsForgotten) {
    watch.note(run);
    run.obligation = Obligation::discharged;
    watch.note(run);
    EXPECT_EQ(watch.next(), std::nullopt);
    EXPECT_TRUE(watch.take_overdue(wall_from_ns(0) + 99999s).empty());
}

TEST_F(OverdueWatchTest, StopAndCeiling_CountByTheEarlierOne) {
    run.max_end = wall_from_ns(0) + 500s;
    watch.note(run);
    EXPECT_EQ(watch.next(), run.max_end + allowed);
}

TEST_F(OverdueWatchTest, StopBeforeItsTime_WhenItIsAsked_StartsTheClock) {
    watch.note(run);
    run.state = RunState::stopping;
    run.updated = wall_from_ns(0) + 300s;
    watch.note(run);
    EXPECT_EQ(watch.next(), run.updated + allowed);
    run.updated += 100s;  // a later change of the row moves nothing
    watch.note(run);
    EXPECT_EQ(watch.next(), wall_from_ns(0) + 300s + allowed);
}

TEST_F(OverdueWatchTest, RunThatOwesNothing_IsNotWatched) {
    run.obligation = Obligation::none;
    watch.note(run);
    EXPECT_EQ(watch.next(), std::nullopt);
}

}  // namespace
}  // namespace taktd
