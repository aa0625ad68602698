// SPDX-License-Identifier: Apache-2.0
// The texts of instants and durations: they stand in JSON, tables and fingerprints, so they are exact.
#include "daemon/core/base/time.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;

TEST(Time, Rfc3339_HasOnlyTheFractionItNeeds) {
    const struct {
        std::int64_t ns;
        const char* text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1'795'312'800'000'000'000, "2026-11-22T02:00:00Z"},
        {1'500'000'000, "1970-01-01T00:00:01.500Z"},
        {1'000'001'000, "1970-01-01T00:00:01.000001Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {-86'400'000'000'000, "1969-12-31T00:00:00Z"},
        {951'782'400'000'000'000, "2000-02-29T00:00:00Z"},
        {4'102'444'799'000'000'000, "2099-12-31T23:59:59Z"},
    };
    for (const auto& c : cases) EXPECT_EQ(to_rfc3339(wall_from_ns(c.ns)), c.text);
}

TEST(Time, Durations_AreExactAndUseTheUnitsOfTheConfig) {
    const struct {
        Duration value;
        const char* text;
    } cases[] = {
        {0s, "0s"},        {500ms, "500ms"}, {90s, "1m30s"},       {2h, "2h"},       {24h, "1d"},         {25h, "1d1h"},
        {14 * 24h, "14d"}, {1ns, "1ns"},     {1500us, "1ms500us"}, {-90s, "-1m30s"}, {1h + 1ms, "1h1ms"},
    };
    for (const auto& c : cases) EXPECT_EQ(to_text(c.value), c.text);
}

TEST(Time, Nanoseconds_ComeBackUnchanged) {
    EXPECT_EQ(to_ns(wall_from_ns(-7)), -7);
    EXPECT_EQ(to_ns(boot_from_ns(123)), 123);
}

}  // namespace
}  // namespace taktd
