// SPDX-License-Identifier: Apache-2.0
// When a run should end, on which clock, and when its stop is overdue.
#include "daemon/core/rules/ends.hpp"

#include <gtest/gtest.h>

namespace taktd::test {
namespace {

using namespace std::chrono_literals;

const WallTime kStart = std::chrono::sys_days{std::chrono::year{2026} / 12 / 5} + 2h;
const BootTime kBoot{1h};

struct Ends : ::testing::Test {
    RunRow run;
    void SetUp() override {
        auto provider = std::make_shared<ProviderSpec>();
        provider->timeout = 10s;
        provider->settle = 2min;
        provider->poll_interval = 15s;
        run.plan.provider = provider;
        run.state = RunState::running;
        run.obligation = Obligation::open;
        run.start_due = kStart;
        run.stop_due = kStart + 4h;
        run.max_end = kStart + 5h;
        run.stop_due_boot = kBoot + 4h;
        run.max_end_boot = kBoot + 5h;
        run.boot_id = "this";
        run.updated = kStart + 1min;
    }
    static Now at(Duration after_start) { return {kStart + after_start, kBoot + after_start}; }
};

TEST_F(Ends, EndDue_OnEitherClock_IsTheEarliest) {
    EXPECT_EQ(end_due(run, at(4h - 1ns), "this"), std::nullopt);
    EXPECT_EQ(end_due(run, at(4h), "this"), Reason::schedule);
    EXPECT_EQ(end_due(run, {kStart, kBoot + 4h}, "this"), Reason::schedule) << "the wall clock was set back";
    EXPECT_EQ(end_due(run, {kStart, kBoot + 4h}, "another"), std::nullopt) << "boot times of another boot mean nothing";
    run.max_end = kStart + 3h;
    EXPECT_EQ(end_due(run, at(3h), "this"), Reason::max_duration);
}

TEST_F(Ends, IsStopDue_ClockBehindTheNewestRowInAnotherBoot_IsDue) {
    const WallTime newest_call = kStart + 30min;
    const Now between = at(10min);  // behind a call of the run, not behind its row
    EXPECT_TRUE(is_stop_due(run, newest_call, between, "another"));
    EXPECT_FALSE(is_stop_due(run, newest_call, between, "this")) << "the boot clock still tells";
    EXPECT_FALSE(is_stop_due(run, newest_call, at(31min), "another"));
    run.obligation = Obligation::discharged;
    EXPECT_FALSE(is_stop_due(run, newest_call, between, "another"));
}

TEST_F(Ends, Overdue_CountsFromThePlannedEnd) {
    const Duration allowed = 10s + 2min + 15s + kOverdueAllowance;
    EXPECT_EQ(overdue_from(run), run.stop_due + allowed);
    EXPECT_FALSE(is_overdue(run, run.stop_due + allowed - 1ns));
    EXPECT_TRUE(is_overdue(run, run.stop_due + allowed));
}

TEST_F(Ends, Overdue_OfARunThatAnOperatorStopped_CountsFromThen) {
    run.state = RunState::stopping;
    run.updated = kStart + 5min;
    EXPECT_EQ(should_end_at(run), kStart + 5min);
    EXPECT_TRUE(is_overdue(run, kStart + 8min));
    run.updated = kStart + 6h;  // touched again after its planned end
    EXPECT_EQ(should_end_at(run), run.stop_due);
}

}  // namespace
}  // namespace taktd::test
