// SPDX-License-Identifier: Apache-2.0
// Proposals of the config's reader: what a message says to write is accepted, and means what it says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/settings/values/zone_advice.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using ::testing::HasSubstr;

const std::string kPerf = "provider: perf\ntask: {test_suite_id: 1, task_id: 1}\n";

LoadResult with_start(const std::string& start) {
    return test::load(test::with_job(kPerf + "start: " + start + "\nstop: {after: 5m}"));
}

/// What stands after "write start: " in the message.
std::string proposed_start(const LoadResult& result) {
    const auto text = test::headlines(result).front();
    const auto at = text.find("write start: ");
    return at == std::string::npos ? std::string{} : text.substr(at + 13);
}

TEST(Proposals, StartRuleInsteadOfCron_IsAcceptedAndHasItsMeaning) {
    const struct {
        const char *written, *schedule;
    } cases[] = {
        {"\"@every 90m\"", "every 1h30m from 1970-01-01T00:00:00Z"},
        {"\"*/90 * * * *\"", "every 1h30m from 1970-01-01T00:00:00Z"},
        {"\"0 */36 * * *\"", "every 1d12h from 1970-01-01T00:00:00Z"},
        {"\"30 */36 * * *\"", "every 1d12h from 1970-01-01T00:30:00Z"},
        {"\"rate(90 minutes)\"", "every 1h30m from 1970-01-01T00:00:00Z"},
        {"\"@at 2026-12-05 03:00\"", "at 2026-12-05T03:00:00Z"},
        {"\"CRON_TZ=Asia/Shanghai 0 2 * * *\"", "cron 0 2 * * * Asia/Shanghai"},
        {"\"TZ=Asia/Shanghai 0 10 * * ? *\"", "cron 0 10 * * * Asia/Shanghai"},
        {"90m", ""},
    };
    for (const auto& c : cases) {
        const auto refused = with_start(c.written);
        ASSERT_FALSE(refused.settings) << c.written;
        if (*c.schedule == '\0') continue;
        const auto start = proposed_start(refused);
        const auto accepted = with_start(start);
        ASSERT_TRUE(accepted.settings) << c.written << " -> " << start << "\n" << test::all_text(accepted);
        EXPECT_EQ(accepted.settings->config->jobs.at("load")->schedule.fingerprint(), c.schedule) << c.written;
    }
}

TEST(Proposals, UnknownZoneInAPrefix_IsToldWithItsZone) {
    const auto result = with_start("\"TZ=Asia/Beijing 0 2 * * *\"");
    EXPECT_THAT(test::all_text(result),
                HasSubstr("time_zone; 'Asia/Beijing' is no zone; did you mean 'Asia/Shanghai'?"));
}

TEST(Proposals, LongStepInAStop_ProposesNoStartRule) {
    const auto result =
        test::load(test::with_job(kPerf + "start: \"0 2 * * *\"\nstop: {cron: \"*/90 * * * *\"}\nmax_duration: 2h"));
    EXPECT_THAT(test::all_text(result), ::testing::Not(HasSubstr("every:")));
}

TEST(Proposals, UnevenStep_IsWarnedOfWithWhatFiresEvenly) {
    const auto result = with_start("\"*/45 * * * *\"");
    ASSERT_TRUE(result.settings);
    EXPECT_THAT(test::all_text(result), HasSubstr("it fires at minute 0, 45, and 15 minutes later at 0 again"));
    EXPECT_TRUE(with_start(proposed_start(result)).settings) << proposed_start(result);
}

TEST(Proposals, UnquotedBadCron_IsToldItsFaultFirst) {
    EXPECT_THAT(test::all_text(with_start("0 25 * * *")), HasSubstr("hour 25 is out of range"));
    EXPECT_THAT(test::all_text(with_start("Daily")), HasSubstr("write \"@daily\""));
}

/// The zones in quotes that an advice names.
std::vector<std::string> zones_in(const std::string& advice) {
    std::vector<std::string> zones;
    for (auto at = advice.find('\''); at != std::string::npos; at = advice.find('\'', at + 1)) {
        const auto end = advice.find('\'', at + 1);
        if (end == std::string::npos) break;
        zones.push_back(advice.substr(at + 1, end - at - 1));
        at = end;
    }
    return zones;
}

TEST(ZoneAdvice, EveryWrongName_IsAnsweredWithZonesThatExist) {
    const auto known = zone_names();
    for (const auto& [wrong, zones] : common_wrong_zones()) {
        const auto advice = zone_advice(wrong, known);
        const auto found = zones_in(advice);
        EXPECT_FALSE(found.empty()) << wrong << advice;
        for (const auto& zone : found) EXPECT_TRUE(load_zone(zone)) << wrong << " -> " << zone;
    }
}

TEST(ZoneAdvice, EveryOffset_IsAnsweredWithAZoneThatHasIt) {
    const auto known = zone_names();
    const auto instant = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 7 / 1}};
    for (int hours = -12; hours <= 14; ++hours) {
        for (const std::string prefix : {"GMT", "UTC", ""}) {
            const auto text = prefix + (hours < 0 ? "-" : "+") + std::to_string(hours < 0 ? -hours : hours);
            const auto zones = zones_in(zone_advice(text, known));
            ASSERT_FALSE(zones.empty()) << text;
            const auto zone = load_zone(zones.front());
            ASSERT_TRUE(zone) << text << " -> " << zones.front();
            EXPECT_EQ(zone->to_local(instant).time_since_epoch() - instant.time_since_epoch(),
                      std::chrono::hours{hours})
                << text << " -> " << zones.front();
        }
    }
}

TEST(ZoneAdvice, Names_AsPeopleWriteThem) {
    const auto known = zone_names();
    const struct {
        const char *written, *advice;
    } cases[] = {
        {"GMT+8", "; an offset is no zone: write that of a city, or 'Asia/Shanghai', which is UTC+8 all year"},
        {"+05:30", "; an offset is no zone: write that of a city, or 'Asia/Kolkata', which is UTC+5:30 all year"},
        {"UTC-5",
         "; an offset is no zone: write that of a city, or 'Etc/GMT+5', which is UTC-5 all year (its sign is turned "
         "round)"},
        {"UTC+3:17", "; an offset is no zone; write an IANA name such as Asia/Shanghai or UTC"},
        {"Z", "; did you mean 'UTC'?"},
        {"utc", "; did you mean 'UTC'?"},
        {"UTC+0", "; did you mean 'UTC'?"},
        {"CST", "; did you mean 'Asia/Shanghai' or 'America/Chicago'?"},
        {"IST", "; did you mean 'Asia/Kolkata', 'Europe/Dublin' or 'Asia/Jerusalem'?"},
        {"Asia/Beijing", "; did you mean 'Asia/Shanghai'?"},
        {"Beijing", "; did you mean 'Asia/Shanghai'?"},
        {"Shanghai", "; did you mean 'Asia/Shanghai'?"},
        {"asia/shanghai", "; did you mean 'Asia/Shanghai'?"},
        {"Asia/Shangai", "; did you mean 'Asia/Shanghai'?"},
        {"Europe/Munich", "; did you mean 'Europe/Berlin'?"},
        {"China Standard Time", "; did you mean 'Asia/Shanghai'?"},
        {"XYZ", "; write an IANA name such as Asia/Shanghai or UTC"},
        {"Asia/Shanghai\xc2\xa0",
         "; it has a no-break space (U+00A0): write a plain space; did you mean 'Asia/Shanghai'?"},
    };
    for (const auto& c : cases) EXPECT_EQ(zone_advice(c.written, known), c.advice) << c.written;
}

}  // namespace
}  // namespace taktd
