// SPDX-License-Identifier: Apache-2.0
// Both clocks: the wall says when, the boot clock measures how long. Whatever somebody does to the wall clock, and
// however long the machine sleeps or is off, a run ends at the earliest of its four instants (R5), and neither a
// timeout nor a backoff nor the limiter ever looks at the wall.
#include <set>

#include <gtest/gtest.h>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

using std::chrono::hours;

const Duration kYear = hours{24 * 365};

/// A run that started at 00:01 and is to stop at 00:31; its ceiling is 00:36.
struct RunningBench : EngineBench {
    RunningBench() {
        Job job = make_job("load", "0 1 0 * * *", 30min, "1");
        job.max_duration = 35min;
        jobs = {job};
        load();
        advance_to(kMidnight + 1min + 5s);
        EXPECT_EQ(story(), "due>starting>running");
        started_ = now.boot - 5s;
    }
    /// Boot time from the start's due instant to the first stop; nothing if none went out.
    std::optional<Duration> stopped_after() const {
        const auto stops = sent_of(Action::stop);
        if (stops.empty()) return std::nullopt;
        return stops.front().at.boot - started_;
    }

private:
    BootTime started_;
};

struct Step {
    const char* name;
    Duration by;
    Duration expected;  ///< boot time from start to stop
};

class WallSteps : public ::testing::TestWithParam<Step> {};

// Five minutes into the run somebody sets the clock: the wall's instant fires early or never, the boot clock's is there
// either way, so the run never lives longer than its window.
TEST_P(WallSteps, WallSteps_NeverLengthenARun) {
    RunningBench bench;
    bench.advance(5min - 5s);
    bench.step_wall(GetParam().by);
    bench.advance(hours{1});
    const auto after = bench.stopped_after();
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(*after, GetParam().expected) << to_text(*after);
    EXPECT_TRUE(is_terminal(bench.run().state)) << bench.story();
    EXPECT_EQ(bench.sent_of(Action::start).size(), 1U) << "and no clock starts it twice";
}

INSTANTIATE_TEST_SUITE_P(SecondsToYears, WallSteps,
                         ::testing::Values(Step{"back_a_second", -1s, 30min}, Step{"back_an_hour", -1h, 30min},
                                           Step{"back_a_day", -24h, 30min}, Step{"back_ten_years", -10 * kYear, 30min},
                                           Step{"back_to_1970", -(kMidnight.time_since_epoch()), 30min},
                                           Step{"on_a_second", 1s, 30min - 1s}, Step{"on_ten_minutes", 10min, 20min},
                                           Step{"on_to_the_stop", 25min, 5min}, Step{"on_an_hour", 1h, 5min},
                                           Step{"on_a_day", 24h, 5min}, Step{"on_ten_years", 10 * kYear, 5min}),
                         [](const auto& test) { return std::string{test.param.name}; });

// A clock that swings to and fro: each swing may only bring the stop forward.
TEST(BothClocks, ClockThatSwings_BringsTheStopForwardAtMost) {
    RunningBench bench;
    for (const Duration by : {Duration{-2h}, Duration{2h}, Duration{-20min}, Duration{25min}, Duration{-5min}}) {
        bench.advance(2min);
        bench.step_wall(by);
    }
    bench.advance(hours{1});
    ASSERT_TRUE(bench.stopped_after());
    EXPECT_LE(*bench.stopped_after(), 30min);
    EXPECT_TRUE(is_terminal(bench.run().state)) << bench.story();
}

// Suspend: CLOCK_BOOTTIME runs on and so does the wall; what was slept through is due at the first event afterwards.
TEST(BothClocks, SleepThroughTheStop_IsStoppedOnWaking) {
    RunningBench bench;
    bench.now.wall += hours{9};
    bench.now.boot += hours{9};
    bench.event(Wake{});
    ASSERT_TRUE(bench.stopped_after());
    EXPECT_EQ(bench.sent_of(Action::stop).front().at.boot, bench.now.boot) << "with the first event";
    bench.advance(5min);
    EXPECT_TRUE(is_terminal(bench.run().state)) << bench.story();
}

// A sleeper whose wall clock stood still (a virtual machine that was paused and keeps its old time): boot time decides.
TEST(BothClocks, BootTimeAlone_IsEnough) {
    RunningBench bench;
    bench.now.boot += 30min;
    bench.event(Wake{});
    EXPECT_FALSE(bench.sent_of(Action::stop).empty());
}

TEST(BothClocks, WallTimeAlone_IsEnough) {
    RunningBench bench;
    bench.now.wall += 30min;
    bench.event(Wake{});
    EXPECT_FALSE(bench.sent_of(Action::stop).empty());
}

struct Reboot {
    const char* name;
    Duration off;       ///< how long the machine was away, by its own wall clock
    Duration expected;  ///< from recovery to the stop, but for the limiter, whose bucket starts empty
};

class Reboots : public ::testing::TestWithParam<Reboot> {};

// In another boot the old boot instants mean nothing and only the wall counts; if that has gone back behind the run's
// last row, it cannot be believed, and the run is stopped at once.
TEST_P(Reboots, AfterAReboot_OnlyTheWallCounts) {
    RunningBench bench;
    bench.advance(5min - 5s);  // 00:06, 25 minutes to go
    bench.now.wall += GetParam().off;
    bench.now.boot = BootTime{20s};
    const BootTime back = bench.now.boot;
    bench.crash("boot-2");
    bench.load();
    bench.advance(hours{1});
    const auto stops = bench.sent_of(Action::stop);
    ASSERT_FALSE(stops.empty()) << bench.story();
    EXPECT_GE(stops.front().at.boot - back, GetParam().expected);
    EXPECT_LE(stops.front().at.boot - back, GetParam().expected + 10ms);
    EXPECT_TRUE(is_terminal(bench.run().state)) << bench.story();
    EXPECT_EQ(bench.sent_of(Action::start).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(AndTheirWalls, Reboots,
                         ::testing::Values(Reboot{"a_minute_away", 1min, 24min}, Reboot{"past_the_stop", 2h, 0s},
                                           Reboot{"a_year_away", kYear, 0s}, Reboot{"back_an_hour", -1h, 0s},
                                           Reboot{"a_clock_not_set_yet", -kMidnight.time_since_epoch(), 0s}),
                         [](const auto& test) { return std::string{test.param.name}; });

// A machine without a battery boots in 1970 and learns the time a minute later: the jump fires nothing that lies before
// it but the newest by the misfire policy, and nothing twice.
TEST(BothClocks, ClockThatIsSetAfterBoot_StartsNothingTwice) {
    EngineBench bench;
    bench.now.wall = WallTime{20s};
    bench.jobs = {make_job("load", "0 10 */6 * * *", 5min, "1")};
    bench.load();
    bench.advance(1min);
    const std::size_t before = bench.sent_of(Action::start).size();
    bench.step_wall(kMidnight + 3min - bench.now.wall);
    bench.advance(1min);
    EXPECT_EQ(bench.sent_of(Action::start).size(), before) << "00:03 is no time to start at";
    bench.advance_to(kMidnight + 10min + 1s);
    EXPECT_EQ(bench.sent_of(Action::start).size(), before + 1);
    std::set<WallTime> occurrences;
    for (const auto& [id, run] : bench.runs) {
        if (!run.occurrence) continue;
        EXPECT_TRUE(occurrences.insert(*run.occurrence).second) << to_rfc3339(*run.occurrence);
    }
}

/// The instants, on the boot clock from the first on, at which calls of `action` went out.
std::vector<Duration> rhythm_of(const EngineBench& bench, Action action) {
    std::vector<Duration> rhythm;
    const auto sent = bench.sent_of(action);
    for (const auto& s : sent) rhythm.push_back(s.at.boot - sent.front().at.boot);
    return rhythm;
}

/// A stop that the vendor fails to take for five minutes while the clock is set by `step` every seven seconds.
std::vector<Duration> stubborn_stops(Duration step) {
    RunningBench bench;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop) return refused(Outcome::uncertain);
        return saw("1", RemoteState::running, "1");
    };
    bench.event(Command{1, "anna", StopRun{bench.run().id, "enough"}});
    for (int i = 0; i < 43; ++i) {
        bench.advance(7s);
        if (step != Duration::zero()) bench.step_wall(i % 2 == 0 ? step : -step);
    }
    return rhythm_of(bench, Action::stop);
}

TEST(BothClocks, Backoff_NeverReadsTheWall) {
    const auto calm = stubborn_stops(0s);
    ASSERT_GT(calm.size(), 8U);
    for (const Duration step : {Duration{1s}, Duration{-1s}, Duration{1h}, Duration{-1h}, kYear, -kYear})
        EXPECT_EQ(stubborn_stops(step), calm) << "stepping by " << to_text(step > 0s ? step : -step);
}

/// Six runs of one account are stopped at one request in two seconds; after the first the clock is set.
std::vector<Duration> throttled_stops(Duration step) {
    EngineBench bench;
    bench.provider.rate_limit = {2s, 2};
    bench.provider.baseline = false;
    bench.provider.poll_interval = 1h;
    for (int i = 1; i <= 6; ++i)
        bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 1 0 * * *", 30min, std::to_string(i)));
    bench.load();
    bench.advance_to(kMidnight + 5min);
    for (const auto& [id, run] : bench.runs) bench.event(Command{1, "anna", StopRun{id, "enough"}});
    bench.advance(1s);
    if (step != Duration::zero()) bench.step_wall(step);
    bench.advance(2min);
    return rhythm_of(bench, Action::stop);
}

TEST(BothClocks, Limiter_NeverReadsTheWall) {
    const auto calm = throttled_stops(0s);
    ASSERT_EQ(calm.size(), 6U);
    EXPECT_GE(calm.back(), 8s) << "they do wait for one another";
    for (const Duration step : {Duration{5s}, Duration{-5s}, Duration{1h}, Duration{-1h}, kYear, -kYear})
        EXPECT_EQ(throttled_stops(step), calm) << to_text(step > 0s ? step : -step);
}

// Polls keep their rhythm, too: a clock that is set back for a year does not blind taktd for one.
TEST(BothClocks, Polls_WhenTheWallSteps_KeepTheirRhythm) {
    RunningBench bench;
    bench.advance(1min);
    const auto polls = [&] { return bench.sent_of(Action::query).size(); };
    for (const Duration step : {Duration{-1h}, -kYear, Duration{5min}}) {
        bench.step_wall(step);
        const auto before = polls();
        bench.advance(1min);
        EXPECT_GE(polls() - before, 3U) << "one every 15 s";
        EXPECT_LE(polls() - before, 6U);
    }
}

// A vendor's wait and the settle time after an uncertain start are lengths, whatever the wall says.
TEST(BothClocks, SettleTime_WhenTheWallSteps_KeepsItsLength) {
    for (const Duration step : {Duration::zero(), Duration{1h}, Duration{-1h}, -kYear}) {
        EngineBench bench;
        bench.vendor = [&](const Send& send) {
            if (send.spec->action == Action::start) return refused(Outcome::uncertain);
            if (send.spec->action == Action::stop) return accepted();
            return saw("1", RemoteState::idle);
        };
        Job job = make_job("load", "0 1 0 * * *", 3h, "1");
        bench.jobs = {job};
        bench.load();
        bench.advance_to(kMidnight + 1min);
        EXPECT_EQ(bench.run().state, RunState::unconfirmed);
        bench.advance(30s);
        if (step != Duration::zero()) bench.step_wall(step);
        bench.advance(80s);
        EXPECT_EQ(bench.run().state, RunState::unconfirmed) << to_text(step < 0s ? -step : step);
        bench.advance(40s);
        EXPECT_EQ(bench.run().state, RunState::unconfirmed) << "one look is not enough";
        bench.advance(2min);
        EXPECT_EQ(bench.run().state, RunState::failed) << bench.story();
        EXPECT_EQ(bench.run().reason, Reason::start_unconfirmed);
    }
}

}  // namespace
}  // namespace taktd::test
