// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes, loading ends, in bounded time and memory, with an explanation and without a secret.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using test::load;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kSecret = "HUNTER2HUNTER2";

std::string repeated(const std::string& unit, std::size_t times) {
    std::string text;
    text.reserve(unit.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += unit;
    return text;
}

std::string first_of(const std::string& text) { return test::headlines(load(text)).at(0); }

TEST(Limits, LimitOfNesting_IsExact) {
    const auto nested = [](int levels) {
        return "version: 1\nx-deep: " + repeated("[", static_cast<std::size_t>(levels)) +
               repeated("]", static_cast<std::size_t>(levels)) + "\n";
    };
    EXPECT_FALSE(load(nested(kNestingMax - 1)).has_errors()) << "the config itself is one level";
    EXPECT_EQ(first_of(nested(kNestingMax)), "taktd.yaml:2:72: error: nested deeper than 64 levels");
    std::string block = "version: 1\nx-deep:\n";
    for (int i = 1; i <= kNestingMax; ++i) block += repeated(" ", static_cast<std::size_t>(i)) + "k:\n";
    EXPECT_THAT(first_of(block + repeated(" ", 70) + "k: 1\n"), HasSubstr("nested deeper than 64 levels"));
}

TEST(Limits, LimitOfNesting_CountsThroughAliases) {
    std::string text = "version: 1\nx-a: &a " + repeated("[", 30) + repeated("]", 30) + "\n";
    EXPECT_FALSE(load(text + "x-b: " + repeated("[", 33) + "*a" + repeated("]", 33) + "\n").has_errors());
    EXPECT_THAT(first_of(text + "x-b: " + repeated("[", 34) + "*a" + repeated("]", 34) + "\n"),
                StartsWith("taktd.yaml:3:40: error: nested deeper"));
}

TEST(Limits, DeepFile_EndsBeforeTheParser) {
    for (const char* unit : {"[", "{", "- ", "? ", "[{", "{a: ", "&a [", "[\"a\", ", "!a ["}) {
        const auto result = load("version: 1\nx-a: " + repeated(unit, 1'000'000));
        ASSERT_TRUE(result.has_errors()) << unit;
    }
    EXPECT_EQ(first_of(repeated("[", 5'000'000)), "taktd.yaml:1:65: error: nested deeper than 64 levels");
}

TEST(Limits, AliasBomb_IsEnded) {
    std::string bomb = "version: 1\nx-0: &a0 [a, a, a, a, a, a, a, a, a, a]\n";
    for (int i = 1; i < 20; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(last + ", ", 9) + last + "]\n";
    }
    EXPECT_THAT(first_of(bomb), HasSubstr("more than 4000000 values with every alias written out"));
    std::string jobs = "version: 1\njobs:\n  a: &a {provider: p}\n";
    for (int i = 0; i < 1000; ++i) jobs += "  j" + std::to_string(i) + ": *a\n";
    EXPECT_LE(load(jobs).diagnostics.size(), 1001u);
}

TEST(Limits, LimitOfSize_IsToldBeforeReading) {
    EXPECT_EQ(first_of(std::string(kConfigBytesMax + 1, '#')), "taktd.yaml: error: the file is larger than 64 MiB");
    EXPECT_EQ(first_of(std::string(1024 * 1024, '\n')),
              "taktd.yaml: error: the config is empty; begin with 'version: 1'");
}

TEST(Limits, ManySecretsAndLongLines_KeepWithinTheLimits) {
    std::string providers = "version: 1\nproviders:\n";
    for (int i = 0; i < 12'000; ++i) {
        providers += "  p" + std::to_string(i) + ": {type: tencent-cfg, credentials: {secret_id: abc" +
                     std::to_string(i) + "}}\n";
    }
    const auto many = load(providers);
    EXPECT_TRUE(many.has_errors());
    EXPECT_THAT(test::all_text(many), ::testing::Not(HasSubstr("abc")));
    const auto wide = load("version: 1\njobs: {" + repeated("A: [], ", 100'000) + "}\n");
    EXPECT_EQ(wide.diagnostics.size(), 1001u);
}

TEST(Limits, LargeFilesOfOneKind_KeepWithinTheLimits) {
    const std::size_t kBytes = 256 * 1024;
    for (const std::string unit :
         {"[",   "{",     "a,",  " ",  "\n",     "a\n",   "\"",     "'",           "\t", "&a ",
          "!a ", "- \n",  "- ",  "? ", "a: b\n", "a: ",   "%",      "#\n",         "x",  "\"\n",
          "[],", "\"\",", "*a ", ": ", "|\n",    "---\n", "a: |\n", "\xe5\x8e\x8b"}) {
        // Were its time to grow with the square of its size, this test would not end in time.
        EXPECT_TRUE(load(repeated(unit, kBytes / unit.size())).has_errors()) << unit;
        EXPECT_TRUE(load("version: 1\njobs: [" + repeated(unit, kBytes / unit.size())).has_errors()) << unit;
    }
}

/// The good config with a literal secret in several places.
std::string config_with_secret() {
    std::string text = test::kGoodConfig;
    const std::string reference = "${file:/etc/taktd/tencent.key}";
    text.replace(text.find(reference), reference.size(), kSecret);
    const std::string other = "\"${credential:huawei-secret-key}\"";
    text.replace(text.find(other), other.size(), kSecret);
    return text;
}

void expect_harmless(const std::string& text, const std::string& what) {
    const auto result = load(text);
    EXPECT_NE(result.settings.has_value(), result.has_errors()) << what;
    for (const Diagnostic& d : result.diagnostics) {
        ASSERT_THAT(d.to_text(), ::testing::Not(HasSubstr(kSecret))) << what << "\n" << text;
        ASSERT_FALSE(d.message.empty()) << what;
        ASSERT_GE(d.line, 0);
        ASSERT_EQ(d.line == 0, d.column == 0);
    }
}

TEST(Garbled, EveryPrefix_IsExplained) {
    const std::string text = config_with_secret();
    for (std::size_t length = 0; length <= text.size(); ++length) {
        expect_harmless(text.substr(0, length), "prefix of " + std::to_string(length));
    }
}

TEST(Garbled, RandomEdits_AreExplained) {
    const unsigned seed = 20261121;
    std::mt19937 random{seed};
    const std::string good = config_with_secret();
    const std::vector<std::string> kPieces = {"[",
                                              "]",
                                              "{",
                                              "}",
                                              ",",
                                              ":",
                                              ": ",
                                              "- ",
                                              "? ",
                                              "&a ",
                                              "*a",
                                              "<<: *a",
                                              "!!str ",
                                              "|\n",
                                              ">",
                                              "\"",
                                              "'",
                                              "#",
                                              " #",
                                              "\n",
                                              "\n  ",
                                              "\n      ",
                                              "\t",
                                              "@",
                                              "`",
                                              "%",
                                              "---\n",
                                              "...\n",
                                              "\\",
                                              "~",
                                              "null",
                                              "${env:",
                                              "${",
                                              "\xc3\xa9",
                                              "\xff",
                                              std::string(1, '\0'),
                                              "\x04",
                                              "\r",
                                              "0",
                                              "-1",
                                              "99999999999999999999",
                                              "\xe5\x8e\x8b"};
    const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    for (int round = 0; round < 6000; ++round) {
        std::string text = good;
        const std::size_t edits = 1 + pick(4);
        for (std::size_t i = 0; i < edits; ++i) {
            const std::size_t at = pick(text.size());
            switch (pick(4)) {
                case 0: text.insert(at, kPieces[pick(kPieces.size())]); break;
                case 1: text.erase(at, 1 + pick(8)); break;
                case 2: text[at] = static_cast<char>(random()); break;
                default: {
                    // A bare secret on a line that does not speak of secrets cannot be told from any other word.
                    const std::string piece = text.substr(pick(text.size()), pick(200));
                    if (piece.find(kSecret) == std::string::npos) text.insert(at, piece);
                }
            }
        }
        expect_harmless(text, "seed " + std::to_string(seed) + ", round " + std::to_string(round));
        if (HasFatalFailure()) return;
    }
}

TEST(Garbled, LinesMovedAbout_AreExplained) {
    std::mt19937 random{7};
    const std::string good = config_with_secret();
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < good.size();) {
        const std::size_t end = good.find('\n', at);
        lines.push_back(good.substr(at, end - at));
        at = end + 1;
    }
    for (int round = 0; round < 1500; ++round) {
        std::vector<std::string> moved = lines;
        for (int i = 0; i < 3; ++i) {
            const std::size_t a = random() % moved.size(), b = random() % moved.size();
            if (random() % 2 == 0) std::swap(moved[a], moved[b]);
            if (random() % 3 == 0) moved[a].insert(0, repeated(" ", random() % 5));
            if (random() % 3 == 0) moved[b].erase(0, random() % 5);
        }
        std::string text;
        for (const std::string& line : moved) text += line + "\n";
        expect_harmless(text, "round " + std::to_string(round));
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace taktd
