// SPDX-License-Identifier: Apache-2.0
// What the parts of `taktctl verify` share: where findings go, and the part that looks at calls.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "daemon/store/verify/verify.hpp"

namespace taktd {

class Violations {
public:
    void add(std::string rule, std::optional<RunId> run, std::string job, std::string text) {
        if (list_.size() >= kViolationsMax) return;
        list_.push_back({std::move(rule), std::move(run), std::move(job), std::move(text)});
    }
    std::vector<Violation> take() { return std::move(list_); }

private:
    std::vector<Violation> list_;
};

/// R1, R2, R3 and R6, as far as the recorded calls show them. Throws SQLite::Exception.
void check_calls(SQLite::Database& database, Violations& findings);

inline std::string in_quotes(std::string_view text) { return "'" + std::string{text} + "'"; }

}  // namespace taktd
