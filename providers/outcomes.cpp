// SPDX-License-Identifier: Apache-2.0
#include "providers/outcomes.hpp"

#include <algorithm>
#include <string>

namespace taktd {
namespace {

std::optional<Outcome> exact(const ProviderSpec& provider, std::string_view code) {
    if (std::ranges::find(provider.success_codes, code) != provider.success_codes.end()) return Outcome::accepted;
    const auto found = provider.outcomes.find(std::string{code});
    // An answer came, so the request was sent, whatever the config says.
    if (found == provider.outcomes.end() || found->second == Outcome::not_sent) return std::nullopt;
    return found->second;
}

}  // namespace

std::optional<Outcome> configured_outcome(const ProviderSpec& provider, std::string_view code) {
    if (code.empty()) return std::nullopt;
    if (const auto whole = exact(provider, code)) return whole;
    const auto family = code.substr(0, code.find('.'));
    return family.empty() ? std::nullopt : exact(provider, family);
}

bool may_refuse(int http_status) {
    switch (http_status) {
        case 407:  // proxy authentication
        case 408:  // request timeout
        case 424:  // failed dependency
        case 444:  // nginx: no response
        case 460:  // a load balancer: the client went away
        case 499:  // nginx, gateways: the client went away
            return false;
        default: return http_status >= 400 && http_status < 500;
    }
}

Outcome outcome_of_refusal(int http_status, bool in_vendors_words, Action action) {
    const bool may_start = action == Action::start || action == Action::resume;  // a vendor may take one for the other
    if (http_status == 429) return Outcome::throttled;                           // whoever throttles passes nothing on
    if (!in_vendors_words && may_start) return Outcome::uncertain;
    if (http_status == 401) return Outcome::unauthorized;
    return in_vendors_words ? Outcome::refused_final : Outcome::uncertain;
}

}  // namespace taktd
