// SPDX-License-Identifier: Apache-2.0
// What a command line is understood as, and what a mistyped one is told.
#include "daemon/ctl/arguments.hpp"

#include <gtest/gtest.h>

#include "daemon/ctl/commands/commands.hpp"
#include "tests/support/instants.hpp"

namespace taktd::ctl {
namespace {

struct Typed {
    std::vector<const char*> arguments;
    const char* told;
};

TEST(Arguments, MistypedCommandLine_IsToldWhatIsMeant) {
    const Typed cases[] = {
        {{}, "name a command; taktctl --help lists them"},
        {{"rnus", "--db", "x"}, "there is no command 'rnus'; did you mean 'runs'?"},
        {{"--db", "x", "releas"}, "there is no command 'releas'; did you mean 'release'?"},
        {{"frobnicate"}, "there is no command 'frobnicate'; taktctl --help lists them"},
        {{"--wrong"}, "there is no option '--wrong'; taktctl --help lists them"},
        {{"cron"}, "EXPR is required; see taktctl cron --help"},
        {{"hold", "--db", "x"}, "--reason is required; see taktctl hold --help"},
    };
    for (const auto& c : cases) {
        std::vector<const char*> arguments{"taktctl"};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        const auto parsed = parse_arguments(static_cast<int>(arguments.size()), arguments.data());
        ASSERT_TRUE(std::holds_alternative<Answer>(parsed)) << c.told;
        EXPECT_EQ(std::get<Answer>(parsed).exit_code, kUsage);
        EXPECT_EQ(std::get<Answer>(parsed).err, "taktctl: " + std::string{c.told} + "\n");
    }
}

TEST(Arguments, Options_MayStandBeforeAndBehindTheCommand) {
    const char* before[] = {"taktctl", "--output", "json", "--db", "x.db", "runs"};
    const char* behind[] = {"taktctl", "runs", "--output", "json", "--db", "x.db"};
    for (const auto& argv : {before, behind}) {
        const auto parsed = parse_arguments(6, argv);
        const auto* options = std::get_if<Options>(&parsed);
        ASSERT_NE(options, nullptr);
        EXPECT_TRUE(options->json);
        EXPECT_EQ(options->db, "x.db");
        EXPECT_TRUE(std::holds_alternative<RunsOptions>(options->command));
    }
}

TEST(Arguments, AState_MayBeGivenSeveralTimes) {
    const char* argv[] = {"taktctl", "runs", "--state", "failed", "--live", "--state", "skipped"};
    const auto parsed = parse_arguments(7, argv);
    const auto* options = std::get_if<Options>(&parsed);
    ASSERT_NE(options, nullptr);
    const auto& runs = std::get<RunsOptions>(options->command);
    EXPECT_EQ(runs.states, (std::vector<std::string>{"failed", "skipped"}));
    EXPECT_TRUE(runs.is_live);
}

TEST(Arguments, WordsToComplete_AreTakenAsTheyAre) {
    const char* argv[] = {"taktctl", "__complete", "--", "--socket", "/x", "stop", ""};
    const auto parsed = parse_arguments(7, argv);
    const auto* options = std::get_if<Options>(&parsed);
    ASSERT_NE(options, nullptr);
    EXPECT_EQ(std::get<CompleteOptions>(options->command).words,
              (std::vector<std::string>{"--socket", "/x", "stop", ""}));
}

int exit_code_of(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "taktctl");
    const auto parsed = parse_arguments(static_cast<int>(arguments.size()), arguments.data());
    const auto* answer = std::get_if<Answer>(&parsed);
    return answer == nullptr ? -1 : answer->exit_code;
}

TEST(Arguments, WrongOnes_AreUsageErrors) {
    EXPECT_EQ(exit_code_of({}), kUsage);
    EXPECT_EQ(exit_code_of({"rusn"}), kUsage);
    EXPECT_EQ(exit_code_of({"runs", "--limit", "0"}), kUsage);
    EXPECT_EQ(exit_code_of({"runs", "--limit", "many"}), kUsage);
    EXPECT_EQ(exit_code_of({"runs", "--output", "xml"}), kUsage);
    EXPECT_EQ(exit_code_of({"cron"}), kUsage);
    EXPECT_EQ(exit_code_of({"show", "a", "b"}), kUsage);
    EXPECT_EQ(exit_code_of({"--help"}), kDone);
    EXPECT_EQ(exit_code_of({"show", "--help"}), kDone);
    EXPECT_EQ(exit_code_of({"--version"}), kDone);
}

TEST(Arguments, ArgumentsWithAMinusInFront_MayBeValues) {
    const char* argv[] = {"taktctl", "cron", "-1 * * * *", "--from", "-2h"};
    const auto parsed = parse_arguments(5, argv);
    const auto* options = std::get_if<Options>(&parsed);
    ASSERT_NE(options, nullptr);
    EXPECT_EQ(std::get<CronOptions>(options->command).from, "-2h");
    const Context context{.now = test::utc("2026-11-21T10:00:00Z"), .zone = Zone::utc(), .colour = false};
    const auto answer = run_command(*options, context);
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_NE(answer.err.find("\n  -1 * * * *\n  ^"), std::string::npos) << answer.err;
}

struct Usage {
    std::vector<const char*> arguments;
    int exit_code;
};

TEST(Arguments, ArgumentsOfTheLastResort_AreChecked) {
    const Usage cases[] = {
        {{"discharge"}, kUsage},
        {{"discharge", "x"}, kUsage},
        {{"discharge", "--reason", "y"}, kUsage},
        {{"hold"}, kUsage},
        {{"hold", "--reason", "x", "--job", "a", "--provider", "b"}, kUsage},
        {{"hold", "--reason", "x", "--for", "1h", "--until", "+1h"}, kUsage},
        {{"release", "--job", "a", "--provider", "b"}, kUsage},
        {{"salvage", "--db", "x"}, kUsage},
        {{"stop-all", "--offline", "--sometimes"}, kUsage},
        {{"stop-all", "--help"}, kDone},
        {{"discharge", "--help"}, kDone},
        {{"salvage", "--help"}, kDone},
    };
    for (const Usage& c : cases) {
        std::vector<const char*> arguments{"taktctl"};
        arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
        const auto parsed = parse_arguments(static_cast<int>(arguments.size()), arguments.data());
        ASSERT_TRUE(std::holds_alternative<Answer>(parsed)) << c.arguments[0];
        EXPECT_EQ(std::get<Answer>(parsed).exit_code, c.exit_code) << c.arguments[0];
    }
    const char* good[] = {"taktctl", "stop-all", "--offline", "--due", "--timeout",
                          "5s",      "--reason", "because",   "--db",  "x"};
    const auto parsed = parse_arguments(10, good);
    ASSERT_TRUE(std::holds_alternative<Options>(parsed));
    const auto command = std::get<StopAllOptions>(std::get<Options>(parsed).command);
    EXPECT_TRUE(command.offline && command.due);
    EXPECT_EQ(command.timeout + command.reason, "5sbecause");
}

}  // namespace
}  // namespace taktd::ctl
