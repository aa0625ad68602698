// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/outcomes.hpp"

#include <algorithm>
#include <array>

#include "providers/outcomes.hpp"

namespace taktd::tencent_cfg {
namespace {

// Codes of the ModifyTaskRunStatus page, of the product's error list and of the common errors of API 3.0.
// A code is final or a conflict only if the vendor refuses before it acts; whatever may come after acting is uncertain,
// for a run that may have started must be stopped.
constexpr auto kTable = std::to_array<CodeOutcome>({
    {"RequestLimitExceeded", Outcome::throttled},
    {"LimitExceeded.RateLimitExceeded", Outcome::throttled},

    {"ResourceInUse", Outcome::conflict},
    {"OperationDenied", Outcome::conflict},
    {"UnsupportedOperation", Outcome::conflict},

    {"FailedOperation", Outcome::uncertain},
    {"InternalError", Outcome::uncertain},
    {"ServiceUnavailable", Outcome::uncertain},
    {"ResourceUnavailable", Outcome::uncertain},
    {"ResourceInsufficient", Outcome::uncertain},
    {"ResponseSizeLimitExceeded", Outcome::uncertain},  // found out once the answer was made

    {"AuthFailure.SignatureExpire", Outcome::clock_skew},
    {"AuthFailure.UnauthorizedOperation", Outcome::refused_final},  // a missing permission closes no account
    {"AuthFailure", Outcome::unauthorized},

    {"UnauthorizedOperation", Outcome::refused_final},
    {"InvalidParameter", Outcome::refused_final},
    {"InvalidParameterValue", Outcome::refused_final},
    {"MissingParameter", Outcome::refused_final},
    {"UnknownParameter", Outcome::refused_final},
    {"InvalidAction", Outcome::refused_final},
    {"InvalidRequest", Outcome::refused_final},
    {"NoSuchProduct", Outcome::refused_final},
    {"NoSuchVersion", Outcome::refused_final},
    {"ActionOffline", Outcome::refused_final},
    {"UnsupportedProtocol", Outcome::refused_final},
    {"UnsupportedRegion", Outcome::refused_final},
    {"RequestSizeLimitExceeded", Outcome::refused_final},
    {"IpInBlacklist", Outcome::refused_final},
    {"IpNotInWhitelist", Outcome::refused_final},
    {"ResourceNotFound", Outcome::refused_final},
    {"ResourcesSoldOut", Outcome::refused_final},
    {"LimitExceeded", Outcome::refused_final},
    {"DryRunOperation", Outcome::refused_final},
});

std::optional<Outcome> exact(std::string_view code) {
    const auto* found = std::ranges::find(kTable, code, &CodeOutcome::code);
    if (found == kTable.end()) return std::nullopt;
    return found->outcome;
}

}  // namespace

std::span<const CodeOutcome> code_outcomes() { return kTable; }

std::optional<Outcome> outcome_of_code(std::string_view code) {
    if (const auto whole = exact(code)) return whole;
    // A missing permission is a matter of that call alone, whichever family the vendor files it under.
    if (code.ends_with(".UnauthorizedOperation")) return Outcome::refused_final;
    return exact(code.substr(0, code.find('.')));
}

Outcome outcome_of(const CallSpec& call, int http_status, std::string_view code) {
    if (const auto configured = configured_outcome(*call.provider, code)) return *configured;
    const bool refused = may_refuse(http_status);
    if (!refused && http_status != 200) return Outcome::uncertain;
    const auto known = code.empty() ? std::nullopt : outcome_of_code(code);
    if (known && http_status != 429) return *known;
    return refused ? outcome_of_refusal(http_status, !code.empty(), call.action) : Outcome::uncertain;
}

}  // namespace taktd::tencent_cfg
