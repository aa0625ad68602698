// SPDX-License-Identifier: Apache-2.0
// A job's start rules together: one-shots, intervals by the calendar and by elapsed time, lists, fingerprints, stops.
#include <algorithm>

#include <gtest/gtest.h>

#include "daemon/core/model/job.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::local;
using test::utc;

EveryRule every(Duration period, const std::string& from, const std::string& zone) {
    const auto table = load_zone(zone);
    return {.period = period, .from = local(from), .from_instant = table->meaning_of(local(from)).first, .zone = table};
}
CronRule cron(const std::string& text, const std::string& zone) {
    return {.cron = *Cron::parse(text), .zone = load_zone(zone), .text = text};
}

std::string nexts(const Schedule& schedule, const std::string& after, int count) {
    std::string text;
    for (auto t = std::optional{utc(after)}; count > 0; --count) {
        t = next_due(schedule, *t);
        text += (text.empty() ? "" : " ") + (t ? to_rfc3339(*t) : std::string{"never"});
        if (!t) break;
    }
    return text;
}

TEST(Schedule, Schedule_WithoutRules_IsNeverDue) {
    EXPECT_EQ(next_due(Schedule{}, utc("2026-01-01T00:00:00Z")), std::nullopt);
}

TEST(Schedule, OneShot_IsDueOnce) {
    const Schedule once{{OnceRule{utc("2026-12-05T03:00:00Z")}}};
    EXPECT_EQ(nexts(once, "2026-01-01T00:00:00Z", 2), "2026-12-05T03:00:00Z never");
    EXPECT_EQ(nexts(once, "2026-12-05T03:00:00Z", 1), "never");  // strictly after
}

TEST(Schedule, WholeDays_FollowTheLocalCalendar) {
    const struct {
        EveryRule rule;
        const char *after, *expected;
    } cases[] = {
        {every(14 * 24h, "2026-12-05 03:00", "UTC"), "2020-01-01T00:00:00Z",
         "2026-12-05T03:00:00Z 2026-12-19T03:00:00Z"},
        {every(14 * 24h, "2026-12-05 03:00", "UTC"), "2026-12-05T03:00:00Z",
         "2026-12-19T03:00:00Z 2027-01-02T03:00:00Z"},
        {every(24h, "1970-01-01 00:00", "UTC"), "2026-12-05T03:00:00Z", "2026-12-06T00:00:00Z 2026-12-07T00:00:00Z"},
        {every(24h, "1970-01-01 03:00", "Europe/Berlin"), "2026-03-28T00:00:00Z",
         "2026-03-28T02:00:00Z 2026-03-29T01:00:00Z 2026-03-30T01:00:00Z"},
        {every(24h, "1970-01-01 02:30", "Europe/Berlin"), "2026-03-28T12:00:00Z",
         "2026-03-29T01:00:00Z 2026-03-30T00:30:00Z"},
        {every(24h, "1970-01-01 02:30", "Europe/Berlin"), "2026-10-24T12:00:00Z",
         "2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
        {every(24h, "1970-01-01 02:30", "Europe/Berlin"), "2026-10-25T01:15:00Z", "2026-10-26T01:30:00Z"},
        {every(7 * 24h, "2026-03-22 02:30", "Europe/Berlin"), "2026-03-22T12:00:00Z",
         "2026-03-29T01:00:00Z 2026-04-05T00:30:00Z"},
        {every(48h, "2011-12-28 12:00", "Pacific/Apia"), "2011-12-29T00:00:00Z",
         "2011-12-30T10:00:00Z 2011-12-31T22:00:00Z"},
        {every(24h, "2000-01-01 00:00", "Asia/Calcutta"), "2026-01-01T00:00:00Z", "2026-01-01T18:30:00Z"},
    };
    for (const auto& c : cases) {
        const std::string expected = c.expected;
        const auto count = static_cast<int>(std::count(expected.begin(), expected.end(), ' ')) + 1;
        EXPECT_EQ(nexts(Schedule{{c.rule}}, c.after, count), expected) << c.after;
    }
}

TEST(Schedule, ShorterPeriods_AreElapsedTime) {
    const struct {
        EveryRule rule;
        const char *after, *expected;
    } cases[] = {
        {every(90min, "2026-01-01 00:00", "UTC"), "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z 2026-01-01T03:00:00Z"},
        {every(90min, "2026-01-01 00:00", "UTC"), "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z 2026-01-01T01:30:00Z"},
        {every(12h, "2026-03-28 02:30", "Europe/Berlin"), "2026-03-28T12:00:00Z",
         "2026-03-28T13:30:00Z 2026-03-29T01:30:00Z"},
        {every(36h, "2026-03-28 00:00", "Europe/Berlin"), "2026-03-28T12:00:00Z",
         "2026-03-29T11:00:00Z 2026-03-30T23:00:00Z"},
        {every(10s, "1970-01-01 00:00", "UTC"), "2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z 2026-01-01T00:00:20Z"},
        {every(500ms, "1970-01-01 00:00", "UTC"), "2026-01-01T00:00:00Z",
         "2026-01-01T00:00:00.500Z 2026-01-01T00:00:01Z"},
    };
    for (const auto& c : cases) {
        const std::string expected = c.expected;
        const auto count = static_cast<int>(std::count(expected.begin(), expected.end(), ' ')) + 1;
        EXPECT_EQ(nexts(Schedule{{c.rule}}, c.after, count), expected) << c.after;
    }
}

TEST(Schedule, Schedule_BehindTheTables_IsNeverDue) {
    for (const auto period : {Duration{24h}, Duration{1h}}) {
        const Schedule schedule{{every(period, "1970-01-01 00:00", "Europe/Berlin")}};
        EXPECT_TRUE(next_due(schedule, utc("2199-12-29T00:00:00Z")));
        EXPECT_EQ(next_due(schedule, utc("2230-01-01T00:00:00Z")), std::nullopt);
        EXPECT_EQ(next_due(schedule, WallTime::max()), std::nullopt);
    }
    EXPECT_EQ(next_due(Schedule{{every(24h, "9999-01-01 00:00", "UTC")}}, utc("2026-01-01T00:00:00Z")), std::nullopt);
    EXPECT_EQ(next_due(Schedule{{every(0h, "1970-01-01 00:00", "UTC")}}, utc("2026-01-01T00:00:00Z")), std::nullopt);
}

TEST(Schedule, EqualInstants_OfSeveralRules_AreOne) {
    const Schedule schedule{{cron("0 2 * * *", "Asia/Shanghai"), cron("0 2 * * *", "Asia/Hong_Kong"),
                             cron("0 2 * * *", "Europe/Berlin"), OnceRule{utc("2026-12-01T18:00:00Z")}}};
    EXPECT_EQ(nexts(schedule, "2026-12-01T12:00:00Z", 3),
              "2026-12-01T18:00:00Z 2026-12-02T01:00:00Z 2026-12-02T18:00:00Z");
}

TEST(Schedule, Fingerprints_AreEqual_WhereTheScheduleIsTheSame) {
    EXPECT_EQ(Schedule{}.fingerprint(), "manual");
    EXPECT_EQ((Schedule{{cron("0 2 * * *", "Asia/Shanghai")}}.fingerprint()), "cron 0 2 * * * Asia/Shanghai");
    EXPECT_EQ((Schedule{{OnceRule{utc("2026-12-04T19:00:00Z")}}}.fingerprint()), "at 2026-12-04T19:00:00Z");
    EXPECT_EQ((Schedule{{every(14 * 24h, "2026-12-05 03:00", "Europe/Berlin")}}.fingerprint()),
              "every 14d from 2026-12-05T03:00:00 Europe/Berlin");
    EXPECT_EQ((Schedule{{every(90min, "2026-12-05 03:00", "Europe/Berlin")}}.fingerprint()),
              "every 1h30m from 2026-12-05T02:00:00Z");

    const auto print = [](auto... rules) { return Schedule{{rules...}}.fingerprint(); };
    const auto a = cron("0 2 * * *", "UTC"), b = cron("0 3 * * *", "UTC"), spaced = cron(" 0  2\t* * * ", "UTC"),
               elsewhere = cron("0 2 * * *", "Asia/Shanghai");
    EXPECT_EQ(print(a), print(spaced));
    EXPECT_EQ(print(a, b), print(b, a));
    EXPECT_EQ(print(a, a), print(a));
    EXPECT_NE(print(a), print(b));
    EXPECT_NE(print(a), print(a, b));
    EXPECT_NE(print(a), print(elsewhere));
}

struct EndCase {
    const char* what;
    StopRule stop;
    StartRule start;
    const char* due;
    Duration max_duration;
    const char* end;
};

StopRule stop_cron(const char* text) { return StopCron{*Cron::parse(text), text}; }

TEST(Window, Window_EndsByItsStopRule) {
    const auto at_0230 = cron("30 2 * * *", "Europe/Berlin");
    const auto half_hours = cron("*/30 * * * *", "Europe/Berlin");
    const EndCase cases[] = {
        {"after", StopAfter{30min}, at_0230, "2026-12-05T01:30:00Z", 0s, "2026-12-05T02:00:00Z"},
        {"at", StopAt{utc("2026-12-05T09:00:00Z")}, at_0230, "2026-12-05T01:30:00Z", 0s, "2026-12-05T09:00:00Z"},
        {"when_done", StopWhenDone{}, at_0230, "2026-12-05T01:30:00Z", 2h, "2026-12-05T03:30:00Z"},
        {"cron", stop_cron("0 3 * * *"), at_0230, "2026-12-05T01:30:00Z", 2h, "2026-12-05T02:00:00Z"},
        {"cron, the next day", stop_cron("0 1 * * *"), at_0230, "2026-12-05T01:30:00Z", 48h, "2026-12-06T00:00:00Z"},
        {"spring: 02:30 comes at 03:00, and nothing is left", stop_cron("0 3 * * *"), at_0230, "2026-03-29T01:00:00Z",
         2h, "2026-03-29T01:00:00Z"},
        {"spring: what is left of 02:30 to 04:00", stop_cron("0 4 * * *"), at_0230, "2026-03-29T01:00:00Z", 2h,
         "2026-03-29T02:00:00Z"},
        {"autumn: from the first 02:30 to the only 03:00", stop_cron("0 3 * * *"), at_0230, "2026-10-25T00:30:00Z", 2h,
         "2026-10-25T02:00:00Z"},
        {"a stop that exists twice comes at the first", stop_cron("45 2 * * *"), at_0230, "2026-10-25T00:30:00Z", 2h,
         "2026-10-25T00:45:00Z"},
        {"unless the start was in the second pass", stop_cron("45 2 * * *"), half_hours, "2026-10-25T01:30:00Z", 2h,
         "2026-10-25T01:45:00Z"},
        {"a stop in the gap comes at its end", stop_cron("15 2 * * *"), cron("30 1 * * *", "Europe/Berlin"),
         "2026-03-29T00:30:00Z", 2h, "2026-03-29T01:00:00Z"},
        {"a pattern with a step skips what does not exist", stop_cron("*/20 * * * *"), at_0230, "2026-03-29T01:00:00Z",
         2h, "2026-03-29T01:20:00Z"},
        {"never: the ceiling", stop_cron("0 0 0 3 * * 2026"), at_0230, "2026-12-05T01:30:00Z", 2h,
         "2026-12-05T03:30:00Z"},
        {"a start by hand is nominally what the job's clock shows", stop_cron("0 3 * * *"), at_0230,
         "2026-12-05T01:10:00Z", 2h, "2026-12-05T02:00:00Z"},
        {"whole days: the nominal time of day in the gap", stop_cron("0 4 * * *"),
         every(24h, "2026-03-01 02:30", "Europe/Berlin"), "2026-03-29T01:00:00Z", 3h, "2026-03-29T02:00:00Z"},
        {"no end of time", StopAfter{Duration::max()}, at_0230, "2026-12-05T01:30:00Z", 0s, nullptr},
    };
    for (const auto& c : cases) {
        Job job;
        job.schedule.rules = {c.start};
        job.zone = load_zone("Europe/Berlin");
        job.stop = c.stop;
        job.max_duration = c.max_duration;
        EXPECT_EQ(window_of(job, utc(c.due)).stop_due, c.end == nullptr ? WallTime::max() : utc(c.end)) << c.what;
    }
}

TEST(Schedule, Fingerprint_IsReadBack) {
    const Schedule schedules[] = {
        {},
        {{cron("0 2 * * *", "Asia/Shanghai")}},
        {{cron("*/7 1-5,9 L * FRI#2", "Europe/Berlin"), OnceRule{utc("2026-12-04T19:00:00Z")}}},
        {{OnceRule{utc("2026-12-04T19:00:00Z") + 250ms}}},
        {{every(14 * 24h, "2026-12-05 03:00", "Europe/Berlin"), every(90min, "2026-12-05 03:00", "Europe/Berlin")}},
        {{every(1500ms, "2026-12-05 03:00", "Europe/Berlin")}},
    };
    for (const auto& schedule : schedules) {
        const auto text = schedule.fingerprint();
        const auto back = parse_schedule(text, [](const std::string& name) { return load_zone(name); });
        ASSERT_TRUE(back) << text;
        EXPECT_EQ(back->fingerprint(), text);
        auto due = next_due(schedule, utc("2026-03-01T00:00:00Z"));
        auto same = next_due(*back, utc("2026-03-01T00:00:00Z"));
        for (int i = 0; i < 200 && due; ++i) {
            EXPECT_EQ(due, same) << text;
            due = next_due(schedule, *due);
            same = next_due(*back, *same);
        }
    }
    const auto no_zone = [](const std::string&) { return ZonePtr{}; };
    for (const char* text :
         {"", "removed", "cron", "cron 0 2 * * *", "cron 0 2 * * * Mars/Olympus", "at noon", "at 2026-12-04T19:00:00",
          "every 1d from 2026-12-05T03:00:00 Mars/Olympus", "every d from 2026-12-05T03:00:00Z",
          "every 0s from 2026-12-05T03:00:00Z", "manual | manual", "at 2026-13-04T19:00:00Z"}) {
        EXPECT_FALSE(parse_schedule(text, no_zone)) << text;
    }
}

}  // namespace
}  // namespace taktd
