// SPDX-License-Identifier: Apache-2.0
// Cron, one line per case: what is refused and where, what fires when, the DST rule on days whose answers are known
// from the zones' laws, and the sentences. The random cases are in schedule_property_test.cpp.
#include "daemon/core/calendar/cron.hpp"

#include <gtest/gtest.h>

#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using test::utc;

Cron parsed(const std::string& expression) {
    auto cron = Cron::parse(expression);
    if (!cron) {
        ADD_FAILURE() << expression << ": " << cron.error().message;
        return *Cron::parse("0 0 * * *");
    }
    return *cron;
}

/// The next instants, separated by blanks, "never" where there is none.
std::string nexts(const std::string& expression, const std::string& zone, const std::string& after, std::size_t count) {
    const auto cron = parsed(expression);
    const auto table = load_zone(zone);
    if (!table) return "no such zone";
    std::string text;
    auto t = utc(after);
    for (std::size_t i = 0; i < count; ++i) {
        const auto next = cron.next(t, *table);
        text += (i > 0 ? " " : "") + (next ? to_rfc3339(*next) : std::string{"never"});
        if (!next) break;
        t = *next;
    }
    return text;
}

struct NextCase {
    const char *expression, *zone, *after;
    std::vector<std::string> expected;
};

void expect_nexts(const std::vector<NextCase>& cases) {
    for (const auto& c : cases) {
        std::string expected;
        for (const auto& instant : c.expected) expected += (expected.empty() ? "" : " ") + instant;
        EXPECT_EQ(nexts(c.expression, c.zone, c.after, c.expected.size()), expected)
            << c.expression << " in " << c.zone << " after " << c.after;
    }
}

TEST(CronNext, Fields_InAnyNotation_MeanTheirInstants) {
    const char* kFrom = "2026-11-21T10:00:00Z";  // a Saturday
    expect_nexts({
        {"0 2 * * *", "UTC", kFrom, {"2026-11-22T02:00:00Z", "2026-11-23T02:00:00Z"}},
        {"  0\t2  * * *\t", "UTC", kFrom, {"2026-11-22T02:00:00Z"}},
        {"00 02 * * *", "UTC", kFrom, {"2026-11-22T02:00:00Z"}},
        {"* * * * *", "UTC", kFrom, {"2026-11-21T10:01:00Z", "2026-11-21T10:02:00Z"}},
        {"* * * * *", "UTC", "2026-11-21T10:00:59Z", {"2026-11-21T10:01:00Z"}},
        {"0 10 * * *", "UTC", kFrom, {"2026-11-22T10:00:00Z"}},  // strictly after
        {"0 10 * * *", "UTC", "2026-11-21T09:59:59Z", {"2026-11-21T10:00:00Z"}},
        {"*/20 * * * *", "UTC", kFrom, {"2026-11-21T10:20:00Z", "2026-11-21T10:40:00Z", "2026-11-21T11:00:00Z"}},
        {"5-59/15 9 * * *",
         "UTC",
         kFrom,
         {"2026-11-22T09:05:00Z", "2026-11-22T09:20:00Z", "2026-11-22T09:35:00Z", "2026-11-22T09:50:00Z",
          "2026-11-23T09:05:00Z"}},
        {"59 23 31 12 *", "UTC", kFrom, {"2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"}},
        {"10,20-22,50 8 * * *",
         "UTC",
         kFrom,
         {"2026-11-22T08:10:00Z", "2026-11-22T08:20:00Z", "2026-11-22T08:21:00Z", "2026-11-22T08:22:00Z",
          "2026-11-22T08:50:00Z"}},
        {"30 8 * jan Mon", "UTC", kFrom, {"2027-01-04T08:30:00Z", "2027-01-11T08:30:00Z"}},
        {"0 0 1 JAN-mar,dEc *",
         "UTC",
         kFrom,
         {"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z",
          "2027-12-01T00:00:00Z"}},
        {"0 0 * * 0", "UTC", kFrom, {"2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 * * 7", "UTC", kFrom, {"2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 * * 5-7",
         "UTC",
         kFrom,
         {"2026-11-22T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 * * sat-sun", "UTC", kFrom, {"2026-11-22T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 * * SUN-TUE",
         "UTC",
         kFrom,
         {"2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 * * SUN-SUN", "UTC", kFrom, {"2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {"0 0 31 * *",
         "UTC",
         kFrom,
         {"2026-12-31T00:00:00Z", "2027-01-31T00:00:00Z", "2027-03-31T00:00:00Z", "2027-05-31T00:00:00Z"}},
        {"0 0 29 2 *", "UTC", kFrom, {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
        {"0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00Z"}},  // 2100 is no leap year
        {"30 15 10 * * *", "UTC", kFrom, {"2026-11-21T10:15:30Z", "2026-11-22T10:15:30Z"}},
        {"*/30 * * * * *", "UTC", kFrom, {"2026-11-21T10:00:30Z", "2026-11-21T10:01:00Z"}},
        {"0 15 10 * * * 2028", "UTC", kFrom, {"2028-01-01T10:15:00Z", "2028-01-02T10:15:00Z"}},
        {"0 0 0 1 1 * 1970-2199/2", "UTC", kFrom, {"2028-01-01T00:00:00Z", "2030-01-01T00:00:00Z"}},
        {"0 0 0 1 1 * *", "UTC", kFrom, {"2027-01-01T00:00:00Z"}},
        {"0 0 0 1 1 * 2027,2030", "UTC", kFrom, {"2027-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "never"}},
        {"0 0 1 1 *", "UTC", "1950-06-01T00:00:00Z", {"1951-01-01T00:00:00Z"}},
        {"0 0 0 1 1 * 1970", "UTC", "1950-06-01T00:00:00Z", {"1970-01-01T00:00:00Z", "never"}},
    });
}

TEST(CronNext, DaysOfMonthAndWeek_AreAlternatives_UnlessAPlusJoinsThem) {
    const char* kFrom = "2025-09-01T00:00:00Z";  // a Monday
    expect_nexts({
        {"0 12 1 * MON",
         "UTC",
         kFrom,
         {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z", "2025-09-15T12:00:00Z", "2025-09-22T12:00:00Z",
          "2025-09-29T12:00:00Z", "2025-10-01T12:00:00Z"}},
        {"0 12 1 * +MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-12-01T12:00:00Z", "2026-06-01T12:00:00Z"}},
        {"0 12 * * MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z"}},
        {"0 12 ? * MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z"}},
        {"0 12 3 * ?", "UTC", kFrom, {"2025-09-03T12:00:00Z", "2025-10-03T12:00:00Z"}},
        {"0 12 * * +MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z"}},
        {"0 12 *,1 * MON",
         "UTC",
         kFrom,
         {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z"}},  // begins with *: unrestricted
        {"0 12 1-31 * MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-09-02T12:00:00Z"}},  // restricted all the same
        {"0 12 */10 * MON", "UTC", kFrom, {"2025-09-01T12:00:00Z", "2025-09-08T12:00:00Z", "2025-09-11T12:00:00Z"}},
        {"0 0 L * *", "UTC", kFrom, {"2025-09-30T00:00:00Z", "2025-10-31T00:00:00Z", "2025-11-30T00:00:00Z"}},
        {"0 0 L 2 *", "UTC", kFrom, {"2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"}},
        {"0 0 1,L * *", "UTC", kFrom, {"2025-09-30T00:00:00Z", "2025-10-01T00:00:00Z", "2025-10-31T00:00:00Z"}},
        {"0 0 L-3 * *", "UTC", kFrom, {"2025-09-27T00:00:00Z", "2025-10-28T00:00:00Z"}},
        {"0 0 L-30 * *", "UTC", kFrom, {"2025-10-01T00:00:00Z", "2025-12-01T00:00:00Z"}},
        {"0 0 LW * *", "UTC", kFrom, {"2025-09-30T00:00:00Z", "2025-10-31T00:00:00Z", "2025-11-28T00:00:00Z"}},
        {"0 12 15W * *",
         "UTC",
         "2025-06-01T00:00:00Z",
         {"2025-06-16T12:00:00Z", "2025-07-15T12:00:00Z", "2025-08-15T12:00:00Z"}},
        {"0 12 15w * *", "UTC", "2025-11-01T00:00:00Z", {"2025-11-14T12:00:00Z"}},  // the 15th is a Saturday
        {"0 12 1W * *", "UTC", "2025-02-01T00:00:00Z", {"2025-02-03T12:00:00Z"}},   // never the month before
        {"0 0 31W * *",
         "UTC",
         "2025-04-01T00:00:00Z",
         {"2025-05-30T00:00:00Z", "2025-07-31T00:00:00Z", "2025-08-29T00:00:00Z"}},
        {"0 0 * * 5L", "UTC", kFrom, {"2025-09-26T00:00:00Z", "2025-10-31T00:00:00Z"}},
        {"0 0 * * FRIL", "UTC", kFrom, {"2025-09-26T00:00:00Z", "2025-10-31T00:00:00Z"}},
        {"0 0 * * fri#L", "UTC", kFrom, {"2025-09-26T00:00:00Z", "2025-10-31T00:00:00Z"}},
        {"0 0 * * 7#L", "UTC", kFrom, {"2025-09-28T00:00:00Z", "2025-10-26T00:00:00Z"}},
        {"0 0 * * TUE#3", "UTC", "2025-06-01T00:00:00Z", {"2025-06-17T00:00:00Z", "2025-07-15T00:00:00Z"}},
        {"0 0 * * 2#3", "UTC", "2025-06-01T00:00:00Z", {"2025-06-17T00:00:00Z", "2025-07-15T00:00:00Z"}},
        {"0 0 * * MON#1,WED,FRI#2",
         "UTC",
         "2025-09-30T00:00:00Z",
         {"2025-10-01T00:00:00Z", "2025-10-06T00:00:00Z", "2025-10-08T00:00:00Z", "2025-10-10T00:00:00Z",
          "2025-10-15T00:00:00Z"}},
        {"0 0 * * SUN#5", "UTC", kFrom, {"2025-11-30T00:00:00Z", "2026-03-29T00:00:00Z"}},
        {"0 0 13 * +FRI", "UTC", kFrom, {"2026-02-13T00:00:00Z", "2026-03-13T00:00:00Z", "2026-11-13T00:00:00Z"}},
        {"0 0 L * +FRI#L", "UTC", kFrom, {"2025-10-31T00:00:00Z", "2026-07-31T00:00:00Z"}},
    });
}

TEST(CronNext, Nicknames_MeanTheirInstants) {
    const char* kFrom = "2026-11-21T10:30:00Z";
    expect_nexts({
        {"@yearly", "UTC", kFrom, {"2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"}},
        {"@annually", "UTC", kFrom, {"2027-01-01T00:00:00Z"}},
        {"@monthly", "UTC", kFrom, {"2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"}},
        {"@weekly", "UTC", kFrom, {"2026-11-22T00:00:00Z", "2026-11-29T00:00:00Z"}},
        {" @daily ", "UTC", kFrom, {"2026-11-22T00:00:00Z"}},
        {"@midnight", "Asia/Shanghai", kFrom, {"2026-11-21T16:00:00Z"}},
        {"@hourly", "UTC", kFrom, {"2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"}},
        {"@hourly", "Asia/Kathmandu", kFrom, {"2026-11-21T11:15:00Z"}},
    });
}

TEST(CronNext, DatesThatDoNotExist_AreNeverDue) {
    const char* kFrom = "2026-01-01T00:00:00Z";
    expect_nexts({
        {"0 0 30 2 *", "UTC", kFrom, {"never"}},
        {"0 0 30 2 *", "Europe/Berlin", kFrom, {"never"}},
        {"* * 31 2,4,6,9,11 *", "America/New_York", kFrom, {"never"}},
        {"0 0 31W 4 *", "UTC", kFrom, {"never"}},
        {"0 0 L-29 2 *", "UTC", kFrom, {"never"}},
        {"0 0 29 * +MON#1", "UTC", kFrom, {"never"}},
        {"0 0 0 * * * 2025", "UTC", kFrom, {"never"}},
        {"0 0 0 29 2 * 2027,2029", "UTC", kFrom, {"never"}},
        {"0 0 * * *", "UTC", "2199-12-30T12:00:00Z", {"2199-12-31T00:00:00Z", "never"}},
        {"* * * * *", "Europe/Berlin", "2250-01-01T00:00:00Z", {"never"}},
    });
    EXPECT_EQ(parsed("* * * * *").next(WallTime::max(), *Zone::utc()), std::nullopt);
    EXPECT_TRUE(parsed("* * * * *").next(WallTime::min(), *Zone::utc()));
}

TEST(CronNext, FractionsOfASecond_AreNotLost) {
    using namespace std::chrono_literals;
    const auto at = utc("2026-01-01T02:00:00Z");
    for (const char* expression : {"0 2 * * *", "0 */2 * * *"}) {
        EXPECT_EQ(parsed(expression).next(at - 1ns, *Zone::utc()), at);
        EXPECT_NE(parsed(expression).next(at, *Zone::utc()), at);
        EXPECT_NE(parsed(expression).next(at + 1ns, *Zone::utc()), at);
    }
}

// A fixed time that the spring gap swallows fires once at the gap's end.
TEST(CronDst, FixedTime_InAGap_FiresOnceAtItsEnd) {
    expect_nexts({
        {"30 2 * * *",
         "Europe/Berlin",
         "2026-03-28T00:00:00Z",
         {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
        {"0 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
        {"59 59 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:59:59Z"}},
        {"0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T01:00:00Z"}},
        {"0 1 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"}},
        // several in one gap, and one at its end, are one instant
        {"0,15,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
        {"0-59 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
        {"30 1-4 * * *",
         "Europe/Berlin",
         "2026-03-28T12:00:00Z",
         {"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z"}},
        {"0 0-23 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"}},
        {"30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", {"2026-03-30T00:30:00Z"}},  // asked at the gap's end
        {"30 2 29 3 *", "Europe/Berlin", "2026-03-01T00:00:00Z", {"2026-03-29T01:00:00Z", "2027-03-29T00:30:00Z"}},
        {"30 2 * * SUN", "America/New_York", "2026-03-07T00:00:00Z", {"2026-03-08T07:00:00Z", "2026-03-15T06:30:00Z"}},
        {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
        {"45 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", {"2026-10-03T15:45:00Z", "2026-10-04T15:45:00Z"}},
        {"30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00Z", {"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
        {"0 0 * * *",
         "Asia/Beirut",
         "2026-03-28T12:00:00Z",
         {"2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"}},  // no midnight
        {"@daily", "America/Havana", "2026-03-07T12:00:00Z", {"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"}},
        {"0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", {"2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"}},
        {"0 12 * * *",
         "Pacific/Apia",
         "2011-12-29T12:00:00Z",
         {"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
        {"0 2 * * *", "America/Nuuk", "2024-03-30T12:00:00Z", {"2024-03-31T03:00:00Z"}},
        {"30 23 * * *", "America/Nuuk", "2024-03-30T12:00:00Z", {"2024-03-31T01:00:00Z", "2024-04-01T00:30:00Z"}},
        {"30 2 * * *", "Europe/Berlin", "2100-03-27T12:00:00Z", {"2100-03-28T01:00:00Z"}},  // beyond the zone's file
    });
}

// A fixed time that occurs twice fires at the first.
TEST(CronDst, FixedTime_InAFold_FiresAtTheFirst) {
    expect_nexts({
        {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
        {"30 2 * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", {"2026-10-26T01:30:00Z"}},
        {"30 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", {"2026-10-26T01:30:00Z"}},  // asked in the second pass
        {"0-59 2 * * *", "Europe/Berlin", "2026-10-25T00:58:00Z", {"2026-10-25T00:59:00Z", "2026-10-26T01:00:00Z"}},
        {"0 2,3 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", {"2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"}},
        {"0 0-23 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", {"2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"}},
        {"0 3 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", {"2026-10-25T02:00:00Z"}},
        {"30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
        {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
        {"15 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00Z", {"2026-04-04T14:15:00Z", "2026-04-05T14:45:00Z"}},
        {"30 1 * * *", "Europe/Dublin", "2026-10-24T12:00:00Z", {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
        {"0 0 * * *", "America/Havana", "2024-11-02T12:00:00Z", {"2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z"}},
    });
}

// Any other pattern follows elapsed time.
TEST(CronDst, WildcardOrStep_InAGapOrFold_FollowsElapsedTime) {
    expect_nexts({
        {"*/30 * * * *",
         "Europe/Berlin",
         "2026-03-29T00:00:00Z",
         {"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"}},
        {"*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-30T00:00:00Z", "2026-03-30T00:30:00Z"}},
        {"30 */2 * * *", "Europe/Berlin", "2026-03-28T23:00:00Z", {"2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"}},
        {"30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", {"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"}},
        {"0-30/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-30T00:00:00Z"}},
        {"* 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", {"2026-03-30T00:30:00Z"}},
        {"*/30 * * * *",
         "Europe/Berlin",
         "2026-10-25T00:00:00Z",
         {"2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"}},
        {"*/30 2 * * *",
         "Europe/Berlin",
         "2026-10-24T12:00:00Z",
         {"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
          "2026-10-26T01:00:00Z"}},
        {"30 * * * *",
         "Europe/Berlin",
         "2026-10-25T00:00:00Z",
         {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},
        {"30 */2 * * *",
         "Europe/Berlin",
         "2026-10-24T23:00:00Z",
         {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T03:30:00Z"}},
        {"*/15 * * * *",
         "Australia/Lord_Howe",
         "2026-10-03T15:15:00Z",
         {"2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"}},
        {"45 * * * *",
         "Australia/Lord_Howe",
         "2026-04-04T14:00:00Z",
         {"2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z", "2026-04-04T16:15:00Z"}},
        {"15 * * * *", "Australia/Lord_Howe", "2026-10-03T14:00:00Z", {"2026-10-03T14:45:00Z", "2026-10-03T16:15:00Z"}},
        {"0 */6 * * *", "Pacific/Apia", "2011-12-30T04:00:00Z", {"2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z"}},
        {"0 */6 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", {"2012-12-29T10:00:00Z"}},  // that day did not exist
    });
}

TEST(CronDst, OldOffsets_WithSeconds_AreKept) {
    expect_nexts({
        {"0 12 * * *", "Europe/Amsterdam", "1930-01-01T00:00:00Z", {"1930-01-01T11:40:28Z"}},
        {"0 * * * *", "Europe/Amsterdam", "1930-01-01T00:00:00Z", {"1930-01-01T00:40:28Z", "1930-01-01T01:40:28Z"}},
    });
}

TEST(CronFixedTime, FixedTime_IsDecidedByTheThreeTimeFields) {
    const struct {
        const char* expression;
        bool fixed;
    } cases[] = {
        {"0 2 * * *", true},       {"0,30 2-4 * * *", true}, {"0 2 */2 * MON", true}, {"5 0 2 * * *", true},
        {"0 0 2 * * * *", true},   {"* 2 * * *", false},     {"0 * * * *", false},    {"*/5 2 * * *", false},
        {"0-30/5 2 * * *", false}, {"0 2-8/2 * * *", false}, {"* 0 2 * * *", false},  {"5,* 2 * * *", false},
        {"@daily", true},          {"@hourly", false},
    };
    for (const auto& c : cases) EXPECT_EQ(parsed(c.expression).is_fixed_time(), c.fixed) << c.expression;
}

TEST(CronWarnings, Warnings_NameBothDaysAndEverySecond) {
    EXPECT_TRUE(parsed("0 0 1 * MON").restricts_both_days());
    EXPECT_FALSE(parsed("0 0 1 * +MON").restricts_both_days());  // said on purpose
    EXPECT_FALSE(parsed("0 0 1 * *").restricts_both_days());
    EXPECT_FALSE(parsed("0 0 ? * MON").restricts_both_days());
    EXPECT_TRUE(parsed("* 0 2 * * *").fires_every_second());
    EXPECT_FALSE(parsed("0 0 2 * * *").fires_every_second());
    EXPECT_FALSE(parsed("* * * * *").fires_every_second());
}

TEST(CronParse, Errors_NameTheirColumnAndWhatToWrite) {
    const struct {
        const char* expression;
        std::size_t column;
        const char* message;
    } cases[] = {
        {"", 0, "the cron expression is empty; write 5 fields: minute hour day-of-month month day-of-week"},
        {"   ", 0, "the cron expression is empty; write 5 fields: minute hour day-of-month month day-of-week"},
        {"0 2 * *", 7,
         "found 4 fields; write 5 fields: minute hour day-of-month month day-of-week (6 with seconds first, 7 with the "
         "year last)"},
        {"0 0 2 * * * 2026 x", 17,
         "found 8 fields; write 5 fields: minute hour day-of-month month day-of-week (6 with seconds first, 7 with the "
         "year last)"},
        {"60 0 * * *", 0, "minute 60 is out of range 0-59"},
        {"0 25 * * *", 2, "hour 25 is out of range 0-23"},
        {" 0  25 * * *", 4, "hour 25 is out of range 0-23"},
        {"60 0 0 * * *", 0, "second 60 is out of range 0-59"},
        {"0 0 0 * *", 4, "day-of-month 0 is out of range 1-31"},
        {"0 0 1,32 * *", 6, "day-of-month 32 is out of range 1-31"},
        {"0 0 * 13 *", 6, "month 13 is out of range 1-12"},
        {"0 0 * * 8", 8, "day-of-week 8 is out of range 0-7"},
        {"*,*,61 0 * * *", 4, "minute 61 is out of range 0-59"},
        {"99999999999999999999 0 * * *", 0, "minute 99999999999999999999 is out of range 0-59"},
        {"0 0 0 1 1 * 1969", 12, "year 1969 is out of range 1970-2199"},
        {"0 15 10 * * 2026", 12, "day-of-week 2026 is out of range 0-7; a year needs all 7 fields, with seconds first"},
        {"0 0 10-5 * *", 4, "the range 10-5 runs backwards; write 10-31,1-5"},
        {"0 22-6 * * *", 2, "the range 22-6 runs backwards; write 22-23,0-6"},
        {"0 0 * * FRI-MON", 8, "the range FRI-MON runs backwards; write 5-6,0-1"},
        {"0 0 * * 5-0", 8, "the range 5-0 runs backwards; write 5-7"},
        {"0 0 * NOV-FEB *", 6, "the range NOV-FEB runs backwards; write 11-12,1-2"},
        {"*/0 * * * *", 2, "step 0 never moves on; write a step of 1 or more"},
        {"*/ * * * *", 2, "a step of the minute field is a whole number, as in */5"},
        {"*/5x * * * *", 3, "a step of the minute field is a whole number, as in */5"},
        {"*/5/2 * * * *", 3, "a step of the minute field is a whole number, as in */5"},
        {"0 22-6/2 * * *", 2, "the range 22-6/2 runs backwards; write 0,2,4,6,22"},
        {"0 23-0 * * *", 2, "the range 23-0 runs backwards; write 23,0"},
        {"0 0 * * 7-2", 8, "the range 7-2 runs backwards; write 0-2"},
        {"0 0 * * 7-0", 8, "the range 7-0 runs backwards; write 0"},
        {"0 0 * * FRI-MON/2", 8, "the range FRI-MON/2 runs backwards; write 0,5"},
        {"0 0 0 1 1 * 2030-2026/2", 12, "the range 2030-2026/2 runs backwards; write 2026-2030/2"},
        {"0 22-6x * * *", 6, "unexpected 'x' after '22-6'; separate values by ','"},
        {"*/90 * * * *", 0, "a step of 90 is longer than the minute field, so */90 means 0 alone"},
        {"*/60 * * * *", 0, "a step of 60 is longer than the minute field, so */60 means 0 alone; write 0"},
        {"0 */36 * * *", 2, "a step of 36 is longer than the hour field, so */36 means 0 alone"},
        {"*/90 9-17 * * *", 0,
         "a step of 90 is longer than the minute field, so */90 means 0 alone; write one start rule for each time that "
         "is meant"},
        {"0/0 * * * *", 0, "step 0 never moves on; write 0"},
        {"0/60 * * * *", 0, "a step of 60 is longer than the minute field, so 0/60 means 0 alone; write 0"},
        {"30/40 * * * *", 0, "a step needs '*' or a range before it, and this one leads to no second value; write 30"},
        {"5/15 * * * *", 0, "a step needs '*' or a range before it; write 5-59/15 instead of 5/15"},
        {"0 0 * * 1/2", 8, "a step needs '*' or a range before it; write 1-6/2 instead of 1/2"},
        {"/10 * * * *", 0, "a step needs '*' or a range before it, as in */10"},
        {"0 0 * * MONDAY", 8, "'MONDAY' is no day-of-week; write 0-7 or SUN-SAT"},
        {"0 0 * FOO *", 6, "'FOO' is no month; write 1-12 or JAN-DEC"},
        {"0 0 FRI * *", 4, "'FRI' is no day-of-month; write 1-31"},
        {"a 0 * * *", 0, "'a' is no minute; write 0-59"},
        {"1,,2 0 * * *", 2, "an item of the list is missing here; take the comma away or write 0-59"},
        {"1, 0 * * *", 2, "an item of the list is missing here; take the comma away or write 0-59"},
        {"1- 0 * * *", 2, "minute is missing here; write 0-59"},
        {"-5 0 * * *", 0, "unexpected '-' in the minute field; write 0-59"},
        {"1-5-9 0 * * *", 3, "unexpected '-' after '1-5'; separate values by ','"},
        {"1.5 0 * * *", 1, "unexpected '.' after '1'; separate values by ','"},
        {"** 0 * * *", 1, "unexpected '*' after '*'; separate values by ','"},
        {"1-* 0 * * *", 2, "'*' cannot be part of a range; write 0-59"},
        {"? 12 * * *", 0, "'?' is only for day-of-month and day-of-week, and is alone there; write 0-59"},
        {"0 12 1 ? *", 7,
         "'?' is only for day-of-month and day-of-week, and is alone there; write 1-12 or JAN-DEC or '*'"},
        {"0 12 ?,1 * *", 5, "'?' is only for day-of-month and day-of-week, and is alone there; write 1-31"},
        {"0 12 +1 * *", 5, "'+' may only be the first character of the day-of-week field, as in +MON"},
        {"0 12 1 * MON,+TUE", 13, "'+' may only be the first character of the day-of-week field, as in +MON"},
        {"0 12 1 * +", 10, "day-of-week is missing here; write 0-7 or SUN-SAT"},
        {"0 12 1-15W * *", 9, "'W' applies to a single day, as in 15W, not to a range"},
        {"0 12 1,15W * *", 7, "'W' applies to a single day and cannot be in a list; write one start rule for each"},
        {"0 12 LW,1 * *", 5, "'W' applies to a single day and cannot be in a list; write one start rule for each"},
        {"0 12 32W * *", 5, "day-of-month 32 is out of range 1-31"},
        {"0 12 15L * *", 7, "'L' is alone in day-of-month; write L, or L-3 for the third day before the last"},
        {"0 12 LX * *", 6, "write L, L-3 or LW"},
        {"0 12 L-0 * *", 7, "day before the last 0 is out of range 1-30"},
        {"0 12 L-31 * *", 7, "day before the last 31 is out of range 1-30"},
        {"0 12 L-3W * *", 8, "unexpected 'W' after L-3"},
        {"0 12 5#2 * *", 6, "'#' is only for day-of-week, as in FRI#2"},
        {"5L 12 * * *", 1, "'L' has no meaning here in the minute field"},
        {"0 0 * * L", 8, "which weekday? write 5L or FRI#L for the last Friday of the month"},
        {"0 0 * * 5W", 9, "'W' has no meaning here in the day-of-week field"},
        {"0 0 * * 5#6", 10, "occurrence after '#' 6 is out of range 1-5"},
        {"0 0 * * 5#0", 10, "occurrence after '#' 0 is out of range 1-5"},
        {"0 0 * * 5#", 10, "occurrence after '#' is missing here; write 1-5"},
        {"0 0 * * 5#2x", 11, "unexpected 'x' after '#2'"},
        {"0 0 * * MON-FRI#2", 15, "'#' applies to a single weekday, as in MON#2; write a list for several"},
        {"0 3 * * 6 #1", 10, "'#' needs a weekday before it, as in FRI#2; a comment is not part of a cron expression"},
        {"0 3 * * 6\n", 9,
         "the text has a line break, as a YAML block ('|' or '>') makes it; write it in quotes, on one line"},
        {"0 3 * * \xc3\xa9", 8, "unexpected byte 0xc3 in the day-of-week field; write 0-7 or SUN-SAT"},
        {"@Daily", 0, "'@Daily' must be written in lower case: @daily"},
        {"@dayly", 0,
         "unknown nickname '@dayly'; write @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly"},
        {" @daily 0 0", 8, "nothing may follow @daily"},
        {"@\x1b[31m", 0,
         "unknown nickname '@?[31m'; write @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly"},
        {"5/\xff * * * *", 2, "a step of the minute field is a whole number, as in */5"},
        {"@reboot", 0,
         "@reboot is not supported: a schedule never depends on when taktd starts; write a cron expression"},
    };
    for (const auto& c : cases) {
        const auto cron = Cron::parse(c.expression);
        ASSERT_FALSE(cron) << c.expression;
        EXPECT_EQ(cron.error().message, c.message) << c.expression;
        EXPECT_EQ(cron.error().column, c.column) << c.expression;
    }
}

TEST(CronDescribe, Description_SaysWhatItMeans) {
    const struct {
        const char *expression, *sentence;
    } cases[] = {
        {"0 2 * * *", "At 02:00 every day."},
        {"0 2,14 * * *", "At 02:00 and 14:00 every day."},
        {"30 0 2 * * *", "At 02:00:30 every day."},
        {"* * * * *", "Every minute."},
        {"* * * * * *", "Every second."},
        {"*/5 * * * *", "Every 5 minutes."},
        {"*/10 * * * * *", "Every 10 seconds."},
        {"30 * * * * *", "At second 30 of every minute."},
        {"*/10 */5 3 * * *", "Every 10 seconds of every 5 minutes of hour 3."},
        {"30 * * * *", "At minute 30 of every hour."},
        {"@hourly", "Every hour, on the hour."},
        {"0 */2 * * *", "Every 2 hours, on the hour."},
        {"0 9-17 * * MON-FRI", "On the hour in hours 9 to 17 on Monday to Friday."},
        {"*/5 9-17 * * MON-FRI", "Every 5 minutes of hours 9 to 17 on Monday to Friday."},
        {"*/7 * * * *", "At minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour."},
        {"0 0 * * SAT,SUN", "At 00:00 on Saturday and Sunday."},
        {"0 0 1 * *", "At 00:00 on day 1 of the month."},
        {"0 0 1,15 JAN-MAR *", "At 00:00 on days 1 and 15 of the month in January to March."},
        {"0 12 1 * MON", "At 12:00 on day 1 of the month, and also on Monday."},
        {"0 12 1 * +MON", "At 12:00 on day 1 of the month, but only if that is Monday."},
        {"0 0 L * *", "At 00:00 on the last day of the month."},
        {"0 0 L-3 * *", "At 00:00 on the 3rd day before the last of the month."},
        {"0 0 15W * *", "At 00:00 on the weekday (Monday to Friday) nearest the 15th."},
        {"0 0 LW * *", "At 00:00 on the last weekday (Monday to Friday) of the month."},
        {"0 0 * * FRI#2", "At 00:00 on the second Friday of the month."},
        {"0 0 * * 5L", "At 00:00 on the last Friday of the month."},
        {"0 0 2 * 12 * 2026-2028", "At 02:00 every day in December of 2026 to 2028."},
        {"0 0 2 * * * 2026", "At 02:00 every day in 2026."},
        {"0 0 2 * * * */2", "At 02:00 every day in 115 years from 1970 to 2198."},
        {"@yearly", "At 00:00 on day 1 of the month in January."},
    };
    for (const auto& c : cases) EXPECT_EQ(parsed(c.expression).describe(), c.sentence) << c.expression;
}

}  // namespace
}  // namespace taktd
