// SPDX-License-Identifier: Apache-2.0
// What a line may go on with, where no daemon can be asked for names.
#include <gtest/gtest.h>

#include "daemon/ctl/arguments.hpp"
#include "daemon/ctl/commands/commands.hpp"

namespace taktd::ctl {
namespace {

std::string offered(std::vector<std::string> words) {
    std::vector<const char*> line{"taktctl", "--socket", "/nonexistent/control.sock", "__complete", "--"};
    for (const std::string& word : words) line.push_back(word.c_str());
    const auto parsed = parse_arguments(static_cast<int>(line.size()), line.data());
    const auto& options = std::get<Options>(parsed);
    const Context context{.now = {}, .zone = Zone::utc()};
    const Answer answer = complete(options, std::get<CompleteOptions>(options.command), context);
    EXPECT_EQ(answer.exit_code, kDone);
    EXPECT_EQ(answer.err, "");
    return answer.out;
}

TEST(Completion, Words_AreCompletedByWhatStandsBeforeThem) {
    EXPECT_EQ(offered({"ru"}), "runs\n");
    EXPECT_EQ(offered({"--output", "json", "fo"}), "foreign\n");
    EXPECT_EQ(offered({"runs", "--st"}), "--state\n");
    EXPECT_EQ(offered({"runs", "--state", "st"}), "starting\nstopping\nstopped\n");
    EXPECT_EQ(offered({"history", "--format", ""}), "table\njson\ncsv\n");
    EXPECT_EQ(offered({"completion", "z"}), "zsh\n");
    EXPECT_EQ(offered({"nonsense-", "--wr"}), "");
    EXPECT_EQ(offered({"__"}), "");
}

TEST(Completion, EveryOptionOfACommand_IsOffered) {
    for (const char* option : {"--wait", "--leave", "--timeout", "--for", "--reason", "--key", "--output", "--help"})
        EXPECT_NE(offered({"start", "--"}).find(std::string{option} + "\n"), std::string::npos) << option;
    EXPECT_EQ(offered({"--co"}), "--config\n");
}

TEST(Completion, NamesOfADeadDaemon_AreNotKnown) {
    EXPECT_EQ(offered({"stop", ""}), "");
    EXPECT_EQ(offered({"runs", "--job", ""}), "");
}

TEST(Completion, EachShell_HasLinesThatAskTaktctl) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const Answer answer = completion({}, {shell}, {.now = {}, .zone = Zone::utc()});
        EXPECT_NE(answer.out.find("taktctl __complete"), std::string::npos) << shell;
    }
}

}  // namespace
}  // namespace taktd::ctl
