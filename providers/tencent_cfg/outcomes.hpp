// SPDX-License-Identifier: Apache-2.0
// What an answer of the CFG API says about a call's effect. The table in outcomes.cpp is data: a code that turns out to
// mean something else is one line there.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "daemon/core/model/call.hpp"

namespace taktd::tencent_cfg {

struct CodeOutcome {
    std::string_view code;  ///< stands for its sub-codes too ("AuthFailure" for "AuthFailure.TokenFailure")
    Outcome outcome;
};
std::span<const CodeOutcome> code_outcomes();

/// The class of a vendor code: the whole code first, then the part before the dot; nothing for an unknown code.
std::optional<Outcome> outcome_of_code(std::string_view code);

/// The class of an answer to `call` with this HTTP status that carried an error code, or (`code` empty) no readable
/// answer at all. What the provider's config says of the code goes before everything else, the HTTP status too.
Outcome outcome_of(const CallSpec& call, int http_status, std::string_view code);

}  // namespace taktd::tencent_cfg
