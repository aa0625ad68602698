// SPDX-License-Identifier: Apache-2.0
// Crash points are named, counted and derived from what is durable.
#include "daemon/runtime/crash_points.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "daemon/runtime/step_facts.hpp"

namespace taktd {
namespace {

TEST(CrashPlan, Plan_IsANameAndAPassage) {
    struct Case {
        const char* text;
        std::optional<std::pair<CrashPoint, int>> plan;
    };
    const Case cases[] = {{"due_committed", {{CrashPoint::due_committed, 1}}},
                          {"start_sent:3", {{CrashPoint::start_sent, 3}}},
                          {"recovery_half_done:1", {{CrashPoint::recovery_half_done, 1}}},
                          {"", std::nullopt},
                          {"start", std::nullopt},
                          {"start_sent:", std::nullopt},
                          {"start_sent:0", std::nullopt},
                          {"start_sent:-1", std::nullopt},
                          {"start_sent:2x", std::nullopt}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto plan = parse_crash_plan(c.text);
        ASSERT_EQ(plan.has_value(), c.plan.has_value());
        if (!plan) continue;
        EXPECT_EQ(plan->point, c.plan->first);
        EXPECT_EQ(plan->passage, c.plan->second);
    }
}

TEST(CrashPlan, EveryPoint_HasItsName) {
    for (int i = 0; i <= static_cast<int>(CrashPoint::recovery_half_done); ++i) {
        const auto point = static_cast<CrashPoint>(i);
        const auto plan = parse_crash_plan(name_of(point));
        ASSERT_TRUE(plan) << name_of(point);
        EXPECT_EQ(plan->point, point);
    }
}

CallRow call(Action action, bool ended) {
    CallRow row;
    row.action = action;
    if (ended) row.result.emplace();
    return row;
}

RunRow run(Obligation obligation) {
    RunRow row;
    row.obligation = obligation;
    return row;
}

TransitionRow transition(std::optional<RunState> from, RunState to) {
    TransitionRow row;
    row.from = from;
    row.to = to;
    return row;
}

TEST(StepFacts, Rows_TellWhichPointsTheyPass) {
    if (!kCrashPoints) GTEST_SKIP() << "a build without crash points";
    struct Case {
        Row row;
        std::vector<CrashPoint> points;
    };
    const Case cases[] = {
        {transition(std::nullopt, RunState::due), {CrashPoint::due_committed}},
        {transition(RunState::starting, RunState::due), {}},
        {transition(std::nullopt, RunState::skipped), {}},
        {call(Action::start, false), {CrashPoint::intent_committed}},
        {call(Action::start, true), {CrashPoint::outcome_committed}},
        {call(Action::stop, false), {CrashPoint::stop_intent_committed}},
        {call(Action::stop, true), {}},
        {call(Action::query, true), {}},
        {run(Obligation::open), {}},
        {run(Obligation::discharged), {CrashPoint::discharged}},
    };
    for (const auto& c : cases) EXPECT_EQ(crash_points_of({c.row}), c.points);
}

TEST(CrashPoints, PlannedPassage_Kills) {
    if (!kCrashPoints) GTEST_SKIP() << "a build without crash points";
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // a process of its own: the plan is read once in each
    EXPECT_EXIT(
        {
            ::setenv("TAKTD_CRASH_AT", "stop_sent:2", 1);
            pass(CrashPoint::start_sent);
            pass(CrashPoint::stop_sent);
            pass(CrashPoint::stop_sent);
        },
        testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace taktd
