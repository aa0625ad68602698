// SPDX-License-Identifier: Apache-2.0
// Edges that reviews have found: small windows, late reloads, unset clocks, crowds, restarts in the middle of a stop.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineEdges : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.jobs = {make_job("load", "0 0 2 * * *", 30min)}; }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
};

TEST_F(EngineEdges, CeilingOfAMinute_LeavesTimeToStart) {
    bench.jobs[0].max_duration = 1min;
    bench.load();
    bench.advance_to(kTwo + 5min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:max_duration>stopped:max_duration");
    const Window window = window_of(bench.jobs[0], kTwo);
    EXPECT_EQ(window.min_window, 30s);
    EXPECT_EQ(window.start_grace, 30s);
}

// More ends than one step handles, while polls wait for their permits: one that goes meanwhile puts no end off until
// its answer is there.
TEST_F(EngineEdges, ManyEndsAtOneInstant_AreAllRemembered) {
    constexpr int kRuns = 300;
    bench.provider.baseline = false;
    bench.provider.poll_interval = 1s;
    bench.provider.rate_limit = {10ms, 10};
    bench.jobs.clear();
    for (int i = 0; i < kRuns; ++i)
        bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 0 2 * * *", 61s, std::to_string(i)));
    bench.load();
    const auto count = [&](RunState state) {
        return std::ranges::count(bench.runs, state, [](const auto& entry) { return entry.second.state; });
    };
    bench.advance_to(kTwo + 61s - 5ms);  // the polls of those that no step has come to are waiting then
    ASSERT_EQ(count(RunState::running), kRuns);
    bench.auto_commit = false;
    bench.manual_answers = true;
    bench.now.wall += 45ms;  // it slept: the next permits are there as well as the ends
    bench.now.boot += 45ms;
    bench.event(Wake{});
    bench.advance(10ms);
    bench.commit();
    EXPECT_EQ(count(RunState::stopping), kRuns);
}

TEST_F(EngineEdges, RefusedStart_OfARemovedJob_IsNotSentAgain) {
    bench.jobs[0].on_removal = OnRemoval::finish;
    bench.load();
    bench.manual_answers = true;
    bench.advance_to(kTwo - 5s);
    bench.answer(0, bench.obey(bench.in_flight[0]));  // the baseline
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(starts(), 1U);
    bench.jobs.clear();
    bench.load();
    bench.answer(0, refused(Outcome::throttled));
    bench.manual_answers = false;
    bench.advance(10min);
    EXPECT_EQ(bench.story(), "due>starting>due>failed:removed");
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineEdges, StartsThatWereWithdrawn_AreNoneOfItsAttempts) {
    int throttled = 1;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action != Action::start || throttled-- <= 0) return bench.obey(send);
        return refused(Outcome::throttled);
    };
    bench.jobs[0].retry = {2, 1s, 1s};
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance(1s);
    for (int i = 0; i < 3; ++i) {
        bench.store_down();
        bench.store_up();
        bench.advance(2s);
    }
    bench.auto_commit = true;
    bench.commit();
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(starts(), 2U);
    EXPECT_EQ(bench.run().state, RunState::running) << bench.story();
}

TEST_F(EngineEdges, MoreTasksThanOneListTakes_AreAllAskedForInTurn) {
    bench.provider.traits.query_batch_max = 2;
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    bench.provider.poll_interval = 15s;
    bench.jobs.clear();
    for (int i = 1; i <= 6; ++i)
        bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 0 2 * * *", 3h, std::to_string(i)));
    for (Job& job : bench.jobs) job.start_grace = 10min;
    bench.load();
    bench.advance_to(kTwo + 5min);
    ASSERT_EQ(starts(), 6U);
    const std::size_t before = bench.sent.size();
    bench.advance(5min);
    std::map<std::string, int> asked;
    for (std::size_t i = before; i < bench.sent.size(); ++i) {
        for (const auto& id : bench.sent[i].send.spec->task_ids) ++asked[id];
    }
    for (const Job& job : bench.jobs) EXPECT_GT(asked[job.task.task_id], 5) << job.name;
}

// A machine without a battery boots in 1970, and its jobs are loaded then.
TEST_F(EngineEdges, ScheduleLoadedBeforeTheClockWasSet_CountsFromThen) {
    bench.now.wall = WallTime{20s};
    bench.jobs[0] = make_job("load", "0 0 * * * *", 30min);
    bench.jobs[0].misfire = Misfire::run_late;
    Job once = make_job("once", "0 0 0 1 1 *", 30min, "2");
    once.schedule.rules = {OnceRule{kMidnight - 24h}};
    bench.jobs.push_back(once);
    bench.load();
    bench.advance(1min);
    bench.step_wall(kMidnight + 10min - bench.now.wall);
    bench.advance(1min);
    EXPECT_EQ(starts(), 0U) << "00:00 was before anybody knew the time";
    EXPECT_TRUE(bench.gaps.empty());
    ASSERT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(bench.run().job, "once");
    EXPECT_EQ(bench.story(), "due>skipped:misfire");
    bench.advance_to(kMidnight + 1h + 1min);
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineEdges, RunOfAnotherReboot_WhenTheWallIsBehind_IsAborted) {
    bench.jobs[0].task.stop_json = R"({"says":"as planned"})";
    bench.jobs[0].task.on_abort_json = R"({"says":"aborted"})";
    bench.load();
    bench.advance_to(kTwo + 10min);
    bench.now.wall -= 1h;
    bench.crash("boot-2");
    bench.load();
    bench.advance(1min);
    const auto stops = bench.sent_of(Action::stop);
    ASSERT_FALSE(stops.empty());
    EXPECT_EQ(stops[0].send.spec->parameters_json, R"({"says":"aborted"})");
}

TEST_F(EngineEdges, Stop_AfterARestart_StillSaysWhoWantedItAndWhy) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::stop ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.event(Command{1, "mia", StopRun{bench.order[0], "the database is on fire"}});
    bench.advance(1s);
    bench.crash();
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.load();
    bench.advance(1min);
    const auto said = bench.sent_of(Action::stop).back().send.spec->placeholders;
    EXPECT_EQ(said.at("actor"), "mia");
    EXPECT_EQ(said.at("reason"), "the database is on fire");
    EXPECT_EQ(bench.run().state, RunState::stopped);
    EXPECT_EQ(bench.transitions.back().actor, "mia");
}

TEST_F(EngineEdges, EndWantedDuringTheStart_OutlivesACrash) {
    bench.load();
    bench.manual_answers = true;
    bench.advance_to(kTwo - 5s);
    bench.answer(0, bench.obey(bench.in_flight[0]));
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(starts(), 1U);
    bench.tasks["1"].state = RemoteState::running;  // it arrives, its answer does not
    bench.tasks["1"].runs = 1;
    bench.event(Command{1, "mia", StopRun{bench.order[0], "enough"}});
    ASSERT_EQ(bench.replies.size(), 1U);
    EXPECT_TRUE(bench.replies[0].is_ok());
    bench.crash();
    bench.in_flight.clear();
    bench.manual_answers = false;
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped) << bench.story();
}

TEST_F(EngineEdges, Debt_WhenASmallerBucketComesFirst_IsKeptWhole) {
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    bench.provider.poll_interval = 1h;
    bench.jobs[0] = make_job("load", "0 0 2 * * *", 3h);  // its stop plan has the small bucket
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.provider.rate_limit = {10s, 10};
    for (int i = 2; i <= 12; ++i)
        bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 0 4 * * *", 30min, std::to_string(i)));
    bench.load();
    bench.advance_to(kMidnight + 4h);
    const std::size_t at_once = bench.sent.size();
    ASSERT_GE(starts(), 9U);
    bench.clean_stop_and_start();
    bench.load();
    bench.advance(1s);
    EXPECT_LE(bench.sent.size(), at_once + 1) << "what the last process has sent counts";
}

}  // namespace
}  // namespace taktd::test
