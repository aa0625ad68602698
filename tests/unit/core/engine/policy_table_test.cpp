// SPDX-License-Identifier: Apache-2.0
// docs/policies.md is the policies' truth table in words: it names every situation exactly once, and the engine does in
// each of them what it says.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/unit/core/engine/policy_scenario.hpp"

namespace taktd::test {
namespace {

const std::string kDocument = std::string{TAKTD_SOURCE_DIR} + "/docs/policies.md";

TEST(PolicyTable, Table_NamesEverySituationExactlyOnce) {
    const auto lines = read_policy_table(kDocument);
    ASSERT_FALSE(lines.empty());
    const auto& words = policy_words();
    for (const auto& line : lines) {
        for (std::size_t column = 0; column < kPolicyColumns; ++column) {
            for (const auto& word : line.cells[column]) {
                const bool is_known = word == "*" || std::ranges::find(words[column], word) != words[column].end();
                EXPECT_TRUE(is_known) << "the table says '" << word << "'";
            }
        }
    }
    std::set<const PolicyLine*> used;
    for (const auto& situation : all_situations()) {
        std::size_t fitting = 0;
        for (const auto& line : lines) {
            if (!line.fits(situation)) continue;
            ++fitting;
            used.insert(&line);
        }
        EXPECT_EQ(fitting, 1U) << to_text(situation);
    }
    EXPECT_EQ(used.size(), lines.size()) << "a line fits nothing";
}

TEST(PolicyTable, Words_AreExplained) {
    std::ifstream file{kDocument};
    std::stringstream all;
    all << file.rdbuf();
    const std::string text = all.str();
    const std::string glossary = text.substr(text.find("What the words mean"));
    for (const auto& column : policy_words()) {
        for (const auto& word : column)
            EXPECT_NE(glossary.find('`' + word + '`'), std::string::npos) << word << " is not explained";
    }
}

TEST(PolicyTable, Table_IsWhatTheEngineDoes) {
    const auto lines = read_policy_table(kDocument);
    int wrong = 0;
    for (const auto& situation : all_situations()) {
        const auto line = std::ranges::find_if(lines, [&](const auto& one) { return one.fits(situation); });
        ASSERT_NE(line, lines.end());
        for (const Variant variant : variants_of(situation)) {
            PolicyScenario scenario{situation, variant};
            const std::string outcome = scenario.outcome();
            const bool is_right = outcome == line->outcome && scenario.dispositions() == 1 && scenario.is_explained();
            if (is_right || ++wrong > 10) continue;
            ADD_FAILURE() << to_text(situation) << "\n  should be " << line->outcome << ", is " << outcome << ", "
                          << scenario.dispositions() << " disposition(s)" << scenario.trace();
        }
    }
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace taktd::test
