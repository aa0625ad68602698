// The providers' secrets, read when they are first needed and again after a reload or an unauthorized answer. A secret
// that cannot be read now may be readable later, so failures are never kept: a stop tries again each time.
#pragma once

#include <map>
#include <string>

#include "daemon/core/job.hpp"
#include "providers/provider.hpp"

namespace taktd {

class CredentialCache {
public:
    /// Every secret that is read is registered with the log's redaction before it is handed out.
    Result<Credentials> get(const ProviderSpec& provider);
    /// The next get() of these references reads anew.
    void forget(const ProviderSpec& provider) { known_.erase(provider.credentials); }
    void clear() { known_.clear(); }

private:
    std::map<std::map<std::string, std::string>, Credentials> known_;  // by the references
};

}  // namespace taktd
