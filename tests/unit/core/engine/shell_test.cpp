// SPDX-License-Identifier: Apache-2.0
// The rest of the contract: commits that fail, clocks that step, configs that change, many runs at one limiter.
#include <set>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineShell : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.jobs = {make_job("load", "0 0 2 * * *", 30min)}; }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
};

TEST_F(EngineShell, StoreDown_StartsNothing_AndStopsStillGoOut) {
    bench.jobs.push_back(make_job("later", "0 10 2 * * *", 30min, "2"));
    bench.load();
    bench.advance_to(kTwo + 5min);
    bench.store_down();
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(stops(), 1U);
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min + 1s) << "R1's exception";
    bench.store_up();
    bench.advance(1min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.story(1), "due>skipped:misfire");
}

TEST_F(EngineShell, UnreleasedStart_WhenTheStoreGoesDown_IsWithdrawn) {
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance_to(kTwo + 1s);
    bench.store_down();
    bench.advance(5s);
    EXPECT_EQ(starts(), 0U);
    bench.store_up();
    bench.advance(5s);
    EXPECT_EQ(bench.story(), "due>starting>due>starting>running");
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineShell, WallStepForward_EndsTheRun_AndRecordsWhatItJumpedOver) {
    bench.load();
    bench.advance_to(kTwo + 10min);
    bench.step_wall(48h);
    bench.advance(1s);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.story(1), "due>skipped:misfire");
    EXPECT_EQ(bench.story(2), "due>skipped:misfire");
}

TEST_F(EngineShell, WallStepBack_DoesNotLengthenARun) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.step_wall(-1h);
    bench.advance(29min);
    EXPECT_EQ(stops(), 1U);
    bench.advance(3h);
    EXPECT_EQ(starts(), 1U) << "an occurrence is not repeated because the clock shows it again";
}

TEST_F(EngineShell, RemovedJobsRun_IsStoppedOrFinishesAsItsJobSaid) {
    bench.jobs.push_back(make_job("finishes", "0 0 2 * * *", 30min, "2"));
    bench.jobs[1].on_removal = OnRemoval::finish;
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.jobs.clear();
    bench.load();
    bench.advance(1s);
    std::set<std::string> stories{bench.story(0), bench.story(1)};
    EXPECT_TRUE(stories.contains("due>starting>running>stopping:removed>stopped:removed"));
    EXPECT_TRUE(stories.contains("due>starting>running"));
    EXPECT_EQ(bench.sent_of(Action::stop)[0].send.spec->parameters_json, R"({"end":"abort"})");
    bench.crash();
    bench.load();
    bench.advance(1h);
    EXPECT_EQ(stops(), 2U);
    EXPECT_EQ(bench.sent_of(Action::stop)[1].at.wall, kTwo + 30min);
}

TEST_F(EngineShell, ProviderThatOwesStops_CannotBeRemovedOrPointedElsewhere) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.engine.objections(Config{}).size(), 1U);
    Config moved;
    auto elsewhere = bench.provider;
    elsewhere.endpoint = "https://elsewhere.example";
    moved.providers.emplace("perf", std::make_shared<const ProviderSpec>(elsewhere));
    EXPECT_EQ(bench.engine.objections(moved).size(), 1U);
    bench.advance(1h);
    EXPECT_TRUE(bench.engine.objections(Config{}).empty());
}

TEST_F(EngineShell, OneShotAlreadyPast_WhenFirstSeen_IsRecordedOnce) {
    Job once = make_job("once", "", 30min);
    once.schedule.rules.emplace_back(OnceRule{kMidnight - 1h});
    bench.jobs = {once};
    bench.load();
    bench.load();
    bench.crash();
    bench.load();
    bench.advance(1h);
    ASSERT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(bench.story(), "due>skipped:misfire");
}

TEST_F(EngineShell, OneTask_WhicheverJobsNameIt_HasOneRunAtATime) {
    bench.jobs.push_back(make_job("other", "0 10 2 * * *", 30min, "1"));
    bench.load();
    bench.advance_to(kTwo + 1h);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.story(1), "due>skipped:task_busy");
}

TEST_F(EngineShell, OverlappingOccurrence_IsSkipped) {
    bench.jobs = {make_job("load", "0 */10 2 * * *", 15min)};
    bench.load();
    bench.advance_to(kTwo + 1h);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    EXPECT_EQ(bench.story(2), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineShell, Herd_StartsAtTheLimitersPace_AndStopsGoFirst) {
    bench.provider.rate_limit = {100ms, 2};
    bench.provider.baseline = false;
    bench.jobs.clear();
    for (int i = 0; i < 50; ++i)
        bench.jobs.push_back(make_job("j" + std::to_string(100 + i), "0 0 2 * * *", 2s, std::to_string(i)));
    for (auto& job : bench.jobs) job.start_grace = 1s;
    bench.load();
    bench.advance_to(kTwo + 1min);
    std::size_t started = 0;
    for (std::size_t i = 0; i < bench.order.size(); ++i)
        started += bench.story(i).find("starting") != std::string::npos ? 1U : 0U;
    EXPECT_EQ(bench.order.size(), 50U);
    EXPECT_GE(started, 10U);
    EXPECT_EQ(starts(), stops());
    for (std::size_t i = 2; i < bench.sent.size(); ++i) {
        EXPECT_GE(bench.sent[i].at.boot - bench.sent[i - 2].at.boot, 100ms) << "burst 2 + 10/s";
    }
    for (std::size_t i = 0; i < bench.order.size(); ++i) EXPECT_TRUE(is_terminal(bench.run(i).state)) << bench.story(i);
}

TEST_F(EngineShell, TaskOfAJobThatRunsOften_IsLookedAtBetweenItsRuns) {
    bench.jobs = {make_job("often", "*/10 * * * * *", 4s)};
    bench.load();
    bench.advance(35s);
    const auto starts_sent = bench.sent_of(Action::start);
    ASSERT_EQ(starts_sent.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(starts_sent[i].at.wall, kMidnight + (i + 1) * 10s);
        EXPECT_LT(bench.run(i).baseline->asked, starts_sent[i].at.wall) << "read before the instant";
        if (i > 0) {
            EXPECT_EQ(bench.run(i).baseline->asked, kMidnight + i * 10s + 4s) << "as soon as our own run had ended";
        }
    }
}

TEST_F(EngineShell, Herd_AtOneInstant_StartsAndStopsInFull) {
    bench.provider.baseline = false;
    bench.provider.rate_limit = {1us, 1000};
    bench.provider.poll_interval = 1h;
    bench.jobs.clear();
    for (int i = 0; i < 2000; ++i)
        bench.jobs.push_back(make_job("j" + std::to_string(10000 + i), "0 0 2 * * *", 30min, std::to_string(i)));
    bench.load();
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(starts(), 2000U);
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(stops(), 2000U);
}

TEST_F(EngineShell, Unauthorized_ClosesTheProviderUntilAProbeSucceeds) {
    bench.jobs.push_back(make_job("next", "0 5 2 * * *", 30min, "2"));
    bench.load();
    bool locked = false;
    bench.vendor = [&](const Send& send) { return locked ? refused(Outcome::unauthorized) : bench.obey(send); };
    bench.advance_to(kTwo + 1min);
    locked = true;
    bench.advance_to(kTwo + 6min);
    EXPECT_EQ(bench.story(1), "due>skipped:provider_unauthorized");
    const auto sent = bench.sent.size();
    bench.advance_to(kTwo + 29min);
    EXPECT_LE(bench.sent.size(), sent + 3) << "one probe every ten minutes";
    bench.advance_to(kTwo + 50min);
    locked = false;
    bench.advance_to(kTwo + 70min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineShell, Reload_ProbesAClosedProviderAtOnce) {
    bench.load();
    bool locked = false;
    bench.vendor = [&](const Send& send) { return locked ? refused(Outcome::unauthorized) : bench.obey(send); };
    bench.advance_to(kTwo + 29min);
    locked = true;
    bench.advance_to(kTwo + 31min);
    locked = false;
    bench.load();
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineShell, DrainingEngine_StartsNothingAndLeavesLiveRunsAlone) {
    bench.jobs.push_back(make_job("later", "0 10 2 * * *", 30min, "2"));
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.event(ShutdownRequested{});
    bench.advance(15min);
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(stops(), 0U);
    EXPECT_EQ(bench.engine.status().owed_stops, 1U);
    bench.event(ShutdownRequested{true});
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:operator>stopped:operator");
}

TEST_F(EngineShell, CleanStop_KeepsTheBucketsDebt) {
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    bench.load();
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(starts(), 1U);
    bench.clean_stop_and_start();
    const auto rows = bench.engine.limiter_rows(bench.now);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].debt, Duration{9s});
}

TEST_F(EngineShell, Polls_OfABatchingProvider_ShareOneRequest) {
    bench.provider.traits.query_batch_max = 100;
    bench.provider.traits.token_names_run = false;
    bench.jobs.clear();
    for (int i = 0; i < 40; ++i)
        bench.jobs.push_back(make_job("j" + std::to_string(100 + i), "0 0 2 * * *", 30min, std::to_string(i)));
    bench.load();
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(starts(), 40U);
    bench.advance(3min);  // by then each was asked for alone: a list shows no start time
    const auto before = bench.sent_of(Action::query).size();
    bench.advance(1min);
    EXPECT_LE(bench.sent_of(Action::query).size() - before, 8U) << "four polls of all forty";
    bench.tasks["7"].state = RemoteState::ended;
    bench.advance(16s);
    std::size_t completed = 0;
    for (std::size_t i = 0; i < 40; ++i) completed += bench.run(i).state == RunState::completed ? 1U : 0U;
    EXPECT_EQ(completed, 1U) << "a list moves no run; the closer look does";
}

TEST_F(EngineShell, Operators_StartPauseResumeStopAndDischarge) {
    bench.load();
    bench.event(Command{1, "ann", StartJob{"load", 10min, "key-1"}});
    bench.event(Command{2, "ann", StartJob{"load", 10min, "key-1"}});
    ASSERT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running");
    EXPECT_TRUE(bench.replies.at(0).is_ok());
    EXPECT_EQ(bench.replies.at(1).run, bench.order[0]);
    bench.event(Command{3, "ann", PauseRun{bench.order[0]}});
    bench.advance(1s);
    EXPECT_EQ(bench.run().state, RunState::paused);
    bench.event(Command{4, "ann", ResumeRun{bench.order[0]}});
    bench.advance(1s);
    EXPECT_EQ(bench.run().state, RunState::running);
    bench.event(Command{5, "bob", StopRun{bench.order[0], "too hot"}});
    bench.advance(1s);
    EXPECT_EQ(bench.story(),
              "due>starting>running>paused:operator>running:operator>stopping:operator>stopped:operator");
    const auto stop = bench.sent_of(Action::stop).at(0).send.spec;
    EXPECT_EQ(stop->placeholders.at("actor"), "bob");
    EXPECT_EQ(stop->placeholders.at("reason"), "too hot");

    bench.event(Command{6, "ann", StartJob{"load", 10min, ""}});
    bench.event(Command{7, "ann", DischargeRun{bench.order[1], "it is mine now"}});
    EXPECT_EQ(bench.story(1), "due>starting>running>failed:discharged");
    EXPECT_EQ(bench.engine.status().owed_stops, 0U);
}

TEST_F(EngineShell, RequestKey_AfterARestart_IsKnownToo) {
    bench.load();
    bench.event(Command{1, "ann", StartJob{"load", 10min, "key-1"}});
    bench.advance(1h);
    ASSERT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    bench.crash();
    bench.load();
    bench.event(Command{2, "ann", StartJob{"load", 10min, "key-1"}});
    EXPECT_EQ(bench.order.size(), 1U);
    EXPECT_TRUE(bench.replies.at(1).is_ok());
    EXPECT_EQ(bench.replies.at(1).run, bench.order[0]);
}

TEST_F(EngineShell, Hold_BlocksStartsAndNeverStops) {
    bench.load();
    bench.event(Command{1, "ann", SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}}});
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.story(0), "due>skipped:hold");
    bench.event(Command{2, "ann", SetHold{HoldRow{"", false, "", "", {}, std::nullopt}}});
    bench.advance_to(kTwo + 24h + 1min);
    bench.event(Command{3, "ann", SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}}});
    bench.advance_to(kTwo + 24h + 31min);
    EXPECT_EQ(bench.story(1), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineShell, SameEvents_GiveTheSameTrace) {
    const auto trace = [] {
        EngineBench one{42};
        for (int i = 0; i < 20; ++i)
            one.jobs.push_back(make_job("j" + std::to_string(i), "0 */5 * * * *", 2min, std::to_string(i)));
        one.provider.rate_limit = {50ms, 3};
        one.load();
        one.advance(2h);
        std::string text;
        for (const auto& t : one.transitions)
            text += t.run.text() + std::to_string(t.seq) + std::string{name_of(t.to)} + to_rfc3339(t.at) + "\n";
        return text;
    };
    EXPECT_EQ(trace(), trace());
}

}  // namespace
}  // namespace taktd::test
