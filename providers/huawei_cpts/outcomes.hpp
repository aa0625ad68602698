// SPDX-License-Identifier: Apache-2.0
// What an answer of CPTS, or of the API gateway before it, says about a call's effect. The table in outcomes.cpp is
// data: a code that turns out to mean something else is one line there.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "daemon/core/model/call.hpp"

namespace taktd::huawei_cpts {

struct CodeOutcome {
    std::string_view code;  ///< of the gateway: in the spelling APIG.NNNN, which stands for APIGW.NNNN too
    Outcome outcome;
};
std::span<const CodeOutcome> code_outcomes();

/// The class of a vendor code; nothing for an unknown one.
std::optional<Outcome> outcome_of_code(std::string_view code);

/// Whether a code is shaped as all of Huawei's are: words in capitals and a number at last, with dots between
/// (SVCSTG.CPTS.4032002, APIG.0301). Other programs' JSON has a `code` too.
bool is_vendors_code(std::string_view code);

/// The class of an answer to `call` with this HTTP status and code (empty: none, or no readable body). What the
/// provider's config says of the code goes before everything else, the HTTP status too.
Outcome outcome_of(const CallSpec& call, int http_status, std::string_view code);

}  // namespace taktd::huawei_cpts
