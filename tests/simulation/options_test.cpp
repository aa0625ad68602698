// SPDX-License-Identifier: Apache-2.0
// A command line that would simulate something else than was meant, or nothing, ends with exit status 2.
#include "tests/simulation/options.hpp"

#include <gtest/gtest.h>

namespace taktd::sim {
namespace {

Options parsed(std::vector<std::string> words) {
    words.insert(words.begin(), "simulate");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    return parse_options(static_cast<int>(argv.size()), argv.data());
}

TEST(Options, GoodOptions_SayWhichWorldsAreMeant) {
    const Options one = parsed({"--seed", "4711", "--trace"});
    EXPECT_EQ(one.first, 4711U);
    EXPECT_EQ(one.seeds, 1U);
    EXPECT_TRUE(one.is_single && one.trace);
    EXPECT_EQ(parsed({"--seeds", "12", "--workers", "2"}).seeds, 12U);
    EXPECT_EQ(parsed({"--minutes", "0.5"}).minutes, 0.5);
    const Options life = parsed({"--exhaustive", "--scope", "2", "--choices", "0102"});
    EXPECT_EQ(*life.scope, 2U);
    EXPECT_EQ(life.choices, "0102");
}

TEST(Options, WrongOptions_SimulateNothing) {
    const std::vector<std::vector<std::string>> wrong = {
        {"--seeds", "abc"},
        {"--seeds", "0"},
        {"--seeds", "-3"},
        {"--seeds", "12x"},
        {"--seeds", ""},
        {"--seeds"},
        {"--seed", "one"},
        {"--seed", "99999999999999999999"},
        {"--minutes", "0"},
        {"--minutes", "nan"},
        {"--minutes", "-1"},
        {"--workers", "0"},
        {"--workers", "100000"},
        {"--frobnicate"},
        {"4711"},
        {"--scope", "1"},
        {"--exhaustive", "--choices", "01"},
        {"--exhaustive", "--scope", "1", "--choices", "0x"},
    };
    for (const auto& words : wrong) EXPECT_EXIT(parsed(words), testing::ExitedWithCode(2), "simulate: ") << words[0];
}

}  // namespace
}  // namespace taktd::sim
