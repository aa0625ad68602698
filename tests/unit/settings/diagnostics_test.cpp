// SPDX-License-Identifier: Apache-2.0
// What a diagnostic looks like on a terminal, and what never appears in one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/settings/report/findings.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using test::load;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Diagnostic, Message_ShowsTheLineAndACaret) {
    EXPECT_EQ(load("version: 1\njbos: {}\n").diagnostics.at(0).to_text(),
              "taktd.yaml:2:1: error: unknown key 'jbos'; did you mean 'jobs'?\n"
              "jbos: {}\n"
              "^");
    EXPECT_EQ(load("version: 1\nstore: {paht: /a}\n").diagnostics.at(0).to_text(),
              "taktd.yaml:2:9: error: unknown key 'paht'; did you mean 'path'?\n"
              "store: {paht: /a}\n"
              "        ^");
}

TEST(Diagnostic, Caret_CountsCharactersAndDrawsCells) {
    // Two wide characters: the column counts two, the caret stands four cells on.
    const auto wide = load("version: 1\nstore: {\"压测\": 1}\n").diagnostics.at(0);
    EXPECT_EQ(wide.column, 9);
    const auto after = load("version: 1\nstore: {path: \"/压测\", x: 1}\n").diagnostics.at(0);
    EXPECT_EQ(after.column, 22);
    EXPECT_THAT(after.to_text(), HasSubstr("\n" + std::string(23, ' ') + "^"));
    const auto accent = load("version: 1\nstore: {path: /caf\xc3\xa9, x: 1}\n").diagnostics.at(0);
    EXPECT_EQ(accent.column, 22);
    EXPECT_THAT(accent.to_text(), HasSubstr("\n" + std::string(21, ' ') + "^"));
}

TEST(Diagnostic, Tabs_AreKept) {
    EXPECT_EQ(load("version: 1\nstore:\t{paht: /a}\n").diagnostics.at(0).to_text(),
              "taktd.yaml:2:9: error: unknown key 'paht'; did you mean 'path'?\n"
              "store:\t{paht: /a}\n"
              "      \t ^");
}

TEST(Diagnostic, LongLine_IsShownByAWindow) {
    const auto d = load("version: 1\nstore: {path: \"/" + std::string(1000, 'a') + "\", paht: 1}\n").diagnostics.at(0);
    const std::string text = d.to_text();
    EXPECT_LT(text.size(), 500u);
    EXPECT_THAT(text, HasSubstr("\n..."));
    const auto caret = text.rfind('\n');
    const auto line = text.rfind('\n', caret - 1);
    EXPECT_EQ(text.substr(line + 1 + (text.rfind('^') - caret - 1), 4), "paht");
    EXPECT_EQ(
        load("version: 1\nstore: {path: \"/" + std::string(5000, 'a') + "\", paht: 1}\n").diagnostics.at(0).source_line,
        "");
}

TEST(Diagnostic, Config_CannotCommandTheTerminal) {
    const auto d = load("version: 1\n\"a\\e[31m\": 1\n");
    EXPECT_THAT(test::all_text(d), Not(HasSubstr("\x1b")));
    EXPECT_THAT(test::all_text(load("version: 1\n\"\xc2\x9b\": 1\n")), Not(HasSubstr("\xc2\x9b")));
}

TEST(Diagnostic, MistakeInAnAliasedValue_ComesOnce) {
    const auto result = load("version: 1\nproviders:\n  a: &a {type: x}\n  b: *a\n  c: *a\n");
    EXPECT_EQ(result.diagnostics.size(), 1u) << test::all_text(result);
}

TEST(Diagnostics, Messages_AreCutAtAThousand) {
    std::string text = "version: 1\n";
    for (int i = 0; i < 3000; ++i) text += "key" + std::to_string(i) + ": 1\n";
    const auto result = load(text);
    EXPECT_EQ(result.diagnostics.size(), kFindingsMax + 1);
    EXPECT_EQ(result.diagnostics.back().to_text(), "taktd.yaml: error: 2000 more errors are not shown");
}

TEST(Diagnostics, SecretsOfEveryShape_AreNotShown) {
    const std::string head = "version: 1\nproviders:\n  p:\n    type: tencent-cfg\n";
    const std::string kSecret = "HUNTER2HUNTER2";
    const std::string kCases[] = {
        head + "    credentials: {secret_id: " + kSecret + ", secret_key: " + kSecret + "}\n",
        head + "    credentials: " + kSecret + "\n",
        head + "    credentials: [" + kSecret + "]\n",
        head + "    credentials: {" + kSecret + "}\n",
        head + "    credentials: {" + kSecret + ": 1, " + kSecret + ": 2}\n",
        head + "    credentials: {secret_key: {a: " + kSecret + "}}\n",
        head + "    credentials: {secret_key: [" + kSecret + "], typo: 1}\n",
        head + "    credentials:\n      secret_id: a\n      secret_kye: " + kSecret + "\n",
        head + "    credentials:\n      secret_key:\n        " + kSecret + "\n",
        head + "    credentials:\n      secret_key: |\n        " + kSecret + "\n        more\n",
        head + "    credentails:\n      secret_key: " + kSecret + "\n",
        head + "    credentials: {secret_id: a, secret_key: \"" + kSecret + "\n",
        head + "    credentials: {secret_id: a: b, secret_key: " + kSecret + "}\n",
        head + "    credentials:\n      secret_id: x\n     secret_key: " + kSecret + "\n",
        head + "    credentials:\n      secret_id: [\n" + kSecret + "\n",
        head + "    credentials: {secret_id: a, secret_key: " + kSecret + "}   \x04\n",
        head + "    secret_key: " + kSecret + "\n",
        head + "    endpoint: https://user:" + kSecret + "@host\n    region: ${env:SECRET}/\n    token: a\n",
        head + "    credentials: {secret_key: \"${" + kSecret + "}\"}\n",
        head + "    credentials: {secret_key: \"${env:" + kSecret + "!}\"}\n",
        head + "    credentials: &c {secret_key: " + kSecret + "}\njobs: *c\n",
        head + "    credentials: &c {secret_key: &k " + kSecret + "}\ntime_zone: *k\njobs: {a: {provider: *k}}\n",
        "version: 1\ncontrol: {http: {listen: x, tokens: {operator: " + kSecret + "}}}\n",
    };
    for (const std::string& text : kCases) {
        const auto result = load(text);
        EXPECT_TRUE(result.has_errors()) << text;
        for (const Diagnostic& d : result.diagnostics) {
            EXPECT_THAT(d.to_text(), Not(HasSubstr(kSecret))) << text;
            EXPECT_THAT(d.source_line, Not(HasSubstr("HUNTER"))) << text;
        }
    }
}

TEST(Diagnostics, LinesThatHoldReferencesOnly_AreStillShown) {
    const auto result = load(
        "version: 1\nproviders:\n  p:\n    type: tencent-cfg\n    credentials: {secretid: \"${file:/i}\", "
        "secret_key: \"${file:/k}\"}\n    timeout: x\n");
    EXPECT_THAT(test::all_text(result),
                HasSubstr("\n    credentials: {secretid: \"${file:/i}\", secret_key: \"${file:/k}\"}\n"));
    EXPECT_THAT(test::all_text(result), HasSubstr("\n    timeout: x\n"));
}

TEST(Suggestions, NearestWord_IsSuggested) {
    const std::vector<std::string> words = {"start", "stop", "start_grace", "task"};
    const std::pair<const char*, const char*> kCases[] = {
        {"strat", "start"}, {"STOP", "stop"}, {"startgrace", "start_grace"}, {"tsk", "task"}, {"x", ""}, {"zebra", ""},
        {"start", "start"}, {"", ""},
    };
    for (const auto& [word, expected] : kCases) EXPECT_EQ(nearest(word, words), expected) << word;
    EXPECT_EQ(edit_distance("ab", "ba", 3), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting", 5), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3u);
    EXPECT_EQ(edit_distance("", "abc", 5), 3u);
}

}  // namespace
}  // namespace taktd
