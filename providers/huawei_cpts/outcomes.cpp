// SPDX-License-Identifier: Apache-2.0
#include "providers/huawei_cpts/outcomes.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "providers/outcomes.hpp"

namespace taktd::huawei_cpts {
namespace {

// All that is public. Success is spelt with seven zeros in the pages' examples and with eight in the table of codes.
// There is no published code for "already running", "not running", no capacity or no balance; what those answer is
// unknown here, and read by its HTTP status. APIG.0201 is missing on purpose: it means "malformed" with 400 and
// "backend timeout" with 504.
constexpr auto kTable = std::to_array<CodeOutcome>({
    {"SVCSTG.CPTS.0000000", Outcome::accepted},
    {"SVCSTG.CPTS.00000000", Outcome::accepted},
    {"CPTS.0000000", Outcome::accepted},
    {"CPTS.00000000", Outcome::accepted},

    {"SVCSTG.CPTS.4032002", Outcome::refused_final},  // task or project does not exist
    {"SVCSTG.CPTS.4031009", Outcome::refused_final},  // service not opened
    {"CPTS.04006025", Outcome::refused_final},        // deletion of a resource group failed
    {"CPTS.05001001", Outcome::uncertain},            // unknown error

    {"APIG.0101", Outcome::refused_final},  // no such API
    {"APIG.0103", Outcome::refused_final},  // no such path
    {"APIG.0104", Outcome::refused_final},  // method
    {"APIG.0105", Outcome::refused_final},  // parameters
    {"APIG.0106", Outcome::refused_final},  // version
    {"APIG.0301", Outcome::unauthorized},   // signature, key, token or date
    {"APIG.0302", Outcome::refused_final},  // the user may not call this: that call's matter alone
    {"APIG.0303", Outcome::unauthorized},   // app authentication
    {"APIG.0307", Outcome::unauthorized},   // token out of date, or of another region
    {"APIG.0308", Outcome::throttled},
});

/// The gateway's prefix comes in two spellings of one meaning; this is the one of the table.
std::string in_table_spelling(std::string_view code) {
    std::string spelling{code};
    if (spelling.starts_with("APIGW.")) spelling.erase(4, 1);
    return spelling;
}

}  // namespace

std::span<const CodeOutcome> code_outcomes() { return kTable; }

std::optional<Outcome> outcome_of_code(std::string_view code) {
    const auto spelling = in_table_spelling(code);
    const auto* found = std::ranges::find(kTable, std::string_view{spelling}, &CodeOutcome::code);
    if (found == kTable.end()) return std::nullopt;
    return found->outcome;
}

bool is_vendors_code(std::string_view code) {
    constexpr std::string_view kDigits = "0123456789";
    constexpr std::string_view kWord = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (code.empty() || code.front() < 'A' || code.front() > 'Z') return false;
    const auto last_dot = code.rfind('.');
    if (last_dot == std::string_view::npos || last_dot + 1 == code.size()) return false;
    if (code.find_first_not_of(kDigits, last_dot + 1) != std::string_view::npos) return false;
    for (const char c : code.substr(0, last_dot))
        if (c != '.' && kWord.find(c) == std::string_view::npos) return false;
    return true;
}

Outcome outcome_of(const CallSpec& call, int http_status, std::string_view code) {
    if (const auto configured = configured_outcome(*call.provider, code)) return *configured;
    if (const auto configured = configured_outcome(*call.provider, in_table_spelling(code))) return *configured;
    const bool refused = may_refuse(http_status);
    const bool served = http_status >= 200 && http_status < 300;
    if (!refused && !served) return Outcome::uncertain;
    const auto known = outcome_of_code(code);
    // "Success" inside a refusal contradicts itself, so it proves nothing.
    if (known == Outcome::accepted && refused) return Outcome::uncertain;
    if (known && http_status != 401 && http_status != 429) return *known;
    return refused ? outcome_of_refusal(http_status, is_vendors_code(code), call.action) : Outcome::uncertain;
}

}  // namespace taktd::huawei_cpts
