// What a mistyped command line is told.
#include "daemon/ctl/arguments.hpp"

#include <gtest/gtest.h>

namespace taktd::ctl {
namespace {

struct Typed {
    std::vector<const char*> arguments;
    const char* told;
};

TEST(Arguments, AMistypedCommandLineIsToldWhatIsMeant) {
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

}  // namespace
}  // namespace taktd::ctl
