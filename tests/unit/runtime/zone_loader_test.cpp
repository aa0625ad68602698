// SPDX-License-Identifier: Apache-2.0
// Zones as the system's tzdata has them, against facts known from elsewhere: laws, and the years beyond the zone's
// file.
#include "daemon/zones/zone_loader.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "daemon/zones/zone_rule.hpp"
#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::utc;

TEST(ZoneLoader, Offsets_ThroughTheWholeClock_AreRight) {
    const struct {
        const char *zone, *at;
        std::chrono::seconds offset;
    } cases[] = {
        {"UTC", "2026-07-01T00:00:00Z", 0s},
        {"Europe/Berlin", "2026-01-01T00:00:00Z", 1h},
        {"Europe/Berlin", "2026-07-01T00:00:00Z", 2h},
        {"Europe/Berlin", "1880-01-01T00:00:00Z", 53min + 28s},  // local mean time
        {"Europe/Berlin", "2037-07-01T00:00:00Z", 2h},
        {"Europe/Berlin", "2038-01-01T00:00:00Z", 1h},
        {"Europe/Berlin", "2100-07-01T00:00:00Z", 2h},  // beyond the file: its rule
        {"Europe/Berlin", "2199-07-01T00:00:00Z", 2h},
        {"Europe/Dublin", "2026-01-01T00:00:00Z", 0s},  // standard time is summer's, winter is the negative shift
        {"Europe/Dublin", "2026-07-01T00:00:00Z", 1h},
        {"Europe/Dublin", "2150-01-01T00:00:00Z", 0s},
        {"Europe/Dublin", "2150-07-01T00:00:00Z", 1h},
        {"Australia/Lord_Howe", "2026-07-01T00:00:00Z", 10h + 30min},
        {"Australia/Lord_Howe", "2060-01-01T00:00:00Z", 11h},
        {"America/New_York", "2090-07-04T00:00:00Z", -4h},
        {"America/Nuuk", "2090-07-04T00:00:00Z", -1h},
        {"Pacific/Apia", "2011-12-30T09:59:59Z", -10h},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", 14h},
        {"Asia/Shanghai", "2100-07-01T00:00:00Z", 8h},
        {"Asia/Calcutta", "2026-07-01T00:00:00Z", 5h + 30min},  // an alias of Asia/Kolkata
        {"US/Pacific", "2026-07-01T00:00:00Z", -7h},
        {"Etc/GMT+5", "2026-07-01T00:00:00Z", -5h},
        {"Europe/Amsterdam", "1930-01-01T00:00:00Z", 1172s},
    };
    for (const auto& c : cases) {
        const auto zone = load_zone(c.zone);
        ASSERT_TRUE(zone) << c.zone;
        EXPECT_EQ(zone->name(), c.zone);
        EXPECT_EQ(zone->offset_at(utc(c.at)), c.offset) << c.zone << ' ' << c.at;
    }
}

TEST(ZoneLoader, ChangesBeyondTheFile_FallOnTheRightInstants) {
    const struct {
        const char *zone, *year;
        std::vector<std::string> at;
    } cases[] = {
        {"Europe/Berlin", "2100", {"2100-03-28T01:00:00Z", "2100-10-31T01:00:00Z"}},
        {"America/New_York", "2050", {"2050-03-13T07:00:00Z", "2050-11-06T06:00:00Z"}},
        {"Australia/Lord_Howe", "2050", {"2050-04-02T15:00:00Z", "2050-10-01T15:30:00Z"}},
        {"Europe/Dublin", "2199", {"2199-03-31T01:00:00Z", "2199-10-27T01:00:00Z"}},
        {"Asia/Jerusalem", "2050", {"2050-03-25T00:00:00Z", "2050-10-29T23:00:00Z"}},  // /26: Thursday's 26th hour
        {"America/Nuuk", "2050", {"2050-03-27T01:00:00Z", "2050-10-30T01:00:00Z"}},    // /-1: the evening before
        {"Asia/Shanghai", "2050", {}},
    };
    for (const auto& c : cases) {
        std::vector<std::string> at;
        const std::string year = c.year;
        for (const auto& change :
             load_zone(c.zone)->changes_between(utc(year + "-01-01T00:00:00Z"), utc(year + "-12-31T23:00:00Z"))) {
            at.push_back(to_rfc3339(change.at));
        }
        EXPECT_EQ(at, c.at) << c.zone << ' ' << c.year;
    }
}

TEST(ZoneLoader, UnknownNames_AreNull) {
    for (const char* name : {"", "Nope", "europe/berlin", "Europe/", "../../etc/passwd", "/etc/localtime", "localtime",
                             "posixrules", "zone.tab", "tzdata.zi", "Europe/Berlin\n"}) {
        EXPECT_EQ(load_zone(name), nullptr) << name;
    }
}

TEST(ZoneLoader, Zone_IsReadOnce) {
    EXPECT_EQ(load_zone("Europe/Paris"), load_zone("Europe/Paris"));
    EXPECT_EQ(load_zone("UTC"), Zone::utc());
}

TEST(ZoneLoader, EveryName_Loads_AndItsTableIsInOrder) {
    const auto names = zone_names();
    EXPECT_GT(names.size(), 400U);
    for (const auto& name : names) {
        const auto zone = load_zone(name);
        ASSERT_TRUE(zone) << name;
        const auto changes = zone->changes_between(WallTime::min(), WallTime::max());
        for (std::size_t i = 1; i < changes.size(); ++i) {
            ASSERT_LT(changes[i - 1].at, changes[i].at) << name;
            ASSERT_NE(changes[i - 1].offset, changes[i].offset) << name << ' ' << to_rfc3339(changes[i].at);
        }
    }
}

TEST(ZoneLoader, ManyThreads_MayAsk) {
    std::vector<std::thread> threads;
    std::vector<ZonePtr> zones(8);
    for (auto& zone : zones) threads.emplace_back([&zone] { zone = load_zone("Africa/Cairo"); });
    for (auto& thread : threads) thread.join();
    for (const auto& zone : zones) EXPECT_TRUE(zone && zone == zones.front());
}

TEST(ZoneRule, EveryForm_IsRead) {
    const struct {
        const char* text;
        std::chrono::seconds standard;
        std::vector<std::string> in_2026;  // instant, then offset in seconds
    } cases[] = {
        {"CST-8", 8h, {}},
        {"<+0530>-5:30", 5h + 30min, {}},
        {"<-00>0", 0s, {}},
        {"LMT-0:19:32", 1172s, {}},
        {"CET-1CEST,M3.5.0,M10.5.0/3", 1h, {"2026-03-29T01:00:00Z 7200", "2026-10-25T01:00:00Z 3600"}},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", 1h, {"2026-03-29T01:00:00Z 3600", "2026-10-25T01:00:00Z 0"}},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
         10h + 30min,
         {"2026-04-04T15:00:00Z 37800", "2026-10-03T15:30:00Z 39600"}},
        {"AAA5BBB,J60/0,J300/0", -5h, {"2026-03-01T05:00:00Z -14400", "2026-10-27T04:00:00Z -18000"}},
        {"AAA5BBB,59/0,299/0", -5h, {"2026-03-01T05:00:00Z -14400", "2026-10-27T04:00:00Z -18000"}},
    };
    for (const auto& c : cases) {
        const auto rule = ZoneRule::parse(c.text);
        ASSERT_TRUE(rule) << c.text;
        EXPECT_EQ(rule->standard_offset(), c.standard) << c.text;
        std::vector<std::string> changes;
        for (const auto& change : rule->changes_of(std::chrono::year{2026})) {
            changes.push_back(to_rfc3339(change.at) + " " + std::to_string(change.offset.count()));
        }
        EXPECT_EQ(changes, c.in_2026) << c.text;
    }
}

TEST(ZoneRule, TextThatIsNoRule_IsRefused) {
    for (const char* text : {"", "C-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                             "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
                             "CET-200", "<+05-5", "CET-1CEST,J0,J5", "CET-1:60", "CET-1CEST,M0.1.0,M10.5.0"}) {
        EXPECT_FALSE(ZoneRule::parse(text)) << text;
    }
}

}  // namespace
}  // namespace taktd
