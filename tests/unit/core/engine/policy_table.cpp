// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/core/engine/policy_table.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace taktd::test {
namespace {

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" `");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" `") - begin + 1);
}

std::vector<std::string> split(const std::string& text, const std::string& by) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (std::size_t at = text.find(by); at != std::string::npos; at = text.find(by, from)) {
        parts.push_back(trimmed(text.substr(from, at - from)));
        from = at + by.size();
    }
    parts.push_back(trimmed(text.substr(from)));
    return parts;
}

}  // namespace

const std::array<std::vector<std::string>, kPolicyColumns>& policy_words() {
    static const std::array<std::vector<std::string>, kPolicyColumns> words{{
        {"on time", "late, skip", "late, run_late", "too late, skip", "too late, run_late", "newer one missed",
         "short window", "no window"},
        {"none", "one, skip", "one, queue, ends", "one, queue, stays", "two, queue", "one, stop_previous, ends",
         "one, stop_previous, stays", "two, stop_previous"},
        {"free", "hold", "disabled by config", "disabled by operator", "removed", "provider closed"},
        {"inactive", "active", "unreadable", "not needed", "wrong name"},
    }};
    return words;
}

std::vector<Situation> all_situations() {
    std::vector<Situation> all{{}};
    for (std::size_t column = 0; column < kPolicyColumns; ++column) {
        std::vector<Situation> longer;
        for (const auto& begun : all) {
            for (const auto& word : policy_words()[column]) {
                longer.push_back(begun);
                longer.back()[column] = word;
            }
        }
        all = std::move(longer);
    }
    return all;
}

std::string to_text(const Situation& situation) {
    std::string text;
    for (const auto& word : situation) text += (text.empty() ? "" : " | ") + word;
    return text;
}

bool PolicyLine::fits(const Situation& situation) const {
    for (std::size_t column = 0; column < kPolicyColumns; ++column) {
        const auto& cell = cells[column];
        const bool is_any = cell == std::vector<std::string>{"*"};
        if (!is_any && std::ranges::find(cell, situation[column]) == cell.end()) return false;
    }
    return true;
}

std::vector<PolicyLine> read_policy_table(const std::string& path) {
    std::ifstream file{path};
    std::vector<PolicyLine> lines;
    bool is_inside = false;
    for (std::string text; std::getline(file, text);) {
        const auto cells = split(text, "|");
        const bool is_line = cells.size() == kPolicyColumns + 3 && cells.front().empty();
        if (is_line && cells[1] == "when") is_inside = true;
        if (!is_line && is_inside) break;
        if (!is_inside || cells[1] == "when" || cells[1].starts_with("---")) continue;
        PolicyLine& line = lines.emplace_back();
        for (std::size_t column = 0; column < kPolicyColumns; ++column)
            line.cells[column] = split(cells[column + 1], " or ");
        line.outcome = cells[kPolicyColumns + 1];
    }
    return lines;
}

}  // namespace taktd::test
