#include "daemon/runtime/credential_cache.hpp"

#include "daemon/log/log.hpp"
#include "daemon/settings/secrets.hpp"

namespace taktd {

Result<Credentials> CredentialCache::get(const ProviderSpec& provider) {
    const auto known = known_.find(provider.credentials);
    if (known != known_.end()) return known->second;
    auto read = read_credentials(provider.credentials);
    if (!read) return unexpected{read.error()};
    for (const auto& [name, secret] : *read) log::register_secret(secret.reveal());
    return known_.emplace(provider.credentials, std::move(*read)).first->second;
}

}  // namespace taktd
