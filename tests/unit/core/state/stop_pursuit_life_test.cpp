// SPDX-License-Identifier: Apache-2.0
// The life of a pursuit: what its looks, its calls and its retries leave behind. What comes of each answer is a table
// (stop_pursuit_test.cpp).
#include <gtest/gtest.h>

#include "daemon/core/state/stop_pursuit.hpp"
#include "tests/support/ids.hpp"
#include "tests/unit/core/state/stop_pursuit_answers.hpp"

namespace taktd::test {
namespace {

using enum Outcome;
using enum RemoteState;

constexpr std::nullopt_t none = std::nullopt;

TEST(StopPursuit, ANewPursuit_WantsAStopAtOnce) {
    StopPursuit stop;
    EXPECT_FALSE(stop.is_due(kBegun)) << "no end is pursued yet";
    stop.begin(kBegun);
    EXPECT_TRUE(stop.wants_stop(kBegun));
    EXPECT_TRUE(stop.is_due(kBegun));
    EXPECT_FALSE(stop.is_due(kBegun - 1ns));
}

TEST(StopPursuit, LooksBeforeTheFirstStop_AreNoReasonAgainstIt) {
    for (const auto remote : {running, stopping, ended, unknown}) {
        StopPursuit stop;
        stop.begin(kBegun);
        EXPECT_TRUE(stop.see(remote, kBegun - 1s)) << name_of(remote) << ": need not be made again";
        EXPECT_TRUE(stop.wants_stop(kBegun)) << name_of(remote);
        stop.remember(accepted, kBegun);
        EXPECT_FALSE(stop.wants_stop(kBegun)) << name_of(remote) << ": nothing is seen since the first";
    }
}

TEST(StopPursuit, ALookAskedBeforeTheLastStopEnded_SaysNothing) {
    for (const auto remote : {running, stopping, ended, unknown}) {
        StopPursuit stop = pursuit_after(result_of(accepted));
        EXPECT_FALSE(stop.see(remote, kEnded - 1ns)) << name_of(remote);
        EXPECT_FALSE(stop.wants_stop(kEnded + 5min)) << name_of(remote) << ": nothing is seen since it was accepted";

        StopPursuit refused = pursuit_after(result_of(refused_retryable));
        EXPECT_FALSE(refused.see(remote, kEnded - 1ns)) << name_of(remote);
        EXPECT_TRUE(refused.wants_stop(kEnded)) << name_of(remote);
    }
}

TEST(StopPursuit, ALookAskedBeforeTheLastStopEnded_LeavesANewerOneAsItIs) {
    StopPursuit stop = pursuit_after(result_of(accepted));
    stop.see(ended, kEnded);
    stop.see(running, kEnded - 1ns);
    EXPECT_FALSE(stop.wants_stop(kAnswered));
}

TEST(StopPursuit, ALookWhileAStopIsUnanswered_SaysNothing) {
    StopPursuit stop = pursuit_after(result_of(accepted));
    stop.admit("second"_call);
    EXPECT_TRUE(stop.see(running, kAnswered)) << "need not be made again before that is answered";
    stop.end_call();
    EXPECT_FALSE(stop.wants_stop(kAnswered)) << "as if it had not been made";
}

TEST(StopPursuit, AnothersRun_BarsNoStopAnyMore_WhenItTurnsOutToBeOurs) {
    StopPursuit stop = pursuit_after(result_of(uncertain));
    stop.see_anothers(true);
    EXPECT_TRUE(stop.wants_stop(kAnswered)) << "nothing is seen that it could be said of";
    stop.see(running, kAnswered);
    stop.see_anothers(true);
    EXPECT_FALSE(stop.wants_stop(kAnswered));
    stop.see_anothers(false);
    EXPECT_TRUE(stop.wants_stop(kAnswered));
}

TEST(StopPursuit, AnotherAnswer_ForgetsWhatWasSeenBefore) {
    Random random{1};
    StopPursuit stop = pursuit_after(result_of(uncertain));
    stop.see(ended, kAnswered);
    send_stop(stop, result_of(uncertain), random);
    EXPECT_TRUE(stop.wants_stop(kAnswered)) << "the inactivity was before";
    stop.see(running, kAnswered);
    send_stop(stop, result_of(accepted), random);
    EXPECT_FALSE(stop.wants_stop(kAnswered)) << "the activity was before";
    send_stop(stop, result_of(clock_skew), random);
    EXPECT_TRUE(stop.wants_stop(kAnswered)) << "the last one was not accepted";
}

TEST(StopPursuit, TheLastOneNotAccepted_IsSentAgain_ThoughAnEarlierOneWas) {
    Random random{1};
    StopPursuit stop = pursuit_after(result_of(accepted));
    send_stop(stop, result_of(uncertain), random);
    EXPECT_TRUE(stop.wants_stop(kAnswered));
    EXPECT_TRUE(stop.was_accepted());
}

TEST(StopPursuit, OnlyAnAcceptedStop_WasAccepted) {
    for (const auto outcome :
         {throttled, refused_retryable, refused_final, conflict, clock_skew, unauthorized, uncertain, not_sent})
        EXPECT_FALSE(pursuit_after(result_of(outcome)).was_accepted()) << name_of(outcome);
    EXPECT_TRUE(pursuit_after(result_of(accepted)).was_accepted());
}

TEST(StopPursuit, AStopThatIsAdmitted_IsTheOnlyOne) {
    StopPursuit stop;
    stop.begin(kBegun);
    EXPECT_FALSE(stop.call());
    stop.admit("first"_call);
    EXPECT_EQ(stop.call(), "first"_call);
    EXPECT_FALSE(stop.wants_stop(kBegun + 24h));
    stop.end_call();
    EXPECT_FALSE(stop.call());
    EXPECT_TRUE(stop.wants_stop(kBegun)) << "it was withdrawn, and is still owed";
}

TEST(StopPursuit, HealingThatIsAdmitted_IsTheOnlyCall) {
    StopPursuit stop;
    stop.begin(kBegun);
    stop.admit_healing("healing"_call);
    EXPECT_EQ(stop.call(), "healing"_call);
    EXPECT_FALSE(stop.wants_stop(kBegun + 24h));
    EXPECT_FALSE(stop.wake(true));
    stop.end_call();
    EXPECT_TRUE(stop.wants_stop(kBegun));
}

TEST(StopPursuit, Attempts_CountFromOneAndGoOnAfterARestart) {
    StopPursuit stop;
    stop.remember(uncertain, kBegun);
    stop.remember(accepted, kBegun);
    EXPECT_EQ(stop.admit("third"_call), 3);
    stop.begin(kBegun);
    EXPECT_EQ(stop.admit("fourth"_call), 4) << "also when it begins anew";
    stop.admit_healing("healing"_call);
    EXPECT_EQ(stop.admit("fifth"_call), 5) << "healing is none of them";
    EXPECT_EQ(StopPursuit{}.admit("first"_call), 1);
}

TEST(StopPursuit, AStopOfTheLastProcess_IsRememberedAsEndedWithIt) {
    StopPursuit stop;
    stop.remember(uncertain, kBegun);
    EXPECT_EQ(stop.last_ended(), kBegun);
    EXPECT_TRUE(stop.wants_stop(kBegun));
    EXPECT_FALSE(stop.was_accepted());
    EXPECT_FALSE(stop.see(ended, kBegun - 1ns));
    EXPECT_TRUE(stop.see(ended, kBegun));
    EXPECT_FALSE(stop.wants_stop(kBegun)) << "it is seen inactive since";
}

TEST(StopPursuit, AnAcceptedStopOfTheLastProcess_WaitsForALook) {
    StopPursuit stop;
    stop.remember(accepted, kBegun);
    stop.at_once(kBegun);
    EXPECT_FALSE(stop.wants_stop(kBegun));
    stop.see(running, kBegun);
    EXPECT_TRUE(stop.wants_stop(kBegun));
    stop.remember(uncertain, kBegun);
    EXPECT_TRUE(stop.was_accepted()) << "one of them was";
}

TEST(StopPursuit, AStopOfTheLastProcess_LengthensNoWait) {
    StopPursuit stop;
    for (int i = 0; i < 9; ++i) stop.remember(uncertain, kBegun);
    Random random{1};
    send_stop(stop, result_of(uncertain), random);
    EXPECT_LE(stop.wake(true).value(), kAnswered + 1s);
}

TEST(StopPursuit, ABeginning_ForgetsWhatWasAnsweredAndSeen) {
    for (const auto remote : {running, stopping, ended}) {
        StopPursuit stop = pursuit_after(result_of(accepted));
        stop.see(remote, kEnded);
        stop.begin(kAnswered);
        EXPECT_TRUE(stop.wants_stop(kAnswered)) << name_of(remote);
        EXPECT_FALSE(stop.last_ended()) << name_of(remote);
        EXPECT_FALSE(stop.wake(false)) << name_of(remote);
        EXPECT_TRUE(stop.is_due(kAnswered)) << name_of(remote);
        stop.remember(accepted, kAnswered);
        EXPECT_FALSE(stop.wants_stop(kAnswered)) << name_of(remote) << ": no sight is left";
    }
}

TEST(StopPursuit, ABeginning_KeepsThatAStopWasAccepted) {
    StopPursuit stop = pursuit_after(result_of(accepted));
    stop.begin(kAnswered);
    EXPECT_TRUE(stop.was_accepted());
}

TEST(StopPursuit, AtOnce_EndsTheWaitAndNothingElse) {
    StopPursuit stop = pursuit_after(result_of(throttled, 5min));
    stop.see(ended, kAnswered);
    stop.at_once(kAnswered + 1s);
    EXPECT_EQ(stop.wake(true), kAnswered + 1s);
    EXPECT_FALSE(stop.wants_stop(kAnswered + 1s));
    EXPECT_EQ(stop.last_ended(), kEnded);
}

TEST(StopPursuit, TheRetryWithACorrectedClock_IsTakenOnce) {
    StopPursuit stop = pursuit_after(result_of(clock_skew), true);
    EXPECT_TRUE(stop.take_skew_retry());
    EXPECT_FALSE(stop.take_skew_retry());
}

TEST(StopPursuit, TheRetryWithACorrectedClock_IsForgoneWhenAtOnceIsOver) {
    StopPursuit stop = pursuit_after(result_of(clock_skew), true);
    stop.forgo_new_time();
    EXPECT_FALSE(stop.take_skew_retry());
}

TEST(StopPursuit, TheRetryWithACorrectedClock_IsTakenBackByNoProbeThatIsNone) {
    StopPursuit stop = pursuit_after(result_of(clock_skew), true);
    stop.retry_with_new_time(false);
    EXPECT_TRUE(stop.take_skew_retry());
    stop.retry_with_new_time(false);
    EXPECT_FALSE(stop.take_skew_retry());
    stop.retry_with_new_time(true);
    EXPECT_TRUE(stop.take_skew_retry());
}

TEST(StopPursuit, Healing_IsMadeAgainAfterItsOwnFailures) {
    const struct {
        const char* what;
        int failures;
        Outcome outcome;
        std::optional<Duration> retry_after;
        Duration earliest, latest;
    } cases[] = {
        {"the 1st time", 1, refused_retryable, none, 900ms, 1s},
        {"the 2nd time", 2, refused_retryable, none, 1800ms, 2s},
        {"the 6th time", 6, refused_retryable, none, 27s, 30s},
        {"the 1000th time", 1000, refused_retryable, none, 27s, 30s},
        {"Retry-After 20 s", 1, refused_retryable, 20s, 20s, 20s},
        {"Retry-After 2 min", 1, refused_retryable, 2min, 30s, 30s},
        {"throttled, Retry-After 2 min", 1, throttled, 2min, 2min, 2min},
        {"throttled, Retry-After 1 h", 1, throttled, 1h, 5min, 5min},
    };
    for (const auto& c : cases) {
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            StopPursuit stop;
            stop.begin(kBegun);
            Random random{seed};
            stop.answer_healing(result_of(c.outcome, c.retry_after), c.failures, random, kAnswered);
            const auto next = stop.wake(true);
            ASSERT_TRUE(next) << c.what;
            EXPECT_GE(*next, kAnswered + c.earliest) << c.what << ", seed " << seed;
            EXPECT_LE(*next, kAnswered + c.latest) << c.what << ", seed " << seed;
        }
    }
}

TEST(StopPursuit, Healing_IsNoStop) {
    StopPursuit stop;
    stop.begin(kBegun);
    Random random{1};
    for (int i = 1; i <= 9; ++i) stop.answer_healing(result_of(refused_retryable), i, random, kAnswered);
    EXPECT_FALSE(stop.last_ended());
    EXPECT_FALSE(stop.was_accepted());
    send_stop(stop, result_of(uncertain), random);
    EXPECT_LE(stop.wake(true).value(), kAnswered + 1s) << "the first stop that failed";
}

TEST(StopPursuit, HealingRefusedForTheClockAlone_IsRetriedAtOnce) {
    StopPursuit stop;
    stop.begin(kBegun);
    stop.answer_skew(true, kAnswered);
    EXPECT_EQ(stop.wake(true), kAnswered);
    EXPECT_TRUE(stop.take_skew_retry());
    stop.answer_skew(true, kAnswered);
    stop.answer_skew(false, kAnswered);
    EXPECT_FALSE(stop.take_skew_retry()) << "the account was closed meanwhile";
}

TEST(StopPursuit, ItsCause_IsOnWhoseBehalfTheEndIsWanted) {
    StopPursuit stop;
    EXPECT_FALSE(stop.cause());
    stop.ask({Reason::operator_request, "ann", "too loud"});
    ASSERT_TRUE(stop.cause());
    EXPECT_EQ(stop.cause()->reason, Reason::operator_request);
    EXPECT_EQ(stop.cause()->actor, "ann");
    EXPECT_EQ(stop.cause()->text, "too loud");
}

TEST(StopPursuit, TheLastOne_IsToldFromItsLeavingToItsEnd) {
    StopPursuit stop;
    stop.begin(kBegun);
    EXPECT_FALSE(stop.last_sent());
    stop.leave(kBegun + 1s);
    EXPECT_EQ(stop.last_sent(), kBegun + 1s);
    EXPECT_FALSE(stop.last_ended());
    Random random{1};
    send_stop(stop, result_of(uncertain), random);
    EXPECT_EQ(stop.last_ended(), kEnded) << "not when the engine heard of it";
    stop.begin(kAnswered);
    EXPECT_EQ(stop.last_sent(), kBegun + 1s) << "whoever waited longest still has";
}

}  // namespace
}  // namespace taktd::test
