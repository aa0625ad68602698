// A cache by references: providers that name the same secrets read them once.
#include "daemon/runtime/credential_cache.hpp"

#include "daemon/settings/secrets.hpp"

namespace taktd {

Result<Credentials> CredentialCache::get(const ProviderSpec& provider) {
    const auto known = known_.find(provider.credentials);
    if (known != known_.end()) return known->second;
    auto read = read_credentials(provider.credentials);
    if (!read) return unexpected{read.error()};
    for (const auto& [name, secret] : *read) on_read_(secret);
    return known_.emplace(provider.credentials, std::move(*read)).first->second;
}

bool CredentialCache::renew(const ProviderSpec& provider) {
    const auto before = known_.extract(provider.credentials);
    const auto now = get(provider);
    known_.erase(provider.credentials);
    return now && !before.empty() && *now != before.mapped();
}

}  // namespace taktd
