// SPDX-License-Identifier: Apache-2.0
// Reads each key once through the cache, then rebuilds the config with the accounts filled in: jobs share their
// provider.
#include "daemon/runtime/accounts.hpp"

#include <utility>

#include "providers/crypto.hpp"

namespace taktd {
namespace {

constexpr std::size_t kHashDigits = 16;

std::string limit_text(const RateLimit& limit) {
    return "one request per " + to_text(limit.interval) + ", burst " + std::to_string(limit.burst);
}

std::string account_of(const ProviderSpec& provider, const AdapterTable& adapters, CredentialCache& credentials,
                       Duration& patience, std::vector<std::string>& unreadable) {
    const Adapter* adapter = adapters.find(provider.type);
    if (adapter == nullptr) return provider.account;
    const auto read = credentials.get(provider, patience);
    if (!read) {
        // All began to be read together: whoever hangs has had its time when the first one has.
        if (credentials.is_being_read(provider)) patience = Duration::zero();
        unreadable.push_back("provider " + provider.name + ": " + read.error());
        return provider.account;
    }
    const std::string key_id = adapter->key_id(*read);
    if (key_id.empty()) return provider.account;
    return provider.type + "|" + provider.endpoint + "|" + sha256_hex(key_id).substr(0, kHashDigits);
}

}  // namespace

ResolvedAccounts resolve_accounts(const ConfigPtr& config, const AdapterTable& adapters, CredentialCache& credentials) {
    ResolvedAccounts result;
    auto resolved = std::make_shared<Config>();
    std::map<std::string, ProviderPtr> first_of_account;
    for (const auto& [name, provider] : config->providers) credentials.is_ready(*provider);
    Duration patience = CredentialCache::kPatience;
    for (const auto& [name, provider] : config->providers) {
        auto copy = std::make_shared<ProviderSpec>(*provider);
        copy->account = account_of(*provider, adapters, credentials, patience, result.unreadable);
        const auto [first, is_new] = first_of_account.try_emplace(copy->account, copy);
        if (!is_new && first->second->rate_limit != copy->rate_limit) {
            result.errors.push_back(
                "providers '" + first->second->name + "' and '" + name +
                "' use one account (the same adapter, endpoint and key id) but different rate limits: " +
                limit_text(first->second->rate_limit) + "; " + limit_text(copy->rate_limit) +
                "; write the same rate_limit in both");
        }
        resolved->providers.emplace(name, std::move(copy));
    }
    for (const auto& [name, job] : config->jobs) {
        auto copy = std::make_shared<Job>(*job);
        const auto provider = resolved->providers.find(job->provider->name);
        if (provider != resolved->providers.end()) copy->provider = provider->second;
        resolved->jobs.emplace(name, std::move(copy));
    }
    result.config = std::move(resolved);
    return result;
}

}  // namespace taktd
