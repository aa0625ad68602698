// SPDX-License-Identifier: Apache-2.0
// Whether an occurrence may start now: the policies as one list of rules over plain facts, asked in the order in which
// an operator would explain them. The engine follows the first rule that objects; `taktctl why` reads the same list
// aloud from the facts that were stored with the decision.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/model/start_facts.hpp"

namespace taktd {

inline constexpr Duration kBaselineLead = std::chrono::seconds{10};
inline constexpr Duration kBaselineMaxAge = std::chrono::seconds{60};

struct StartVerdict {
    enum class Kind : std::uint8_t {
        start,
        prepare,       ///< make the run's own task and decide then
        look,          ///< ask for a baseline (again) and decide then
        wait,          ///< for its instant, or for earlier runs of the job
        end_previous,  ///< likewise, and stop them
        skip
    } kind = Kind::start;
    Reason reason = Reason::none;  ///< of a skip
    bool operator==(const StartVerdict&) const = default;
};

StartVerdict decide_start(const StartFacts& facts);

/// One rule as the explanation of a decision shows it.
struct RuleFinding {
    std::string_view rule;                ///< "the job is enabled"
    std::optional<StartVerdict> verdict;  ///< nothing: it had no objection
    std::string facts;                    ///< what decided it, in words
};
/// Every rule that was asked, the one that objected last. `to_text` shows an instant to the reader.
std::vector<RuleFinding> explain_start(const StartFacts& facts, const std::function<std::string(WallTime)>& to_text);

/// The last instant at which a start of this window may be released.
WallTime latest_start(const Window& window, Misfire misfire);
/// The same for what is known of a run: a manual one has no grace.
WallTime latest_start(const StartFacts& facts);

}  // namespace taktd
