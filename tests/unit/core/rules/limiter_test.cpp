// SPDX-License-Identifier: Apache-2.0
// The token bucket: R6 over random traffic by an independent count, the stops' token, and what survives a stop.
#include "daemon/core/rules/limiter.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/base/random.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
constexpr BootTime kStart{1h};

TEST(Limiter, FullBucket_HoldsItsBurst_AndKeepsTheLastTokenForStops) {
    Limiter limiter{{1s, 3}};
    EXPECT_TRUE(limiter.permits(CallClass::start, kStart));
    limiter.charge(kStart);
    EXPECT_TRUE(limiter.permits(CallClass::poll, kStart));
    limiter.charge(kStart);
    EXPECT_FALSE(limiter.permits(CallClass::settle, kStart));
    EXPECT_FALSE(limiter.permits(CallClass::start, kStart));
    EXPECT_TRUE(limiter.permits(CallClass::stop, kStart));
    limiter.charge(kStart);
    EXPECT_FALSE(limiter.permits(CallClass::stop, kStart));
    EXPECT_EQ(limiter.earliest(CallClass::stop, kStart), kStart + 1s);
    EXPECT_EQ(limiter.earliest(CallClass::start, kStart), kStart + 2s);
    EXPECT_EQ(limiter.earliest(CallClass::start, kStart, 2), kStart + 4s);
}

TEST(Limiter, EmptyBucket_GivesItsFirstTokenAfterOneInterval) {
    Limiter limiter{{100ms, 5}};
    limiter.empty(kStart);
    EXPECT_EQ(limiter.earliest(CallClass::stop, kStart), kStart + 100ms);
    EXPECT_EQ(limiter.earliest(CallClass::start, kStart), kStart + 200ms);
}

TEST(Limiter, Debt_ContinuesWhereACleanStopLeftIt) {
    Limiter before{{1s, 2}};
    before.charge(kStart);
    before.charge(kStart);
    Limiter after{{1s, 2}};
    after.owe(before.debt(kStart + 300ms), before.limit().interval, kStart + 300ms);
    EXPECT_EQ(after.earliest(CallClass::stop, kStart + 300ms), kStart + 1s);
    after.owe(std::chrono::hours{5}, after.limit().interval, kStart);
    EXPECT_EQ(after.earliest(CallClass::stop, kStart), kStart + 1s) << "never more than an empty bucket";
    after.owe(-std::chrono::hours{5}, after.limit().interval, kStart);
    EXPECT_TRUE(after.permits(CallClass::start, kStart));
}

// R6, counted over every interval between two charges.
TEST(Limiter, AnyInterval_HoldsAtMostBurstPlusRateTimesItsLength) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random{seed};
        const RateLimit limit{Duration{1'000 + static_cast<std::int64_t>(random.next() % 50'000'000)},
                              2 + static_cast<int>(random.next() % 8)};
        Limiter limiter{limit};
        if (random.next() % 2 == 0) limiter.empty(kStart);
        std::vector<BootTime> charged;
        BootTime now = kStart;
        for (int i = 0; i < 300; ++i) {
            now += Duration{
                static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(2 * limit.interval.count()))};
            const auto call_class = static_cast<CallClass>(random.next() % kCallClasses);
            if (random.next() % 50 == 0) limiter.empty(now);  // a crash
            if (!limiter.permits(call_class, now)) continue;
            limiter.charge(now);
            charged.push_back(now);
        }
        for (std::size_t first = 0; first < charged.size(); ++first) {
            for (std::size_t last = first; last < charged.size(); ++last) {
                const auto length = charged[last] - charged[first];
                ASSERT_LE(static_cast<std::int64_t>(last - first + 1), limit.burst + length / limit.interval)
                    << "seed " << seed;
            }
        }
    }
}

TEST(Limiter, ChangedLimit_LacksAsManyTokensAsBefore) {
    const struct {
        RateLimit before, after;
        int charged;
        Duration next_stop;  // from the change to the next permit of a stop
    } cases[] = {
        {{1s, 2}, {3s, 2}, 2, 3s},  // slower: both tokens are still gone
        {{3s, 2}, {1s, 2}, 2, 1s},  // faster
        {{1s, 2}, {1s, 5}, 2, 0s},  // a larger bucket
        {{1s, 5}, {1s, 2}, 5, 4s},  // a smaller one: what was charged stays charged
        {{1s, 2}, {3s, 2}, 1, 0s},  // one token is left
        {{333'333'334ns, 2}, {1s, 2}, 2, 1s},
    };
    for (const auto& c : cases) {
        Limiter limiter{c.before};
        for (int i = 0; i < c.charged; ++i) limiter.charge(kStart);
        limiter.set_limit(c.after, kStart);
        EXPECT_EQ(limiter.earliest(CallClass::stop, kStart) - kStart, c.next_stop)
            << to_text(c.before.interval) << " -> " << to_text(c.after.interval);

        Limiter next_process{c.after};
        Limiter last{c.before};
        for (int i = 0; i < c.charged; ++i) last.charge(kStart);
        next_process.owe(last.debt(kStart), c.before.interval, kStart);
        const Duration empty = c.after.interval;  // a full bucket's worth is the most that is owed
        EXPECT_EQ(next_process.earliest(CallClass::stop, kStart) - kStart, std::min(c.next_stop, empty));
    }
}

}  // namespace
}  // namespace taktd
