// SPDX-License-Identifier: Apache-2.0
// The truth table of docs/policies.md as values: its lines as written, and every combination of the words that its
// columns know.
#pragma once

#include <array>
#include <string>
#include <vector>

namespace taktd::test {

inline constexpr std::size_t kPolicyColumns = 4;
/// One value for each column, in the order of the table: when, earlier runs, gate, baseline.
using Situation = std::array<std::string, kPolicyColumns>;

struct PolicyLine {
    std::array<std::vector<std::string>, kPolicyColumns> cells;  ///< alternatives; `*` alone is any value
    std::string outcome;                                         ///< "started", "skipped: hold"
    bool fits(const Situation& situation) const;
};

/// The words of each column.
const std::array<std::vector<std::string>, kPolicyColumns>& policy_words();
std::vector<Situation> all_situations();
std::string to_text(const Situation& situation);

/// The lines of the first table whose first heading is "when".
std::vector<PolicyLine> read_policy_table(const std::string& path);

}  // namespace taktd::test
