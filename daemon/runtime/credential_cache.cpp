// SPDX-License-Identifier: Apache-2.0
// A cache by references: providers that name the same secrets read them once, also while a reading is under way.
#include "daemon/runtime/credential_cache.hpp"

#include <algorithm>

#include "daemon/settings/values/references.hpp"

namespace taktd {
namespace {

/// Whatever else a reference is, only the environment is certainly at hand.
bool is_at_hand(const std::map<std::string, std::string>& references) {
    return std::ranges::all_of(references, [](const auto& entry) {
        const auto parsed = parse_reference(entry.second);
        return !parsed || parsed->kind == Reference::Kind::env;
    });
}

std::string names_of(const std::map<std::string, std::string>& references) {
    std::string names;
    for (const auto& [name, reference] : references) names += (names.empty() ? "" : ", ") + reference;
    return names;
}

}  // namespace

SecretReading* CredentialCache::reading_of(const References& references) {
    auto& reading = readings_[references];
    if (!reading) reading = SecretReading::begin(references, read_);
    return reading.get();
}

bool CredentialCache::is_ready(const ProviderSpec& provider) {
    if (known_.contains(provider.credentials) || is_at_hand(provider.credentials)) return true;
    const auto* reading = reading_of(provider.credentials);
    return reading == nullptr || reading->is_done();
}

bool CredentialCache::is_being_read(const ProviderSpec& provider) const {
    const auto reading = readings_.find(provider.credentials);
    return reading != readings_.end() && reading->second && !reading->second->is_done();
}

Result<Credentials> CredentialCache::get(const ProviderSpec& provider, Duration at_most) {
    const auto known = known_.find(provider.credentials);
    if (known != known_.end()) return known->second;
    std::optional<Result<Credentials>> read;
    if (is_at_hand(provider.credentials)) {
        read = read_(provider.credentials);
    } else {
        const auto* reading = reading_of(provider.credentials);
        if (reading == nullptr) return unexpected<std::string>{"too many secrets are being read at once"};
        read = reading->wait(at_most);
        if (!read)
            return unexpected{names_of(provider.credentials) +
                              " cannot be read in time; does their disk or mount hang?"};
        readings_.erase(provider.credentials);
    }
    if (!*read) return unexpected{read->error()};
    for (const auto& [name, secret] : **read) on_read_(secret);
    return known_.emplace(provider.credentials, std::move(**read)).first->second;
}

std::optional<Credentials> CredentialCache::forget(const ProviderSpec& provider) {
    const auto before = known_.extract(provider.credentials);
    return before.empty() ? std::nullopt : std::optional{before.mapped()};
}

void CredentialCache::take(CredentialCache fresh) {
    known_ = std::move(fresh.known_);
    readings_ = std::move(fresh.readings_);
}

}  // namespace taktd
