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

}  // namespace taktd
