// SPDX-License-Identifier: Apache-2.0
// What the random worlds found (tests/simulation), each as the smallest story that shows it.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineFindings : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.jobs = {make_job("load", "0 0 2 * * *", 30min)}; }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
    std::size_t queries() { return bench.sent_of(Action::query).size(); }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }

    /// A vendor whose clock is an hour ahead, refusing what is signed with ours.
    Duration vendor_ahead = 0s;
    CallResult strict(const Send& send) {
        if (send.skew == vendor_ahead) return bench.obey(send);
        CallResult result = refused(Outcome::clock_skew);
        result.http_status = 401;
        result.server_time = bench.now.wall + vendor_ahead;
        return result;
    }
};

TEST_F(EngineFindings, QueryRefusedForTheClock_IsSignedAgainAtOnceAndOnce) {
    bench.vendor = [this](const Send& send) { return strict(send); };
    bench.load();
    bench.advance_to(kTwo + 1min);
    vendor_ahead = 1h;
    const std::size_t before = queries();
    bench.advance(15s);
    EXPECT_EQ(queries(), before + 2) << "the poll and its one more try";
    bench.vendor = [this](const Send&) {
        CallResult result = refused(Outcome::clock_skew);
        result.http_status = 401;
        result.server_time = bench.now.wall + (vendor_ahead += 1h);
        return result;
    };
    bench.advance(5min);
    EXPECT_GE(queries(), before + 4);
    EXPECT_LE(queries(), before + 10) << "refused again: the provider is closed, and three probes go in five minutes";
}

TEST_F(EngineFindings, CallsSignedBeforeTheSkewWasLearnt_AreNotUnauthorized) {
    bench.jobs.push_back(make_job("other", "0 0 2 * * *", 30min, "2"));
    bench.provider.baseline = false;
    bench.load();
    bench.manual_answers = true;
    bench.advance_to(kTwo);
    ASSERT_EQ(bench.in_flight.size(), 2U);
    CallResult result = refused(Outcome::unauthorized);  // CPTS has one code for both
    result.http_status = 401;
    result.server_time = bench.now.wall + 1h;
    bench.answer(0, result);
    bench.answer(0, result);
    EXPECT_EQ(bench.story(0), "due>starting>due>starting");
    EXPECT_EQ(bench.story(1), "due>starting>due>starting");
}

TEST_F(EngineFindings, JobThatComesBack_CountsFromThenOn) {
    bench.jobs.push_back(make_job("stays", "0 0 5 * * *", 30min, "2"));
    bench.load();
    const auto both = bench.jobs;
    bench.jobs.erase(bench.jobs.begin());
    bench.load();
    bench.advance_to(kTwo + 10s);
    bench.jobs = both;
    bench.load();
    bench.advance(1min);
    EXPECT_TRUE(bench.order.empty()) << "at two o'clock the job was not in the config";
}

TEST_F(EngineFindings, AnotherSchedule_LeavesNoOccurrenceOfTheOldOneBehind) {
    bench.load();
    bench.advance_to(kTwo - 1min);
    bench.store_down();  // nothing is consumed meanwhile
    bench.advance_to(kTwo + 10min);
    bench.jobs = {make_job("load", "0 0 3 * * *", 30min)};
    bench.load();
    bench.store_up();
    bench.advance(1s);
    ASSERT_EQ(bench.order.size(), 1U);
    EXPECT_EQ(bench.run().occurrence, kTwo);
    EXPECT_EQ(bench.story(), "due>skipped:misfire");
}

TEST_F(EngineFindings, Occurrence_OfARemovedJob_KeepsItsDisposition) {
    bench.load();
    bench.advance_to(kTwo - 1min);
    bench.store_down();
    bench.advance_to(kTwo + 1s);
    bench.jobs.clear();
    bench.load();
    bench.store_up();
    EXPECT_EQ(bench.story(), "due>skipped:removed");
}

TEST_F(EngineFindings, RunThatHasNotBegun_FollowsItsJobToAnotherTask) {
    bench.load();
    bench.vendor = [](const Send&) { return refused(Outcome::refused_retryable); };
    bench.advance_to(kTwo);
    ASSERT_EQ(bench.story(), "due");
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.jobs = {make_job("load", "0 0 2 * * *", 20min, "7")};
    bench.load();
    bench.advance(5s);
    ASSERT_EQ(starts(), 1U);
    EXPECT_EQ(bench.sent_of(Action::start)[0].send.spec->task_ids, std::vector<std::string>{"7"});
    EXPECT_EQ(bench.run().task_key, task_key_of(bench.provider, "7")) << "R9 is held by this key";
    EXPECT_EQ(bench.run().stop_due, kTwo + 20min);
}

TEST_F(EngineFindings, RefusedStart_OfAJobThatChangedInFlight_FollowsIt) {
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance(1s);
    ASSERT_EQ(bench.in_flight.size(), 1U);
    bench.jobs = {make_job("load", "0 0 2 * * *", 30min, "7")};
    bench.load();
    bench.manual_answers = false;
    bench.answer(0, refused(Outcome::throttled));
    bench.advance(5s);
    EXPECT_EQ(bench.story(), "due>starting>due>starting>running");
    EXPECT_EQ(bench.run().task_key, task_key_of(bench.provider, "7"));
}

TEST_F(EngineFindings, PauseThatHasNotLeft_WhenAStopIsWanted_IsWithdrawn) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.auto_commit = false;
    command(1, PauseRun{bench.order[0]});
    command(2, StopRun{bench.order[0], "enough"});
    bench.auto_commit = true;
    bench.commit();
    bench.advance(10s);
    EXPECT_TRUE(bench.sent_of(Action::pause).empty());
    EXPECT_EQ(stops(), 1U);
}

TEST_F(EngineFindings, RunDueBeforeTheWallStepsBack_AsksNoMoreThanItNeeds) {
    bench.load();
    bench.tasks["1"].state = RemoteState::running;  // a stranger's
    bench.tasks["1"].runs = 1;
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance(1s);
    ASSERT_EQ(bench.story(), "due");
    bench.manual_answers = false;
    bench.now.wall -= 1h;
    bench.answer(0, refused(Outcome::uncertain));
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due") << "its instant is still to come";
    EXPECT_LE(queries(), 4U);
    bench.advance(1h);
    EXPECT_EQ(bench.story(), "due>skipped:task_busy");
    EXPECT_LE(queries(), 8U);
}

TEST_F(EngineFindings, WallStepBack_AfterAReboot_DoesNotLengthenARun) {
    bench.load();
    bench.advance_to(kTwo + 10min);
    bench.now.boot = BootTime{1min};
    bench.crash("boot-2");
    bench.load();
    bench.advance(1min);
    bench.step_wall(-5min);
    bench.advance(19min);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineFindings, StartThatWaitsForTheClockToPassTheStore_GoesWhenItDoes) {
    bench.load();
    bench.vendor = [](const Send&) { return refused(Outcome::refused_retryable); };
    bench.advance_to(kTwo + 5s);
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.now.wall -= 20s;
    bench.crash();
    bench.load();
    bench.advance(10s);
    EXPECT_EQ(starts(), 0U);
    bench.advance(11s);
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineFindings, Reply_NeverPromisesAStepThatIsNotDurable) {
    bench.load();
    bench.auto_commit = false;
    command(1, StartJob{"load", 5min, "key"});
    command(2, StartJob{"load", 5min, "key"});
    EXPECT_TRUE(bench.replies.empty());
    bench.auto_commit = true;
    bench.commit();
    ASSERT_EQ(bench.replies.size(), 2U);
    EXPECT_EQ(bench.replies[0].run, bench.replies[1].run);
}

TEST_F(EngineFindings, RequestKey_AlsoAfterItsRunsEnd_NamesThatRun) {
    bench.load();
    command(1, StartJob{"load", 1min, "key"});
    bench.advance(10min);
    command(2, StartJob{"load", 1min, "key"});
    EXPECT_EQ(bench.order.size(), 1U);
}

TEST_F(EngineFindings, TwoAccounts_ThatNameOneTask_ShareNoPermit) {
    auto config = std::make_shared<Config>();
    const auto add = [&](const std::string& account, const std::string& name, const std::string& cron,
                         const std::string& task) {
        auto provider = bench.provider;
        provider.name = provider.account = account;
        provider.rate_limit = {10s, 2};
        auto job = make_job(name, cron, 30min, task);
        job.provider = config->providers[account] = std::make_shared<const ProviderSpec>(provider);
        job.task_key = task_key_of(provider, task);
        config->jobs[name] = std::make_shared<const Job>(job);
    };
    add("a", "first", "0 0 2 * * *", "1");
    add("b", "second", "0 0 2 * * *", "1");
    add("b", "earlier", "55 59 1 * * *", "2");  // its look leaves b with the one token that is kept for stops
    bench.event(ConfigLoaded{config});
    bench.vendor = [](const Send&) { return refused(Outcome::uncertain); };
    bench.advance_to(kTwo - 7s);
    int asked = 0;
    for (const auto& sent : bench.sent_of(Action::query)) asked += sent.send.spec->provider->account == "b";
    EXPECT_EQ(asked, 1);
}

TEST_F(EngineFindings, RefusedStart_CancelledByAnOperator_IsNotSentAgain) {
    bench.load();
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::start ? refused(Outcome::throttled) : bench.obey(send);
    };
    bench.advance_to(kTwo + 500ms);
    ASSERT_EQ(bench.story(), "due>starting>due");
    bench.auto_commit = false;
    bench.advance(1s);
    command(1, StopRun{bench.order[0], "enough"});
    bench.auto_commit = true;
    bench.commit();
    EXPECT_EQ(bench.story(), "due>starting>due>starting>cancelled:operator");
}

TEST_F(EngineFindings, StartThatNeverLeftUs_IsSkippedNotFailed) {
    bench.load();
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::start ? refused(Outcome::not_sent) : bench.obey(send);
    };
    bench.jobs[0].retry = {1000, 20s, 20s};
    bench.load();
    bench.advance_to(kTwo + 5min);
    EXPECT_TRUE(bench.story().ends_with(">due>skipped:misfire")) << bench.story();
}

TEST_F(EngineFindings, RemovedJobThatFinishes_DoesNotBegin) {
    bench.jobs[0].on_removal = OnRemoval::finish;
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance(1s);
    bench.jobs.clear();
    bench.load();
    bench.auto_commit = true;
    bench.commit();
    bench.advance(1s);
    EXPECT_EQ(starts(), 0U);
    EXPECT_EQ(bench.story(), "due>starting>skipped:removed");
}

TEST_F(EngineFindings, Memory_WithTheStoreDownForADay_KeepsNoRowsOfQueries) {
    bench.jobs = {make_job("load", "0 0 2 * * *", 20h)};
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.store_down();
    bench.advance(18h);  // 4320 polls
    bench.store_up();
    EXPECT_LT(bench.calls.size(), 1200U);
    bench.advance(4h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineFindings, ClosedProvider_WhenOnlyTheClockWasRefused_TriesAgainAtOnce) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.vendor = [](const Send&) {
        CallResult result = refused(Outcome::unauthorized);
        result.http_status = 401;
        return result;
    };
    bench.advance_to(kTwo + 2min);  // closed
    vendor_ahead = 1h;
    bench.vendor = [this](const Send& send) { return strict(send); };
    const std::size_t before = queries();
    bench.advance(10min);
    EXPECT_GE(queries(), before + 3) << "the probe, its one more try, and polling again";
}

// Found by the simulation (seed 11857): the vendor calls the time expired, and its own clock agrees with ours.
TEST_F(EngineFindings, RefusedTime_ReopensNoClosedProvider) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.vendor = [](const Send&) { return refused(Outcome::unauthorized); };
    bench.advance_to(kTwo + 2min);  // closed
    bench.vendor = [this](const Send&) {
        CallResult result = refused(Outcome::clock_skew);
        result.http_status = 200;
        result.server_time = bench.now.wall;
        return result;
    };
    const std::size_t before = bench.sent.size();
    bench.advance_to(kTwo + 29min);
    EXPECT_LE(bench.sent.size(), before + 6) << "its probes, and nothing else";
}

TEST_F(EngineFindings, OneMoreTry_OfAClosedProvider_IsNotKeptForLater) {
    bench.jobs = {make_job("a", "0 0 2 * * *", 5min, "1"), make_job("b", "0 0 2 * * *", 5min, "2")};
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.vendor = [](const Send&) {
        CallResult result = refused(Outcome::unauthorized);
        result.http_status = 401;
        return result;
    };
    bench.advance_to(kTwo + 6min);  // closed, and two stops owed
    vendor_ahead = 1h;
    bench.vendor = [this](const Send& send) {
        return send.skew == vendor_ahead ? refused(Outcome::uncertain) : strict(send);
    };
    bench.advance_to(kTwo + 12min);
    vendor_ahead = 2h;
    bench.vendor = [this](const Send& send) { return strict(send); };
    bench.advance_to(kTwo + 22min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.story(1), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineFindings, StartWhoseCeilingHasPassed_IsNotEvenAdmitted) {
    bench.jobs[0].misfire = Misfire::run_late;
    bench.jobs[0].max_duration = 5min;
    bench.load();
    bench.advance_to(kTwo - 1min);
    bench.store_down();
    bench.advance_to(kTwo + 6min);
    bench.store_up();
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>skipped:window_too_short");
    EXPECT_EQ(starts(), 0U);
}

TEST_F(EngineFindings, SlowerLimit_ForgetsNoRequestThatWasSent) {
    bench.provider.rate_limit = {1s, 2};
    bench.provider.baseline = false;
    bench.jobs = {make_job("a", "0 0 2 * * *", 30min, "1"), make_job("b", "0 0 2 * * *", 30min, "2"),
                  make_job("c", "2 0 2 * * *", 30min, "3")};
    bench.load();
    bench.advance_to(kTwo + 1500ms);  // two starts; one token lacks half
    ASSERT_EQ(starts(), 2U);
    bench.provider.rate_limit = {30s, 2};
    bench.load();
    bench.advance(14s);
    EXPECT_EQ(starts(), 2U) << "half a token takes fifteen seconds by now, and the last one is for stops";
}

TEST_F(EngineFindings, ClockThatIsSetBack_MakesNoRunLongerThanItsWindow) {
    bench.vendor = [this](const Send& send) {  // the baseline cannot be read while the clock is wrong
        return bench.now.wall > kTwo ? refused(Outcome::refused_retryable) : bench.obey(send);
    };
    bench.jobs[0].start_grace = 10min;
    bench.load();
    bench.advance_to(kTwo - 1h);
    bench.step_wall(1h + 10s);
    ASSERT_EQ(bench.story(), "due");
    bench.step_wall(-1h);
    bench.advance(30min);
    EXPECT_EQ(starts(), 0U) << "two o'clock is still to come";
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance_to(kTwo + 1min);
    ASSERT_EQ(starts(), 1U);
    EXPECT_EQ(bench.sent_of(Action::start)[0].at.wall, kTwo);
    EXPECT_EQ(*bench.run().stop_due_boot - bench.sent_of(Action::start)[0].at.boot, 30min);
}

TEST_F(EngineFindings, StartByHand_ThatASetClockPrecedes_LastsItsWindowToo) {
    bench.jobs[0].schedule.rules.clear();
    bench.manual_answers = true;
    bench.load();
    command(1, StartJob{"load", {}, ""});
    ASSERT_EQ(bench.in_flight.size(), 1U);  // the baseline
    bench.step_wall(-1h);
    bench.manual_answers = false;
    bench.answer(0, bench.obey(bench.in_flight[0]));
    ASSERT_EQ(starts(), 1U);
    bench.advance(30min);
    EXPECT_EQ(stops(), 1U) << "the boot clock knows how long a window is";
}

TEST_F(EngineFindings, StartByHand_ThatAReloadFindsWaiting_TakesItsCeiling) {
    bench.jobs[0].schedule.rules.clear();
    bench.manual_answers = true;
    bench.load();
    command(1, StartJob{"load", 30min, ""});
    ASSERT_EQ(bench.in_flight.size(), 1U);  // the baseline
    bench.jobs[0].max_duration = 5min;
    bench.load();
    bench.manual_answers = false;
    bench.answer(0, bench.obey(bench.in_flight[0]));
    ASSERT_EQ(starts(), 1U);
    bench.advance(6min);
    EXPECT_EQ(stops(), 1U) << "what starts by the new config keeps to its ceiling (R5, R11)";
}

TEST_F(EngineFindings, ClockThatIsSetBack_LetsNoRunOverlapALaterOne) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    ASSERT_EQ(bench.story(), "due>starting>running");
    bench.step_wall(-1h);
    command(1, StartJob{"load", {}, ""});
    bench.advance(1min);
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineFindings, MissedStarts_ThoughTheClockIsSetBackMeanwhile_AreTold) {
    for (const auto* name : {"a", "b", "c"}) bench.jobs.push_back(make_job(name, "0 * * * * *", 30s, name));
    bench.load();
    bench.on_durable = [this](const auto&) {  // after the first step, which handles 256 occurrences at most
        bench.on_durable = nullptr;
        bench.now.wall -= 90min;
    };
    bench.step_wall(90min);
    EXPECT_EQ(bench.runs.size(), 3U * 90U);
}

}  // namespace
}  // namespace taktd::test
