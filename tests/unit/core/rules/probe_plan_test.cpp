// SPDX-License-Identifier: Apache-2.0
// When an account whose key was refused is asked again: soon, and never so often that the key is locked.
#include "daemon/core/rules/probe_plan.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace taktd::test {
namespace {

using namespace std::chrono_literals;

const BootTime kClosed{1h};

/// Every refusal of a key that stays bad, the one that closes the account first.
std::vector<BootTime> refusals_of_a_bad_key(std::uint64_t seed, std::size_t probes) {
    Random random{seed};
    ProbePlan plan;
    std::vector<BootTime> refused{kClosed};
    plan.close(kClosed, random);
    plan.note_refusal(kClosed);
    for (std::size_t i = 0; i < probes; ++i) {
        const BootTime now = plan.next();
        plan.probe(now, random);
        plan.note_refusal(now);
        refused.push_back(now);
    }
    return refused;
}

TEST(ProbePlan, BadKey_IsTriedWithinSecondsAndThenEverMoreSlowly) {
    const auto refused = refusals_of_a_bad_key(1, 7);
    const Duration waits[] = {5s, 60s, 150s, 6min, 10min, 10min, 10min};
    for (std::size_t i = 0; i < std::size(waits); ++i) {
        EXPECT_LE(refused[i + 1] - refused[i], waits[i]) << i;
        EXPECT_GE(refused[i + 1] - refused[i], waits[i] * 9 / 10) << i;
    }
}

TEST(ProbePlan, BadKey_IsNeverRefusedFiveTimesInFiveMinutes) {
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto refused = refusals_of_a_bad_key(seed, 12);
        for (std::size_t i = 4; i < refused.size(); ++i) EXPECT_GT(refused[i] - refused[i - 4], 5min) << seed;
    }
}

TEST(ProbePlan, RefusalsThatWereOnTheirWay_LeaveNoFifthToTheProbe) {
    Random random{1};
    ProbePlan plan;
    plan.close(kClosed, random);
    for (int i = 0; i < 4; ++i) plan.note_refusal(kClosed + i * 100ms);
    EXPECT_EQ(plan.next(), kClosed + 5min) << "by then the first is forgotten";
}

TEST(ProbePlan, KeyThatIsLockedAlready_IsTriedWithinSeconds) {
    Random random{1};
    ProbePlan plan;
    plan.close(kClosed, random);
    for (int i = 0; i < 9; ++i) plan.note_refusal(kClosed);
    EXPECT_LE(plan.next(), kClosed + 5s) << "if it was only a hiccup, stops wait for this";
}

TEST(ProbePlan, SecretsThatWereReadAnew_AreTriedAtOnceAndOnce) {
    Random random{1};
    ProbePlan plan;
    plan.close(kClosed, random);
    for (int i = 0; i < 4; ++i) plan.note_refusal(kClosed);
    plan.probe_at_once(kClosed + 1s);
    EXPECT_EQ(plan.next(), kClosed + 1s);
    plan.probe(kClosed + 1s, random);
    EXPECT_GE(plan.next(), kClosed + 55s);
}

TEST(ProbePlan, AccountThatClosesAgainSoon_GoesOnWithItsWaits) {
    Random random{1};
    ProbePlan plan;
    plan.close(kClosed, random);
    const BootTime opened = plan.next();
    plan.probe(opened, random);
    plan.reopen(opened);
    plan.close(opened + 9min, random);
    EXPECT_GE(plan.next() - (opened + 9min), 135s) << "the third wait";
}

TEST(ProbePlan, AccountThatWasOpenForLong_BeginsAnew) {
    Random random{1};
    ProbePlan plan;
    plan.close(kClosed, random);
    const BootTime opened = plan.next();
    plan.probe(opened, random);
    plan.reopen(opened);
    plan.close(opened + 11min, random);
    EXPECT_LE(plan.next() - (opened + 11min), 5s);
}

}  // namespace
}  // namespace taktd::test
