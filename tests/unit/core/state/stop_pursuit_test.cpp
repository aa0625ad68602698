// SPDX-License-Identifier: Apache-2.0
// When the next stop of a run goes: each answer to the last one, with each thing that looks since then may have shown.
// One line per case; each answer meets each sight.
#include "daemon/core/state/stop_pursuit.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/ids.hpp"
#include "tests/unit/core/state/stop_pursuit_answers.hpp"

namespace taktd::test {
namespace {

using namespace std::chrono_literals;
using enum Outcome;

struct Answer {
    const char* what;
    Outcome outcome;
    std::optional<Duration> retry_after;
    bool retries_at_once;
    Duration earliest, latest;  // of the next stop, after the answer
    bool is_skew_retry;         // the next stop is one
};

constexpr std::nullopt_t none = std::nullopt;

const Answer kAnswers[] = {
    {"accepted", accepted, none, false, 900ms, 1s, false},
    {"accepted, Retry-After 20 s", accepted, 20s, false, 20s, 20s, false},
    {"accepted, Retry-After 2 min", accepted, 2min, false, 30s, 30s, false},
    {"uncertain", uncertain, none, false, 900ms, 1s, false},
    {"uncertain, Retry-After 2 min", uncertain, 2min, false, 30s, 30s, false},
    {"throttled", throttled, none, false, 900ms, 1s, false},
    {"throttled, Retry-After 0", throttled, 0s, false, 900ms, 1s, false},
    {"throttled, Retry-After in the past", throttled, -1min, false, 900ms, 1s, false},
    {"throttled, Retry-After 2 min", throttled, 2min, false, 2min, 2min, false},
    {"throttled, Retry-After 1 h", throttled, 1h, false, 5min, 5min, false},
    {"refused, worth another try", refused_retryable, none, false, 900ms, 1s, false},
    {"refused, worth another try, Retry-After 30 s", refused_retryable, 30s, false, 30s, 30s, false},
    {"refused, worth another try, Retry-After 31 s", refused_retryable, 31s, false, 30s, 30s, false},
    {"refused for good", refused_final, none, false, 900ms, 1s, false},
    {"refused for good, Retry-After 2 min", refused_final, 2min, false, 30s, 30s, false},
    {"conflict", conflict, none, false, 900ms, 1s, false},
    {"conflict, Retry-After 2 min", conflict, 2min, false, 30s, 30s, false},
    {"unauthorized", unauthorized, none, false, 900ms, 1s, false},
    {"unauthorized, Retry-After 2 min", unauthorized, 2min, false, 30s, 30s, false},
    {"clock skew, one more at once", clock_skew, none, true, 0s, 0s, true},
    {"clock skew, one more at once, Retry-After 2 min", clock_skew, 2min, true, 0s, 0s, true},
    {"clock skew, the account is closed", clock_skew, none, false, 0s, 0s, false},
    {"refused, which is no matter of the clock", refused_retryable, none, true, 900ms, 1s, false},
    {"not sent", not_sent, none, false, 900ms, 1s, false},
    {"not sent, Retry-After 2 min", not_sent, 2min, false, 30s, 30s, false},
};

struct Look {
    RemoteState remote;
    bool is_anothers = false;
};

using enum RemoteState;
constexpr bool yes = true, no = false;

struct Sight {
    const char* what;
    std::vector<Look> looks;      // the first is asked in the instant in which the stop ended
    bool if_accepted, otherwise;  // whether a stop is wanted
    Duration now = 10s;           // after the stop ended
};

const Sight kSights[] = {
    {"nothing", {}, no, yes},
    {"nothing, for long", {}, no, yes, 24h},
    {"waiting", {{waiting}}, yes, yes},
    {"running", {{running}}, yes, yes},
    {"paused", {{paused}}, yes, yes},
    {"waiting, another's", {{waiting, true}}, no, no},
    {"running, another's", {{running, true}}, no, no},
    {"running, another's, for long", {{running, true}}, no, no, 24h},
    {"paused, another's", {{paused, true}}, no, no},
    {"another's, then ours", {{running, true}, {running}}, yes, yes},
    {"ours, then another's", {{running}, {running, true}}, no, no},
    {"stopping", {{stopping}}, no, no},
    {"stopping, for less than it is believed", {{stopping}}, no, no, 5min - 1ns},
    {"stopping, for as long as it is believed", {{stopping}}, yes, yes, 5min},
    {"stopping, seen long after the stop", {{running}, {stopping}}, yes, yes, 6min},
    {"running, then stopping", {{running}, {stopping}}, no, no},
    {"stopping, then running", {{stopping}, {running}}, yes, yes},
    {"stopping, then ended", {{stopping}, {ended}}, no, no, 6min},
    {"idle", {{idle}}, no, no},
    {"ended", {{ended}}, no, no},
    {"failed", {{failed}}, no, no},
    {"stopped", {{RemoteState::stopped}}, no, no},
    {"ended, for long", {{ended}}, no, no, 24h},
    {"running, then ended", {{running}, {ended}}, no, no},
    {"ended, then running", {{ended}, {running}}, yes, yes},
    {"unknown", {{unknown}}, yes, yes},
    {"running, then unknown", {{running}, {unknown}}, yes, yes},
    {"stopping, then unknown", {{stopping}, {unknown}}, yes, yes},
    {"idle, then unknown", {{idle}, {unknown}}, no, no},
    {"ended, then unknown", {{ended}, {unknown}}, no, no},
    {"failed, then unknown", {{failed}, {unknown}}, no, no},
    {"stopped, then unknown", {{RemoteState::stopped}, {unknown}}, no, no},
    {"ended, then unknown twice", {{ended}, {unknown}, {unknown}}, no, no},
    {"unknown, then ended", {{unknown}, {ended}}, no, no},
    {"ended, then unknown, then running", {{ended}, {unknown}, {running}}, yes, yes},
};

void show(StopPursuit& stop, const std::vector<Look>& looks) {
    BootTime asked = kEnded;
    for (const auto& look : looks) {
        EXPECT_TRUE(stop.see(look.remote, asked));
        stop.see_anothers(look.is_anothers);
        asked += 1s;
    }
}

TEST(StopPursuit, EachAnswerAndSight_SayWhetherAnotherStopIsWanted) {
    for (const auto& answer : kAnswers) {
        for (const auto& sight : kSights) {
            SCOPED_TRACE(std::string{answer.what} + ", then seen: " + sight.what);
            StopPursuit stop = pursuit_after(result_of(answer.outcome, answer.retry_after), answer.retries_at_once);
            show(stop, sight.looks);
            const bool is_wanted = answer.outcome == accepted ? sight.if_accepted : sight.otherwise;
            EXPECT_EQ(stop.wants_stop(kEnded + sight.now), is_wanted);
        }
    }
}

TEST(StopPursuit, EachAnswer_SaysWhenTheNextStopGoes_WhateverIsSeen) {
    for (const auto& answer : kAnswers) {
        for (const auto& sight : kSights) {
            for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
                SCOPED_TRACE(std::string{answer.what} + ", then seen: " + sight.what + ", seed " +
                             std::to_string(seed));
                StopPursuit stop =
                    pursuit_after(result_of(answer.outcome, answer.retry_after), answer.retries_at_once, seed);
                show(stop, sight.looks);
                const auto next = stop.wake(true);
                ASSERT_TRUE(next);
                EXPECT_GE(*next, kAnswered + answer.earliest);
                EXPECT_LE(*next, kAnswered + answer.latest);
                EXPECT_FALSE(stop.is_due(*next - 1ns));
                EXPECT_TRUE(stop.is_due(*next));
            }
        }
    }
}

TEST(StopPursuit, EachAnswer_SaysWhetherTheNextStopIsTheRetryWithACorrectedClock) {
    for (const auto& answer : kAnswers) {
        StopPursuit stop = pursuit_after(result_of(answer.outcome, answer.retry_after), answer.retries_at_once);
        EXPECT_EQ(stop.take_skew_retry(), answer.is_skew_retry) << answer.what;
    }
}

TEST(StopPursuit, TheWait_IsDoubledByEachAnswerUpToItsCap) {
    const struct {
        const char* what;
        Outcome before;
        int count;
        Outcome last;
        Duration wait;  // or up to a tenth less
    } cases[] = {
        {"uncertain", uncertain, 0, uncertain, 1s},
        {"uncertain, the 2nd time", uncertain, 1, uncertain, 2s},
        {"uncertain, the 3rd time", uncertain, 2, uncertain, 4s},
        {"uncertain, the 5th time", uncertain, 4, uncertain, 16s},
        {"uncertain, the 6th time", uncertain, 5, uncertain, 30s},
        {"uncertain, the 1000th time", uncertain, 999, uncertain, 30s},
        {"accepted, the 4th time", accepted, 3, accepted, 8s},
        {"throttled, the 1000th time", throttled, 999, throttled, 30s},
        {"unauthorized, the 1000th time", unauthorized, 999, unauthorized, 30s},
        {"conflict, the 1000th time", conflict, 999, conflict, 30s},
        {"refused for good, the 5th time", refused_final, 4, refused_final, 16s},
        {"refused for good, the 6th time", refused_final, 5, refused_final, 32s},
        {"refused for good, the 9th time", refused_final, 8, refused_final, 256s},
        {"refused for good, the 10th time", refused_final, 9, refused_final, 5min},
        {"refused for good, the 1000th time", refused_final, 999, refused_final, 5min},
        {"uncertain, then refused for good", uncertain, 9, refused_final, 5min},
        {"refused for good, then uncertain", refused_final, 9, uncertain, 30s},
        {"accepted, then uncertain", accepted, 2, uncertain, 4s},
        {"clock skew does not count", clock_skew, 5, uncertain, 1s},
    };
    for (const auto& c : cases) {
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            StopPursuit stop;
            stop.begin(kBegun);
            Random random{seed};
            for (int i = 0; i < c.count; ++i) send_stop(stop, result_of(c.before), random);
            send_stop(stop, result_of(c.last), random);
            const auto next = stop.wake(true);
            ASSERT_TRUE(next) << c.what;
            EXPECT_GE(*next, kAnswered + c.wait - c.wait / 10) << c.what << ", seed " << seed;
            EXPECT_LE(*next, kAnswered + c.wait) << c.what << ", seed " << seed;
        }
    }
}

TEST(StopPursuit, TheWait_IsSpreadOverItsLastTenth) {
    std::vector<BootTime> nexts;
    for (std::uint64_t seed = 1; seed <= 200; ++seed)
        nexts.push_back(pursuit_after(result_of(uncertain), false, seed).wake(true).value());
    const auto [first, last] = std::ranges::minmax(nexts);
    EXPECT_LT(first, kAnswered + 910ms);
    EXPECT_GT(last, kAnswered + 990ms);
}

TEST(StopPursuit, ALongerRetryAfter_ThanTheBackoffAlone_Counts) {
    StopPursuit stop;
    stop.begin(kBegun);
    Random random{1};
    for (int i = 0; i < 5; ++i) send_stop(stop, result_of(uncertain, 5s), random);
    EXPECT_GE(stop.wake(true).value(), kAnswered + 14s) << "the backoff is at 16 s by then";
    send_stop(stop, result_of(throttled, 1min), random);
    EXPECT_EQ(stop.wake(true), kAnswered + 1min);
}

TEST(StopPursuit, ItWakes_WhenTheNextStopMayGoOrStoppingIsNotBelievedAnyMore) {
    const auto nothing = [](StopPursuit&) {};
    const auto see_running = [](StopPursuit& stop) { stop.see(running, kEnded); };
    const auto see_stopping = [](StopPursuit& stop) { stop.see(stopping, kEnded + 1s); };
    const struct {
        const char* what;
        StopPursuit before;
        void (*then)(StopPursuit&);
        bool may_go;
        std::optional<BootTime> wake;
    } cases[] = {
        {"no pursuit yet", {}, nothing, true, none},
        {"no pursuit yet, barred", {}, nothing, false, none},
        {"begun", {}, [](StopPursuit& stop) { stop.begin(kBegun); }, true, kBegun},
        {"begun, barred", {}, [](StopPursuit& stop) { stop.begin(kBegun); }, false, none},
        {"stopping before the first stop, barred",
         {},
         [](StopPursuit& stop) {
             stop.begin(kBegun);
             stop.see(stopping, kBegun);
         },
         false,
         none},
        {"waits", pursuit_after(result_of(throttled, 1min)), nothing, true, kAnswered + 1min},
        {"waits, barred", pursuit_after(result_of(throttled, 1min)), nothing, false, none},
        {"clock skew", pursuit_after(result_of(clock_skew), true), nothing, true, kAnswered},
        {"running, barred", pursuit_after(result_of(throttled, 1min)), see_running, false, none},
        {"ended", pursuit_after(result_of(accepted)), [](StopPursuit& stop) { stop.see(ended, kEnded); }, false, none},
        {"stopping", pursuit_after(result_of(accepted)), see_stopping, false, kEnded + 5min},
        {"stopping, not accepted", pursuit_after(result_of(uncertain)), see_stopping, false, kEnded + 5min},
        {"stopping, not believed any more", pursuit_after(result_of(throttled, 1min)), see_stopping, true,
         kAnswered + 1min},
        {"stopping, and a stop is in flight", pursuit_after(result_of(accepted)),
         [](StopPursuit& stop) {
             stop.see(stopping, kEnded);
             stop.admit("second"_call);
         },
         false, none},
        {"a stop is in flight", pursuit_after(result_of(uncertain)),
         [](StopPursuit& stop) { stop.admit("second"_call); }, true, none},
    };
    for (const auto& c : cases) {
        StopPursuit stop = c.before;
        c.then(stop);
        EXPECT_EQ(stop.wake(c.may_go), c.wake) << c.what;
    }
}

}  // namespace
}  // namespace taktd::test
