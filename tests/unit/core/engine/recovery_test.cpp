// SPDX-License-Identifier: Apache-2.0
// Crashes and restarts: whatever may have been started is stopped, nothing is started twice.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineRecovery : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
    }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
};

TEST_F(EngineRecovery, CrashAfterTheIntent_IsUncertainAndNeverRepeated) {
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance(1500ms);
    ASSERT_EQ(bench.story(), "due>starting");
    bench.obey(bench.in_flight[0]);  // it took effect; the answer is lost with the process
    bench.crash();
    bench.manual_answers = false;
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed");
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed>running>stopping:schedule>stopped:schedule");
    for (const auto& [id, call] : bench.calls) EXPECT_TRUE(call.result) << "every call has an outcome in the end";
}

TEST_F(EngineRecovery, Obligations_NeedNoConfig) {
    bench.advance_to(kTwo + 1min);
    bench.crash();
    bench.advance(3h);  // the config never comes
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min);
}

TEST_F(EngineRecovery, RunWhoseStopFellDueWhileDown_IsStoppedAtOnce) {
    bench.advance_to(kTwo + 1min);
    bench.now.wall += 2h;
    bench.now.boot += 2h;
    bench.crash();
    bench.advance(1s);
    EXPECT_EQ(stops(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineRecovery, StopInFlight_AtACrash_IsSentAgain) {
    bench.advance_to(kTwo + 29min);
    bench.manual_answers = true;
    bench.advance_to(kTwo + 30min + 1s);
    ASSERT_EQ(stops(), 1U);
    bench.crash();
    bench.manual_answers = false;
    bench.load();
    bench.advance(10min);
    EXPECT_GE(stops(), 2U);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineRecovery, AcceptedStop_IsAskedAboutBeforeItIsRepeated) {
    bench.advance_to(kTwo + 29min);
    bench.vendor = [&](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.advance_to(kTwo + 30min);
    ASSERT_EQ(stops(), 1U);
    bench.vendor = [&](const Send& send) { return bench.obey(send); };
    bench.crash();
    bench.load();
    bench.advance(10min);
    EXPECT_EQ(stops(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST_F(EngineRecovery, StopInFlight_OfARunThatHadEndedAtTheCrash_HasAnOutcome) {
    bench.advance_to(kTwo + 29min);
    bench.manual_answers = true;
    bench.advance_to(kTwo + 30min + 1s);
    ASSERT_EQ(stops(), 1U);
    bench.obey(bench.in_flight.back());
    bench.in_flight.clear();
    bench.crash();
    bench.advance(2s);  // it asks, and says the stop again: both are in flight
    const auto query = std::ranges::find(bench.in_flight, Action::query, [](const Send& s) { return s.spec->action; });
    ASSERT_NE(query, bench.in_flight.end());
    ASSERT_EQ(stops(), 2U);
    bench.answer(static_cast<std::size_t>(query - bench.in_flight.begin()), bench.obey(*query));
    ASSERT_TRUE(is_terminal(bench.run().state));
    bench.crash();
    for (const auto& [id, call] : bench.calls) {
        EXPECT_TRUE(call.result || call.action == Action::query) << "every call has an outcome in the end";
    }
    EXPECT_TRUE(bench.in_flight.empty());
}

TEST_F(EngineRecovery, CrashDuringRecovery_IsTheSameAsOneCrash) {
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance(2s);
    bench.obey(bench.in_flight[0]);
    for (int i = 0; i < 5; ++i) bench.crash();
    bench.manual_answers = false;
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed>running>stopping:schedule>stopped:schedule");
}

// Seed 233797: a stop plan carries the limit of its intent.
TEST_F(EngineRecovery, BeforeTheConfigIsRead_StopsGoOutByTheLimitThatWasInForce) {
    bench.provider.rate_limit = {100ms, 2};
    for (int i = 2; i < 6; ++i) {
        const std::string number = std::to_string(i);
        bench.jobs.push_back(make_job("load-" + number, "0 0 2 * * *", 30min, number));
    }
    bench.load();
    bench.advance_to(kTwo + 1min);
    ASSERT_EQ(starts(), 5U);
    bench.provider.rate_limit = {2s, 2};
    bench.load();
    bench.advance_to(kTwo + 29min);
    bench.crash();
    const auto before = bench.sent.size();
    bench.advance_to(kTwo + 31min);  // the config is yet to come
    ASSERT_GE(bench.sent.size(), before + 10);
    for (std::size_t i = before + 2; i < bench.sent.size(); ++i)
        EXPECT_GE(bench.sent[i].at.boot - bench.sent[i - 2].at.boot, 2s) << i - before;
}

TEST_F(EngineRecovery, AFasterLimitThatWasInForce_IsNotForgottenEither) {
    bench.provider.rate_limit = {10s, 2};
    bench.jobs.push_back(make_job("other", "0 0 2 * * *", 30min, "2"));
    bench.load();
    bench.advance_to(kTwo + 5min);
    bench.provider.rate_limit = {100ms, 2};
    bench.load();
    bench.advance_to(kTwo + 29min);
    bench.crash();
    bench.advance_to(kTwo + 30min + 1s);
    EXPECT_EQ(stops(), 2U);
}

TEST_F(EngineRecovery, Bucket_AfterACrash_StartsEmpty) {
    bench.provider.rate_limit = {1s, 3};
    bench.load();
    bench.advance_to(kTwo + 31min);
    bench.advance_to(kTwo + 40min);
    bench.now.wall = kTwo + 24h - 1s;
    bench.now.boot += 24h;
    bench.crash();
    const auto before = bench.sent.size();
    bench.load();
    bench.advance(1900ms);
    EXPECT_EQ(bench.sent.size(), before) << "a baseline query needs the second token";
    bench.advance(200ms);
    EXPECT_EQ(bench.sent.size(), before + 1);
}

TEST_F(EngineRecovery, DueRun_WithinItsGrace_GoesOn) {
    bench.vendor = [&](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.advance_to(kTwo + 10s);
    ASSERT_EQ(bench.story(), "due");
    bench.crash();
    bench.vendor = [&](const Send& send) { return bench.obey(send); };
    bench.load();
    bench.advance(10s);
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EngineRecovery, AfterAReboot_OnlyTheWallCounts) {
    bench.advance_to(kTwo + 1min);
    bench.now.boot = BootTime{5s};
    bench.crash("boot-2");
    bench.load();
    bench.advance_to(kTwo + 29min);
    EXPECT_EQ(stops(), 0U);
    bench.advance_to(kTwo + 30min);
    EXPECT_EQ(stops(), 1U);
}

TEST_F(EngineRecovery, WallBehindTheRun_AfterAReboot_StopsItAtOnce) {
    bench.advance_to(kTwo + 1min);
    bench.now.boot = BootTime{5s};
    bench.now.wall = kMidnight - 24h;
    bench.crash("boot-2");
    bench.advance(1s);
    EXPECT_EQ(stops(), 1U);
}

TEST_F(EngineRecovery, Starts_WhileTheWallIsBehindTheStore_AreNotMade) {
    bench.advance_to(kTwo + 40min);
    bench.now.wall = kMidnight;  // and the config's 02:00 comes again on this clock
    bench.crash();
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(starts(), 1U);
}

TEST_F(EngineRecovery, MissedOccurrences_AreEachRecordedOnce) {
    bench.now.wall += 72h + 3h;
    bench.now.boot += 72h + 3h;
    bench.crash();
    bench.load();
    bench.advance(1min);
    ASSERT_EQ(bench.order.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(bench.story(i), "due>skipped:misfire");
    bench.crash();
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(bench.order.size(), 4U);
}

TEST_F(EngineRecovery, MissedOccurrences_BeyondTheNewestHundred_ShareOneRow) {
    bench.jobs = {make_job("often", "0 * * * * *", 10s, "2")};
    bench.load();
    bench.now.wall += 1000min + 30s;
    bench.now.boot += 1000min + 30s;
    bench.crash();
    bench.load();
    bench.advance(1s);
    ASSERT_EQ(bench.gaps.size(), 1U);
    EXPECT_EQ(bench.gaps[0].count, 900);
    EXPECT_EQ(bench.gaps[0].first, kMidnight + 1min);
    EXPECT_EQ(bench.order.size(), 100U);
    EXPECT_EQ(bench.job_states["often"].watermark, kMidnight + 1000min);
}

TEST_F(EngineRecovery, RunLate_StartsTheNewestMissedOne_AndStopsItOnTime) {
    bench.jobs[0].misfire = Misfire::run_late;
    bench.load();
    bench.now.wall += 24h + 2h + 10min;
    bench.now.boot += 24h + 2h + 10min;
    bench.crash();
    bench.load();
    bench.advance(1h);
    ASSERT_EQ(bench.order.size(), 2U);
    EXPECT_EQ(bench.story(0), "due>skipped:misfire");
    EXPECT_EQ(bench.story(1), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run(1).origin, Origin::catch_up);
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 24h + 30min);
}

}  // namespace
}  // namespace taktd::test
