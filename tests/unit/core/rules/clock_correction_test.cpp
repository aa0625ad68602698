// SPDX-License-Identifier: Apache-2.0
// The time is taken back after a clock that was ahead: starts go on, nothing starts twice, and what is owed is stopped.
#include "daemon/core/rules/clock_correction.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "daemon/core/rules/lifecycle.hpp"
#include "tests/support/engine_bench.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::EngineBench;
using test::kMidnight;
using test::make_job;

constexpr Duration kTenYears = 24h * 3653;
constexpr Duration kMonths = 24h * 100;  // as good where the length is no matter: each occurrence between is walked

struct AfterAhead : ::testing::Test {
    EngineBench bench;

    void live_ahead(Duration by, Duration how_long) {
        bench.load();
        bench.advance(12min);
        bench.step_wall(by);
        bench.advance(how_long);
        bench.step_wall(-by);
    }
    void restart(bool corrected) {
        if (corrected) bench.take_time_back("ann", "dead battery");
        bench.clean_stop_and_start();
        bench.load();
    }
    std::size_t starts() const { return bench.sent_of(Action::start).size(); }
    /// Of how many runs a start was sent for the occurrence that it had when it came due.
    std::map<WallTime, int> starts_by_instant() const {
        std::map<WallTime, int> found;
        for (const auto& sent : bench.sent_of(Action::start))
            ++found[bench.runs.at(sent.send.spec->run.value()).start_due];
        return found;
    }
    /// Each occurrence has one run at most, or a place in one gap.
    void expect_no_occurrence_twice() const {
        std::set<std::pair<std::string, WallTime>> seen;
        for (const auto& [id, run] : bench.runs) {
            if (!run.occurrence) continue;
            EXPECT_TRUE(seen.emplace(run.job, *run.occurrence).second) << to_rfc3339(*run.occurrence);
            for (const auto& gap : bench.gaps)
                EXPECT_FALSE(gap.first <= *run.occurrence && *run.occurrence <= gap.last)
                    << to_rfc3339(*run.occurrence);
        }
        for (const auto& [instant, count] : starts_by_instant()) EXPECT_EQ(count, 1) << to_rfc3339(instant);
    }
};

TEST_F(AfterAhead, WithoutTheCorrection_NothingStarts) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min)};
    live_ahead(kMonths, 11min);
    const auto before = starts();
    restart(false);
    bench.advance(24h);
    EXPECT_EQ(starts(), before);
}

TEST_F(AfterAhead, TheCorrection_LetsStartsGoOnFromNow) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min)};
    live_ahead(kTenYears, 11min);
    const auto before = starts();
    restart(true);
    EXPECT_EQ(starts(), before) << "nothing is made up for";
    bench.advance(31min);
    EXPECT_EQ(starts(), before + 6U);
    expect_no_occurrence_twice();
    EXPECT_EQ(bench.job_states.at("load").watermark, kMidnight + 50min);
}

TEST_F(AfterAhead, AnOccurrenceThatRanAhead_DoesNotRunAgain_AndOneThatWasSkippedComes) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min)};
    live_ahead(1h, 11min);  // 01:12 to 01:23: what lay between was missed; 01:15 and 01:20 ran
    const auto ran = starts_by_instant();
    ASSERT_TRUE(ran.contains(kMidnight + 75min));
    ASSERT_TRUE(ran.contains(kMidnight + 80min));
    restart(true);
    bench.advance_to(kMidnight + 100min + 1s);
    expect_no_occurrence_twice();
    const auto all = starts_by_instant();
    EXPECT_TRUE(all.contains(kMidnight + 65min)) << "missed ahead, and due now";
    EXPECT_TRUE(all.contains(kMidnight + 70min));
    EXPECT_TRUE(all.contains(kMidnight + 100min));
    EXPECT_EQ(all.size(), 2U + 2U + (70 - 25) / 5 + 1U + 4U) << "00:05, 00:10, ahead, from 00:25 on, from 01:25 on";
    bench.crash();
    bench.load();
    bench.advance(10min);
    expect_no_occurrence_twice();
}

TEST_F(AfterAhead, TheCorrection_CanBeMadeTwice) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min)};
    live_ahead(1h, 11min);
    bench.take_time_back("ann", "dead battery");
    const auto marks = bench.job_states.at("load").watermark;
    const auto ahead = bench.disposed_ahead;
    restart(true);
    EXPECT_EQ(bench.job_states.at("load").watermark, marks);
    EXPECT_EQ(bench.disposed_ahead, ahead);
    bench.advance(2h);
    expect_no_occurrence_twice();
}

TEST_F(AfterAhead, ManyMissedAhead_AGapIsCutAtNow) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min)};
    live_ahead(48h, 11min);  // 576 missed, 476 of them counted
    ASSERT_EQ(bench.gaps.size(), 1U);
    ASSERT_GT(bench.gaps.front().last, bench.now.wall);
    bench.take_time_back("ann", "dead battery");
    const GapRow& cut = bench.gaps.back();
    EXPECT_EQ(cut.first, kMidnight + 15min);
    EXPECT_EQ(cut.last, kMidnight + 20min) << "it is 00:23";
    EXPECT_EQ(cut.count, 2);
    EXPECT_LE(cut.recorded, bench.now.wall);
    bench.gaps = {cut};
    bench.clean_stop_and_start();
    bench.load();
    bench.advance(50h);
    expect_no_occurrence_twice();
}

TEST_F(AfterAhead, ALiveRun_IsStoppedWhenItsWindowIsOver) {
    bench.jobs = {make_job("load", "0 0 * * * *", 30min)};
    live_ahead(kTenYears + 40min, 10min);  // starts at a full hour ten years on
    const auto live = bench.order.back();
    ASSERT_EQ(bench.runs.at(live).state, RunState::running);
    const RunRow before = bench.runs.at(live);
    restart(true);
    EXPECT_EQ(bench.runs.at(live).stop_due, before.stop_due) << "its instants stay";
    EXPECT_EQ(bench.runs.at(live).stop_due_boot, before.stop_due_boot);
    bench.advance(30min);
    EXPECT_EQ(bench.runs.at(live).state, RunState::stopped);
}

TEST_F(AfterAhead, ALiveRun_IsStoppedAtOnceAfterAReboot) {
    bench.jobs = {make_job("load", "0 0 * * * *", 30min)};
    live_ahead(kTenYears + 40min, 10min);
    const auto live = bench.order.back();
    ASSERT_EQ(bench.runs.at(live).state, RunState::running);
    bench.take_time_back("ann", "dead battery");
    bench.now.boot = BootTime{1min};
    bench.crash("boot-2");
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(bench.runs.at(live).state, RunState::stopped);
}

TEST_F(AfterAhead, ARunThatCameDueAhead_EndsUnsent) {
    Job job = make_job("load", "0 */5 * * * *", 30min);
    job.overlap = Overlap::queue;
    job.start_grace = 1h;
    bench.jobs = {job};
    live_ahead(1h, 11min);
    std::vector<RunId> waiting;
    for (const auto& [id, run] : bench.runs)
        if (run.state == RunState::due && run.start_due > bench.now.wall) waiting.push_back(id);
    ASSERT_FALSE(waiting.empty());
    bench.take_time_back("ann", "dead battery");
    for (const auto& id : waiting) {
        EXPECT_EQ(bench.runs.at(id).state, RunState::skipped);
        EXPECT_EQ(bench.runs.at(id).reason, Reason::misfire);
        EXPECT_EQ(bench.runs.at(id).obligation, Obligation::none);
        EXPECT_FALSE(bench.runs.at(id).occurrence) << "it has not come yet";
    }
    EXPECT_EQ(bench.transitions.back().actor, "ann");
    bench.clean_stop_and_start();
    bench.load();
    bench.advance(3h);
    expect_no_occurrence_twice();
    for (const auto& [id, run] : bench.runs) EXPECT_LE(run.stop_due - run.start_due, 30min);
}

TEST_F(AfterAhead, AJobThatComesBackToTheConfig_StartsToo) {
    bench.jobs = {make_job("load", "0 */5 * * * *", 2min), make_job("other", "0 */5 * * * *", 2min, "2")};
    bench.load();
    bench.advance(11min);
    bench.step_wall(kMonths);
    bench.advance(6min);
    const auto both = bench.jobs;
    bench.jobs.pop_back();
    bench.load();
    bench.step_wall(-kMonths);
    bench.take_time_back("ann", "dead battery");
    bench.clean_stop_and_start();
    bench.jobs = both;
    bench.load();
    bench.advance(11min);
    EXPECT_EQ(std::ranges::count(bench.sent_of(Action::start), "other",
                                 [](const auto& sent) { return sent.send.spec->placeholders.at("job"); }),
              2 + 1 + 2);
}

TEST(ClockCorrection, AStoreThatIsNotAhead_IsNotBehind) {
    Snapshot snapshot;
    snapshot.newest = kMidnight;
    EXPECT_FALSE(is_clock_behind(snapshot, kMidnight));
    EXPECT_TRUE(is_clock_behind(snapshot, kMidnight - 1ns));
    snapshot.jobs.emplace_back().watermark = kMidnight + 1h;
    EXPECT_TRUE(is_clock_behind(snapshot, kMidnight + 1min));
}

TEST(ClockCorrection, AGapOfAScheduleThatIsGone_IsCutByItsShare) {
    const GapRow gap{"gone", kMidnight, kMidnight + 100h, 101, Reason::removed, kMidnight + 200h};
    const auto rows = correct_clock({}, {gap}, {.now = kMidnight + 50h, .actor = "ann", .reason = "x"});
    const auto& cut = std::get<GapRow>(rows.front());
    EXPECT_EQ(cut.first, kMidnight);
    EXPECT_EQ(cut.last, kMidnight + 50h);
    EXPECT_EQ(cut.count, 50);
    EXPECT_EQ(std::get<ClockRow>(rows.back()).at, kMidnight + 50h);
}

}  // namespace
}  // namespace taktd
