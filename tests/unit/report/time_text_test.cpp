// SPDX-License-Identifier: Apache-2.0
// Times as operators write and read them, one line per case.
#include "daemon/report/time_text.hpp"

#include <gtest/gtest.h>

#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd::report {
namespace {

using test::utc;

TEST(ParseInstant, Grammar_IsUnderstood) {
    const WallTime now = utc("2026-11-21T10:30:15Z") + std::chrono::milliseconds{250};
    const ZonePtr zone = load_zone("Asia/Shanghai");
    const struct {
        const char *text, *expected;
    } cases[] = {
        {"now", "2026-11-21T10:30:15.250Z"},
        {" now ", "2026-11-21T10:30:15.250Z"},
        {"+2h", "2026-11-21T12:30:15.250Z"},
        {"-2h", "2026-11-21T08:30:15.250Z"},
        {"-1d12h", "2026-11-19T22:30:15.250Z"},
        {"today", "2026-11-20T16:00:00Z"},
        {"2026-12-01 02:00", "2026-11-30T18:00:00Z"},
        {"2026-12-01", "2026-11-30T16:00:00Z"},
        {"2026-12-01T02:00:30.5", "2026-11-30T18:00:30.500Z"},
        {"2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z"},
        {"2026-12-01 02:00:00+01:00", "2026-12-01T01:00:00Z"},
    };
    for (const auto& c : cases) {
        const auto parsed = parse_instant(c.text, now, *zone);
        ASSERT_TRUE(parsed) << c.text << ": " << parsed.error();
        EXPECT_EQ(to_rfc3339(*parsed), c.expected) << c.text;
    }
}

TEST(ParseInstant, BadText_IsToldWhatToWriteInstead) {
    const ZonePtr berlin = load_zone("Europe/Berlin");
    const struct {
        const char *text, *says;
    } cases[] = {
        {"", "write now"},
        {"yesterday", "write now"},
        {"+2", "500ms"},
        {"+-2h", "500ms"},
        {"-99999d", "ten years"},
        {"2026-13-01", "no such date"},
        {"2026-02-30 10:00", "no such date"},
        {"2026-12-01 25:00", "2026-12-05 03:00"},
        {"2026-03-29 02:30", "skip this time"},
        {"2026-10-25 02:30", "twice"},
    };
    for (const auto& c : cases) {
        const auto parsed = parse_instant(c.text, utc("2026-11-21T10:30:15Z"), *berlin);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_NE(parsed.error().find(c.says), std::string::npos) << c.text << ": " << parsed.error();
    }
}

TEST(LocalText, Text_ShowsTheOffsetAndIsUnderstoodAgain) {
    const struct {
        const char *instant, *zone, *expected;
    } cases[] = {
        {"2026-11-22T02:00:00Z", "Asia/Shanghai", "Sun 2026-11-22 10:00:00+08:00"},
        {"2026-07-01T02:00:00Z", "America/St_Johns", "Tue 2026-06-30 23:30:00-02:30"},
        {"2026-07-01T02:00:00Z", "UTC", "Wed 2026-07-01 02:00:00+00:00"},
    };
    for (const auto& c : cases) {
        const ZonePtr zone = load_zone(c.zone);
        EXPECT_EQ(local_text_with_day(utc(c.instant), *zone), c.expected);
        const auto again = parse_instant(local_text(utc(c.instant), *zone), utc(c.instant), *Zone::utc());
        ASSERT_TRUE(again);
        EXPECT_EQ(to_rfc3339(*again), c.instant);
    }
}

TEST(RoughText, Text_IsAsExactAsAReaderNeeds) {
    using namespace std::chrono_literals;
    EXPECT_EQ(rough_text(1234us), "1.2ms");
    EXPECT_EQ(rough_text(123456us), "123ms");
    EXPECT_EQ(rough_text(1733ms), "1.7s");
    EXPECT_EQ(rough_text(65432ms), "1m5s");
    EXPECT_EQ(rough_text(-1733ms), "-1.7s");
}

}  // namespace
}  // namespace taktd::report
