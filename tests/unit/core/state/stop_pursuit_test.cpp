// When the next stop of a run goes: by what came of the last one, and by what looks have shown since.
#include "daemon/core/state/stop_pursuit.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;

const BootTime kNow{1h};

CallResult result_of(Outcome outcome, std::optional<Duration> retry_after = std::nullopt, BootTime ended = kNow) {
    CallResult result;
    result.outcome = outcome;
    result.retry_after = retry_after;
    result.ended_boot = ended;
    return result;
}

/// A pursuit whose only stop has ended so, at kNow.
StopPursuit after(const CallResult& result, bool retries_at_once = true) {
    Random random{7};
    StopPursuit pursuit;
    pursuit.ask({Reason::schedule, "taktd", ""});
    pursuit.begin(kNow - 1s);
    pursuit.admit("call-1");
    pursuit.leave(kNow - 1s);
    pursuit.end_call();
    pursuit.answer(result, retries_at_once, random, kNow);
    return pursuit;
}

// What a look has shown since; nothing: there was none.
struct Look {
    const char* says;
    std::optional<RemoteState> remote;
    bool is_anothers = false;
};

constexpr bool kGo = true, kWait = false;

struct Row {
    Outcome outcome;
    Look look;
    bool wants_stop;
};

// An accepted stop is believed until a look shows otherwise; any other one is not. What a look shows counts for more
// than any answer: an active task wants a stop, one that is seen inactive is left to `settle`, a stranger is not hit.
const Row kRows[] = {
    {Outcome::accepted, {"nothing", std::nullopt}, kWait},
    {Outcome::accepted, {"running", RemoteState::running}, kGo},
    {Outcome::accepted, {"waiting", RemoteState::waiting}, kGo},
    {Outcome::accepted, {"paused", RemoteState::paused}, kGo},
    {Outcome::accepted, {"another's run", RemoteState::running, true}, kWait},
    {Outcome::accepted, {"stopping", RemoteState::stopping}, kWait},
    {Outcome::accepted, {"ended", RemoteState::ended}, kWait},
    {Outcome::accepted, {"idle", RemoteState::idle}, kWait},
    {Outcome::accepted, {"unreadable", RemoteState::unknown}, kGo},
    {Outcome::uncertain, {"nothing", std::nullopt}, kGo},
    {Outcome::uncertain, {"running", RemoteState::running}, kGo},
    {Outcome::uncertain, {"another's run", RemoteState::running, true}, kWait},
    {Outcome::uncertain, {"stopping", RemoteState::stopping}, kWait},
    {Outcome::uncertain, {"ended", RemoteState::ended}, kWait},
    {Outcome::uncertain, {"unreadable", RemoteState::unknown}, kGo},
    {Outcome::throttled, {"nothing", std::nullopt}, kGo},
    {Outcome::throttled, {"running", RemoteState::running}, kGo},
    {Outcome::throttled, {"ended", RemoteState::ended}, kWait},
    {Outcome::refused_retryable, {"nothing", std::nullopt}, kGo},
    {Outcome::refused_retryable, {"running", RemoteState::running}, kGo},
    {Outcome::refused_final, {"nothing", std::nullopt}, kGo},
    {Outcome::refused_final, {"running", RemoteState::running}, kGo},
    {Outcome::refused_final, {"idle", RemoteState::idle}, kWait},
    {Outcome::conflict, {"nothing", std::nullopt}, kGo},
    {Outcome::conflict, {"running", RemoteState::running}, kGo},
    {Outcome::unauthorized, {"nothing", std::nullopt}, kGo},
    {Outcome::unauthorized, {"ended", RemoteState::ended}, kWait},
    {Outcome::not_sent, {"nothing", std::nullopt}, kGo},
    {Outcome::not_sent, {"running", RemoteState::running}, kGo},
    {Outcome::clock_skew, {"nothing", std::nullopt}, kGo},
    {Outcome::clock_skew, {"running", RemoteState::running}, kGo},
};

TEST(StopPursuit, Whether_byAnswerAndSight) {
    for (const Row& row : kRows) {
        StopPursuit pursuit = after(result_of(row.outcome));
        if (row.look.remote) {
            ASSERT_TRUE(pursuit.see(*row.look.remote, kNow + 1s));
            pursuit.see_anothers(row.look.is_anothers);
        }
        EXPECT_EQ(pursuit.wants_stop(kNow + 2s), row.wants_stop)
            << name_of(row.outcome) << ", then seen: " << row.look.says;
    }
}

// Backoff takes up to a tenth off; the vendor's own wait is never cut below.
struct Wait {
    const char* says;
    CallResult result;
    Duration least, most;
};

TEST(StopPursuit, When_byAnswer) {
    const Wait waits[] = {
        {"accepted", result_of(Outcome::accepted), 900ms, 1s},
        {"uncertain", result_of(Outcome::uncertain), 900ms, 1s},
        {"refused for good", result_of(Outcome::refused_final), 900ms, 1s},
        {"throttled", result_of(Outcome::throttled), 900ms, 1s},
        {"throttled for 20 s", result_of(Outcome::throttled, 20s), 20s, 20s},
        {"throttled for an hour", result_of(Outcome::throttled, 1h), 5min, 5min},
        {"refused for 20 s", result_of(Outcome::refused_retryable, 20s), 20s, 20s},
        {"refused for an hour: a stop is owed", result_of(Outcome::refused_retryable, 1h), 30s, 30s},
        {"our clock is off", result_of(Outcome::clock_skew), 0s, 0s},
    };
    for (const Wait& wait : waits) {
        const auto next = after(wait.result).wake(true);
        ASSERT_TRUE(next) << wait.says;
        EXPECT_GE(*next, kNow + wait.least) << wait.says;
        EXPECT_LE(*next, kNow + wait.most) << wait.says;
    }
}

TEST(StopPursuit, When_refusedAgainAndAgain_doublesUpToItsLimit) {
    for (const auto& [outcome, limit] : {std::pair<Outcome, Duration>{Outcome::refused_retryable, 30s},
                                         std::pair<Outcome, Duration>{Outcome::refused_final, 5min}}) {
        Random random{7};
        StopPursuit pursuit;
        pursuit.begin(kNow);
        Duration before{};
        for (Duration wait = 1s; wait < 2 * limit; wait *= 2) {
            pursuit.answer(result_of(outcome), true, random, kNow);
            const Duration now = *pursuit.wake(true) - kNow;
            EXPECT_LE(now, std::min<Duration>(wait, limit));
            EXPECT_GE(now, std::min<Duration>(wait, limit) * 9 / 10);
            EXPECT_GT(now, before * 8 / 10);
            before = now;
        }
    }
}

TEST(StopPursuit, Stopping_isBelievedForFiveMinutes) {
    StopPursuit pursuit = after(result_of(Outcome::accepted));
    pursuit.see(RemoteState::stopping, kNow + 1s);
    EXPECT_FALSE(pursuit.wants_stop(kNow + 5min - 1ns));
    EXPECT_EQ(pursuit.wake(false), kNow + 5min);
    EXPECT_TRUE(pursuit.wants_stop(kNow + 5min));
}

TEST(StopPursuit, Look_askedBeforeTheStopEnded_saysNothing) {
    StopPursuit pursuit = after(result_of(Outcome::accepted));
    EXPECT_FALSE(pursuit.see(RemoteState::running, kNow - 1ns)) << "it is to be made again";
    EXPECT_FALSE(pursuit.wants_stop(kNow + 1s));
}

TEST(StopPursuit, Look_unreadableAfterInactive_takesNothingBack) {
    StopPursuit pursuit = after(result_of(Outcome::uncertain));
    pursuit.see(RemoteState::ended, kNow + 1s);
    pursuit.see(RemoteState::unknown, kNow + 2s);
    EXPECT_FALSE(pursuit.wants_stop(kNow + 3s)) << "another stop would begin the wait for `settle` anew";
}

TEST(StopPursuit, Look_ofTheTimeBeforeThisStop_isForgottenWithItsAnswer) {
    StopPursuit pursuit = after(result_of(Outcome::uncertain));
    pursuit.see(RemoteState::ended, kNow + 1s);
    pursuit.admit("call-2");
    pursuit.end_call();
    Random random{7};
    pursuit.answer(result_of(Outcome::uncertain, std::nullopt, kNow + 3s), true, random, kNow + 3s);
    EXPECT_TRUE(pursuit.wants_stop(kNow + 5s));
}

TEST(StopPursuit, Call_isTheOnlyOneAtATime) {
    StopPursuit pursuit;
    pursuit.begin(kNow);
    EXPECT_TRUE(pursuit.wants_stop(kNow));
    EXPECT_EQ(pursuit.admit("call-1"), 1);
    EXPECT_FALSE(pursuit.wants_stop(kNow));
    EXPECT_EQ(pursuit.wake(true), std::nullopt);
    pursuit.end_call();
    EXPECT_TRUE(pursuit.wants_stop(kNow));
    EXPECT_EQ(pursuit.admit("call-2"), 2);
}

TEST(StopPursuit, Begin_forgetsWhatWasSeenAndSent) {
    StopPursuit pursuit = after(result_of(Outcome::accepted));
    pursuit.see(RemoteState::ended, kNow + 1s);
    pursuit.begin(kNow + 2s);
    EXPECT_TRUE(pursuit.wants_stop(kNow + 2s));
    EXPECT_TRUE(pursuit.is_due(kNow + 2s));
    EXPECT_EQ(pursuit.last_ended(), std::nullopt);
}

TEST(StopPursuit, Restart_goesOnWhereTheLastProcessWas) {
    StopPursuit pursuit;
    pursuit.remember(Outcome::accepted, kNow);
    pursuit.remember(Outcome::uncertain, kNow);
    pursuit.ask({Reason::operator_request, "ann", "too hot"});
    pursuit.at_once(kNow);
    EXPECT_TRUE(pursuit.was_accepted()) << "any of them";
    EXPECT_EQ(pursuit.last_ended(), kNow);
    EXPECT_TRUE(pursuit.wants_stop(kNow)) << "the last one was not";
    EXPECT_EQ(pursuit.admit("call-3"), 3);
}

TEST(StopPursuit, ClockSkew_isRetriedOnceWithTheCorrectedTime) {
    StopPursuit pursuit = after(result_of(Outcome::clock_skew));
    EXPECT_TRUE(pursuit.is_due(kNow));
    EXPECT_TRUE(pursuit.take_skew_retry());
    EXPECT_FALSE(pursuit.take_skew_retry());
}

TEST(StopPursuit, ClockSkew_ofAClosedAccount_isLeftToTheNextProbe) {
    StopPursuit pursuit = after(result_of(Outcome::clock_skew), false);
    EXPECT_FALSE(pursuit.take_skew_retry());
    pursuit.retry_with_new_time(false);
    EXPECT_FALSE(pursuit.take_skew_retry());
    pursuit.retry_with_new_time(true);
    EXPECT_TRUE(pursuit.take_skew_retry());
}

}  // namespace
}  // namespace taktd
