// SPDX-License-Identifier: Apache-2.0
// The ordinary life of a run, and what each answer to a start makes of it.
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineStartStop : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.jobs = {make_job("load", "0 0 2 * * *", 30min)}; }
};

TEST_F(EngineStartStop, Run_StartsAndStopsOnTheInstant) {
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    ASSERT_EQ(bench.sent_of(Action::start).size(), 1U);
    EXPECT_EQ(bench.sent_of(Action::start)[0].at.wall, kTwo);
    ASSERT_EQ(bench.sent_of(Action::stop).size(), 1U);
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min);
    EXPECT_EQ(bench.run().obligation, Obligation::discharged);
    EXPECT_EQ(bench.run().vendor_run_id, "1");
    EXPECT_EQ(bench.sent_of(Action::stop)[0].send.spec->parameters_json, R"({"end":"stop"})");
}

TEST_F(EngineStartStop, Baseline_IsAskedForWithinTenSecondsBeforeTheStart) {
    bench.load();
    bench.advance_to(kTwo - 1ms);
    const auto queries = bench.sent_of(Action::query);
    ASSERT_EQ(queries.size(), 1U);
    EXPECT_EQ(queries[0].at.wall, kTwo - 10s);
    bench.advance(1s);
    ASSERT_TRUE(bench.run().baseline);
    EXPECT_EQ(bench.run().baseline->asked, kTwo - 10s);
    const auto& row = bench.calls.at(queries[0].send.call);
    EXPECT_FALSE(row.run);
    EXPECT_EQ(row.linked, std::vector<RunId>{bench.order[0]});
}

TEST_F(EngineStartStop, Intent_IsDurableBeforeTheStartIsSent) {
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;
    bench.advance(10s);
    EXPECT_TRUE(bench.sent_of(Action::start).empty());
    bench.commit();
    EXPECT_EQ(bench.sent_of(Action::start).size(), 1U);
}

TEST_F(EngineStartStop, Stop_WaitsOneSecondForItsCommitAndThenGoes) {
    bench.load();
    bench.advance_to(kTwo + 29min);
    bench.auto_commit = false;
    bench.advance_to(kTwo + 30min + 999ms);
    EXPECT_TRUE(bench.sent_of(Action::stop).empty());
    bench.advance(1ms);
    EXPECT_EQ(bench.sent_of(Action::stop).size(), 1U);
}

TEST_F(EngineStartStop, UncertainStart_IsNeverRepeatedAndIsStopped) {
    bench.load();
    bench.vendor = [&](const Send& send) {
        if (send.spec->action != Action::start) return bench.obey(send);
        bench.obey(send);
        return refused(Outcome::uncertain);
    };
    bench.advance(3h);
    EXPECT_EQ(bench.sent_of(Action::start).size(), 1U);
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.run().vendor_run_id, "1");
}

TEST_F(EngineStartStop, UncertainStart_WithoutEffect_IsFoundAbsentAfterSettle) {
    bench.load();
    bench.vendor = [&](const Send& send) {
        return send.spec->action == Action::start ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.advance_to(kTwo + 239s);
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed");
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed>failed:start_unconfirmed");
    EXPECT_EQ(bench.run().obligation, Obligation::discharged);
}

struct Refusal {
    Outcome outcome;
    const char* story;
    std::size_t starts;
};

TEST_F(EngineStartStop, RefusedStart_DecidesWhatBecomesOfTheRun) {
    const Refusal cases[] = {
        {Outcome::refused_final, "due>starting>failed:refused", 1},
        {Outcome::conflict, "due>starting>failed:task_busy", 1},
        {Outcome::unauthorized, "due>starting>failed:provider_unauthorized", 1},
        {Outcome::throttled, "due>starting>due>starting>due>starting>due>failed:retries_over", 3},
        {Outcome::refused_retryable, "due>starting>due>starting>due>starting>due>failed:retries_over", 3},
        {Outcome::not_sent, "due>starting>due>starting>due>starting>due>failed:retries_over", 3},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        one.jobs[0].retry.attempts = 3;
        one.load();
        one.vendor = [&](const Send& send) {
            return send.spec->action == Action::start ? refused(c.outcome) : one.obey(send);
        };
        one.advance(3h);
        EXPECT_EQ(one.story(), c.story) << name_of(c.outcome);
        EXPECT_EQ(one.sent_of(Action::start).size(), c.starts) << name_of(c.outcome);
        EXPECT_TRUE(one.sent_of(Action::stop).empty()) << name_of(c.outcome);
        EXPECT_NE(one.run().obligation, Obligation::open);
    }
}

TEST_F(EngineStartStop, RefusedStart_IsTriedAgainAndKeepsItsStop) {
    bench.load();
    int refusals = 2;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::start && refusals-- > 0) return refused(Outcome::throttled, 4s);
        return bench.obey(send);
    };
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>due>starting>due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::start)[1].at.wall, kTwo + 4s) << "the vendor's wait is honoured";
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 30min);
}

TEST_F(EngineStartStop, TaskThatEndsByItself_IsCompletedAndGetsNoStop) {
    bench.load();
    bench.advance_to(kTwo + 10min);
    bench.tasks["1"].state = RemoteState::ended;
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>completed");
    EXPECT_TRUE(bench.sent_of(Action::stop).empty());
}

TEST_F(EngineStartStop, Stop_UntilTheTaskObeys_IsRepeated) {
    bench.load();
    int ignored = 5;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop && ignored-- > 0) return accepted();
        return bench.obey(send);
    };
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop).size(), 6U);
}

TEST_F(EngineStartStop, Stop_WhateverTheVendorSays_IsRetriedForEver) {
    bench.load();
    const Outcome answers[] = {Outcome::refused_final, Outcome::uncertain, Outcome::throttled,
                               Outcome::conflict,      Outcome::not_sent,  Outcome::refused_retryable};
    std::size_t stops = 0;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop && stops < 60) return refused(answers[stops++ % std::size(answers)]);
        return bench.obey(send);
    };
    bench.advance(20h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:schedule>stopped:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop).size(), 61U);
}

TEST_F(EngineStartStop, StopThatFallsDue_CutsTheStartInFlight) {
    bench.jobs[0].stop = StopAfter{5s};
    bench.load();
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance_to(kTwo + 5s);
    ASSERT_EQ(bench.cuts.size(), 1U);
    EXPECT_TRUE(bench.sent_of(Action::stop).empty()) << "a stop is never sent while its run's start is in flight";
    bench.answer(0, refused(Outcome::uncertain));
    EXPECT_EQ(bench.story(), "due>starting>unconfirmed>stopping:schedule");
    EXPECT_EQ(bench.sent_of(Action::stop).size(), 1U);
}

TEST_F(EngineStartStop, MaxDuration_BeforeTheStop_EndsTheRun) {
    bench.jobs[0].max_duration = 10min;
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:max_duration>stopped:max_duration");
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 10min);
    EXPECT_EQ(bench.sent_of(Action::stop)[0].send.spec->parameters_json, R"({"end":"abort"})");
}

TEST_F(EngineStartStop, AnotherRunOnTheTask_SupersedesOursAndIsNotStopped) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.tasks["1"].runs = 7;
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopped:superseded");
    EXPECT_TRUE(bench.sent_of(Action::stop).empty());
}

TEST_F(EngineStartStop, SomebodyElsesRun_BeforeTheStart_IsLeftAlone) {
    bench.tasks["1"] = {RemoteState::running, 3};
    bench.load();
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>skipped:task_busy");
    EXPECT_EQ(bench.sent_of(Action::query).size(), 2U) << "asked early, and again at the instant";
    EXPECT_TRUE(bench.sent_of(Action::start).empty());
}

TEST_F(EngineStartStop, Start_WithoutAReadableBaseline_IsNotMade) {
    bench.load();
    bench.vendor = [&](const Send&) { return refused(Outcome::uncertain); };
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>skipped:no_baseline");
    EXPECT_TRUE(bench.sent_of(Action::start).empty());
}

TEST_F(EngineStartStop, BaselineFalse_StartsWithoutLooking) {
    bench.provider.baseline = false;
    bench.load();
    bench.advance_to(kTwo + 1s);
    EXPECT_TRUE(bench.sent_of(Action::query).empty());
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EngineStartStop, ClockSkewRefusal_IsSignedAnewOnce) {
    bench.load();
    bool refuse = true;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action != Action::start || !refuse) return bench.obey(send);
        refuse = false;
        CallResult result = refused(Outcome::unauthorized);
        result.server_time = bench.now.wall + 10min;
        return result;
    };
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>starting>due>starting>running");
    const auto starts = bench.sent_of(Action::start);
    ASSERT_EQ(starts.size(), 2U);
    EXPECT_EQ(starts[1].send.skew, Duration{10min});
    EXPECT_EQ(bench.calls.at(starts[0].send.call).result->outcome, Outcome::clock_skew);
}

}  // namespace
}  // namespace taktd::test
