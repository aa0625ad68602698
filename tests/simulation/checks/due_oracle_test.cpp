// SPDX-License-Identifier: Apache-2.0
// The oracle itself, by a few instants that a person can check; and against the core's schedules, so that neither can
// drift alone.
#include "tests/simulation/checks/due_oracle.hpp"

#include <gtest/gtest.h>

#include "daemon/core/calendar/schedule.hpp"
#include "tests/simulation/world/scenario.hpp"

namespace taktd::sim {
namespace {

using namespace std::chrono_literals;

WallTime utc(int month, int day, int hour, int minute = 0) {
    const std::chrono::sys_days date{std::chrono::year{2026} / month / day};
    return date + std::chrono::hours{hour} + std::chrono::minutes{minute};
}

TEST(DueOracle, FixedTime_InAGap_ComesAfterIt) {
    DueRule rule;
    rule.kind = DueRule::Kind::cron;
    rule.minutes = {30};
    rule.hours = {2};
    rule.is_fixed = true;
    rule.zone = "Europe/Berlin";
    const std::set<WallTime> spring{utc(3, 28, 1, 30), utc(3, 29, 1, 0), utc(3, 30, 0, 30)};
    EXPECT_EQ(due_between({rule}, utc(3, 28, 0), utc(3, 30, 12)), spring);
    const std::set<WallTime> autumn{utc(10, 24, 0, 30), utc(10, 25, 0, 30), utc(10, 26, 1, 30)};
    EXPECT_EQ(due_between({rule}, utc(10, 24, 0), utc(10, 26, 12)), autumn);
}

TEST(DueOracle, Wildcard_FollowsElapsedTime) {
    DueRule rule;
    rule.kind = DueRule::Kind::cron;
    rule.minutes = {30};
    for (int hour = 0; hour < 24; ++hour) rule.hours.insert(hour);
    rule.zone = "Europe/Berlin";
    EXPECT_EQ(due_between({rule}, utc(10, 25, 0), utc(10, 25, 3)).size(), 3U);  // 02:30 twice, then 03:30
}

TEST(DueOracle, DrawnSchedules_AgreeWithTheCore) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Chance chance{seed};
        Scenario scenario{chance, seed % 2 == 0};
        const WallTime begin = scenario.draw_origin();
        scenario.draw(begin);
        const WallTime end = begin + 24h * 6;
        const ConfigPtr config = scenario.config();
        for (const auto& [name, job] : config->jobs) {
            std::set<WallTime> core;
            for (auto due = next_due(job->schedule, begin); due && *due <= end; due = next_due(job->schedule, *due))
                core.insert(*due);
            EXPECT_EQ(due_between(scenario.plans.at(job->schedule.fingerprint()), begin, end), core)
                << "seed " << seed << ": " << job->schedule.fingerprint();
        }
    }
}

}  // namespace
}  // namespace taktd::sim
