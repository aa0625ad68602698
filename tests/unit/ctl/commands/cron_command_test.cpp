// SPDX-License-Identifier: Apache-2.0
// `taktctl cron` as a function: output, exit codes, and the caret under what is wrong.
#include <gtest/gtest.h>

#include "daemon/ctl/commands/commands.hpp"
#include "tests/support/instants.hpp"

namespace taktd::ctl {
namespace {

using test::utc;

const Context kContext{.now = utc("2026-11-21T10:00:00Z"), .zone = Zone::utc(), .colour = false};

Answer ask(CronOptions command, bool json = false) {
    Options options;
    options.json = json;
    return cron(options, command, kContext);
}

TEST(CronCommand, Instants_AreGivenAsJson) {
    const auto answer = ask({.expression = "0 2 * * *", .count = 2}, true);
    EXPECT_EQ(answer.exit_code, kDone);
    EXPECT_EQ(answer.out, "{\"next\":[\"2026-11-22T02:00:00Z\",\"2026-11-23T02:00:00Z\"]}\n");
}

TEST(CronCommand, NextInstant_IsStrictlyAfterFrom) {
    const auto answer = ask(
        {.expression = "0 2 * * *", .time_zone = "Asia/Shanghai", .from = "2026-11-21T18:00:00Z", .count = 1}, true);
    EXPECT_EQ(answer.out, "{\"next\":[\"2026-11-22T18:00:00Z\"]}\n");
}

TEST(CronCommand, Never_IsAnEmptyList) {
    EXPECT_EQ(ask({.expression = "0 0 30 2 *"}, true).out, "{\"next\":[]}\n");
    const auto told = ask({.expression = "0 0 30 2 *"});
    EXPECT_EQ(told.exit_code, kDone);
    EXPECT_NE(told.out.find("never fires after 2026-11-21T10:00:00Z"), std::string::npos) << told.out;
}

TEST(CronCommand, Text_TellsTheMeaningAndLocalTimes) {
    const auto answer =
        ask({.expression = "30 2 * * *", .time_zone = "Europe/Berlin", .from = "2026-03-28T12:00:00Z", .count = 2});
    EXPECT_EQ(answer.out,
              "At 02:30 every day.\n"
              "\n"
              "Europe/Berlin                  UTC                   NOTES\n"
              "Sun 2026-03-29 03:00:00+02:00  2026-03-29T01:00:00Z  02:30 does not exist on this day; it starts at "
              "03:00, when the clocks have gone forward\n"
              "Mon 2026-03-30 02:30:00+02:00  2026-03-30T00:30:00Z\n");
}

TEST(CronCommand, BadExpression_IsPointedAt) {
    const auto answer = ask({.expression = "0 25 * * *"});
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_EQ(answer.out, "");
    EXPECT_EQ(answer.err,
              "taktctl: bad cron expression: hour 25 is out of range 0-23\n"
              "  0 25 * * *\n"
              "    ^\n");
}

TEST(CronCommand, Pointer_CountsCellsAndObeysNoEscape) {
    const auto answer = ask({.expression = "夜 \x1b * * *"});
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_EQ(answer.err.find('\x1b'), std::string::npos);
    EXPECT_NE(answer.err.find("  夜 \\x1b * * *\n  ^\n"), std::string::npos) << answer.err;
}

TEST(CronCommand, BadZoneOrTime_IsAUsageError) {
    const auto zone = ask({.expression = "* * * * *", .time_zone = "Europe/Berln"});
    EXPECT_EQ(zone.exit_code, kUsage);
    EXPECT_NE(zone.err.find("did you mean 'Europe/Berlin'"), std::string::npos) << zone.err;
    const auto time = ask({.expression = "* * * * *", .from = "noon"});
    EXPECT_EQ(time.exit_code, kUsage);
    EXPECT_NE(time.err.find("--from: bad time 'noon'"), std::string::npos) << time.err;
}

}  // namespace
}  // namespace taktd::ctl
