// SPDX-License-Identifier: Apache-2.0
// Notations, one line per case.
#include "daemon/settings/values/values.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "daemon/settings/source/flow_scan.hpp"
#include "daemon/settings/source/json_text.hpp"
#include "daemon/settings/source/utf8.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

TEST(Durations, Durations_AreRead) {
    const std::pair<const char*, Duration> kGood[] = {
        {"500ms", 500ms},      {"10s", 10s},  {"5m", 5min},     {"2h", 2h},
        {"7d", 168h},          {"0s", 0s},    {"1h30m", 90min}, {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
        {"3653d", 24h * 3653}, {"090s", 90s},
    };
    for (const auto& [text, expected] : kGood) EXPECT_EQ(parse_duration(text), expected) << text;
    const char* const kBad[] = {"",     "s",    "10",   "10 s", " 10s", "-1s",  "1.5h",  "10S",
                                "1w",   "1m1m", "1m1h", "1e3s", "0x1s", "10s,", "4000d", "99999999999999999999d",
                                "10ss", "1hm"};
    for (const char* text : kBad) EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Durations, Durations_AsTheyArePrinted_AreReadBack) {
    for (const Duration d : {Duration{500ms}, Duration{90s}, Duration{25h}, Duration{24h * 9}, Duration{1h + 1ms}}) {
        EXPECT_EQ(parse_duration(to_text(d)), d) << to_text(d);
    }
}

TEST(Rates, Rates_AreSpacingsRoundedUp) {
    const std::pair<const char*, Duration> kGood[] = {
        {"1/s", 1s},  {"10/s", 100ms},          {"3/s", 333'333'334ns}, {"100/m", 600ms},
        {"1/m", 60s}, {"7/m", 8'571'428'572ns}, {"1000000/s", 1us},
    };
    for (const auto& [text, expected] : kGood) EXPECT_EQ(parse_rate(text), expected) << text;
    for (const char* text :
         {"", "10", "/s", "10/", "10/h", "0/s", "-1/s", "1.5/s", "10 / s", "10/s ", "1000001/s", "10/min"}) {
        EXPECT_FALSE(parse_rate(text)) << text;
    }
}

TEST(Integers, Integers_AreDecimal) {
    const std::pair<const char*, std::int64_t> kGood[] = {
        {"0", 0},
        {"-1", -1},
        {"2147483648", 2147483648},
        {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()}};
    for (const auto& [text, expected] : kGood) EXPECT_EQ(parse_integer(text), expected) << text;
    for (const char* text :
         {"", "-", "+1", "1.0", "1e3", "0x10", "01", "-01", "1_000", " 1", "1 ", "9223372036854775808", "one"}) {
        EXPECT_FALSE(parse_integer(text)) << text;
    }
}

TEST(Names, Names_FollowTheRule) {
    for (const std::string& text : {std::string{"a"}, std::string{"0"}, std::string{"az-3_x"}, std::string(63, 'x')}) {
        EXPECT_TRUE(is_name(text)) << text;
    }
    for (const std::string& text :
         {std::string{}, std::string{"-a"}, std::string{"_a"}, std::string{"A"}, std::string{"a.b"}, std::string{"a b"},
          std::string{"\xc3\xa9"}, std::string(64, 'x')}) {
        EXPECT_FALSE(is_name(text)) << text;
    }
}

TEST(Times, Times_AreInstants) {
    const ZonePtr shanghai = load_zone("Asia/Shanghai");
    ASSERT_TRUE(shanghai);
    const std::pair<const char*, const char*> kGood[] = {
        {"2026-12-05T03:00:00+08:00", "2026-12-04T19:00:00Z"},
        {"2026-12-05 03:00", "2026-12-04T19:00:00Z"},
        {"2026-12-05T03:00", "2026-12-04T19:00:00Z"},
        {"2026-12-05 03:00Z", "2026-12-05T03:00:00Z"},
        {"2026-12-05", "2026-12-04T16:00:00Z"},
        {"2026-12-05T03:00:00.25-0130", "2026-12-05T04:30:00.250Z"},
        {"1970-01-01 08:00", "1970-01-01T00:00:00Z"},
        {"2169-12-31 23:59:59", "2169-12-31T15:59:59Z"},
    };
    for (const auto& [text, expected] : kGood) {
        const auto written = parse_time(text);
        ASSERT_TRUE(written) << text;
        EXPECT_EQ(to_rfc3339(*instant_of(*written, *shanghai)), expected) << text;
    }
    for (const char* text :
         {"", "now", "2026-1-5", "2026-13-01", "2026-02-29", "2026-12-05 24:00", "2026-12-05 03:60",
          "2026-12-05 03:00:60", "2026-12-05 03", "2026-12-05T03:00+8", "2026-12-05 03:00 +08:00", "1969-12-31",
          "2170-01-01", "2026-12-05T03:00:00.", "2026-12-05x", "2026-12-05T03:00+19:00"}) {
        EXPECT_FALSE(parse_time(text)) << text;
    }
}

TEST(Utf8, Utf8_IsChecked) {
    for (const char* good : {"", "abc", "\xc3\xa9", "\xe5\x8e\x8b", "\xf0\x9f\x98\x80"}) {
        EXPECT_EQ(first_malformed_utf8(good), std::string::npos) << good;
    }
    const std::pair<const char*, std::size_t> kBad[] = {
        {"a\xff", 1},    {"\xc3", 0}, {"\xc0\x80", 0}, {"ab\xed\xa0\x80", 2}, {"\xf4\x90\x80\x80", 0},
        {"\xe5\x8e", 0}, {"\x80", 0}};
    for (const auto& [bad, at] : kBad) EXPECT_EQ(first_malformed_utf8(bad), at);
    EXPECT_EQ(utf8_count("a\xc3\xa9\xe5\x8e\x8b"), 3u);
    EXPECT_EQ(utf8_cells_at("\xe5\x8e\x8b", 0), 2);
    EXPECT_EQ(utf8_cells_at("\xcc\x81", 0), 0);
    EXPECT_EQ(utf8_cells_at("\xc3\xa9", 0), 1);
}

TEST(JsonText, Text_IsEscaped) {
    EXPECT_EQ(json_quoted("a\"b\\c\n\t\x01\xc3\xa9/"), "\"a\\\"b\\\\c\\n\\t\\u0001\xc3\xa9/\"");
    JsonObject object;
    EXPECT_EQ(object.text(), "{}");
    object.set("b", "1");
    object.set("a", "\"x\"");
    object.set("b", "2");
    EXPECT_EQ(object.text(), R"({"b":2,"a":"x"})");
}

TEST(FlowScan, Scan_KnowsTextFromBrackets) {
    std::string brackets(2000, '[');
    EXPECT_TRUE(find_flow_excess(brackets));
    EXPECT_TRUE(find_flow_excess("a: " + brackets));
    for (const std::string& text :
         {"# " + brackets + "\n", "a: '" + brackets + "'\n", "a: \"" + brackets + "\"\n",
          "a: |\n  " + brackets + "\n  " + brackets + "\nb: 1\n", "a: text " + brackets + "\n"}) {
        EXPECT_FALSE(find_flow_excess(text)) << text.substr(0, 10);
    }
    std::string list = "[";
    for (std::size_t i = 0; i < kFlowIndicatorsMax + 1; ++i) list += "a,";
    EXPECT_TRUE(find_flow_excess(list));
    std::string lists;
    for (int i = 0; i < 300'000; ++i) lists += "k: [a, b, c, d]\n";
    EXPECT_FALSE(find_flow_excess(lists)) << "only what is open at once counts";
}

}  // namespace
}  // namespace taktd
