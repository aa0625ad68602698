// The token bucket: R6 over random traffic by an independent count, the stops' token, and what survives a stop.
#include "daemon/core/limiter.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "daemon/core/random.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
constexpr BootTime kStart{1h};

TEST(Limiter, AFullBucketHoldsItsBurstAndKeepsTheLastTokenForStops) {
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

TEST(Limiter, AnEmptyBucketGivesItsFirstTokenAfterOneInterval) {
    Limiter limiter{{100ms, 5}};
    limiter.empty(kStart);
    EXPECT_EQ(limiter.earliest(CallClass::stop, kStart), kStart + 100ms);
    EXPECT_EQ(limiter.earliest(CallClass::start, kStart), kStart + 200ms);
}

TEST(Limiter, ADebtContinuesWhereACleanStopLeftIt) {
    Limiter before{{1s, 2}};
    before.charge(kStart);
    before.charge(kStart);
    Limiter after{{1s, 2}};
    after.owe(before.debt(kStart + 300ms), kStart + 300ms);
    EXPECT_EQ(after.earliest(CallClass::stop, kStart + 300ms), kStart + 1s);
    after.owe(std::chrono::hours{5}, kStart);
    EXPECT_EQ(after.earliest(CallClass::stop, kStart), kStart + 1s) << "never more than an empty bucket";
    after.owe(-std::chrono::hours{5}, kStart);
    EXPECT_TRUE(after.permits(CallClass::start, kStart));
}

// R6, counted over every interval between two charges.
TEST(Limiter, NoIntervalEverHoldsMoreThanBurstPlusRateTimesItsLength) {
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

}  // namespace
}  // namespace taktd
