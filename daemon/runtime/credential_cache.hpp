// The providers' secrets, read when they are first needed and again after a reload or an unauthorized answer. A secret
// that cannot be read now may be readable later, so failures are never kept: a stop tries again each time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "daemon/core/job.hpp"
#include "providers/provider.hpp"

namespace taktd {

class CredentialCache {
public:
    /// `on_read` hears of every secret before it is handed out: whoever owns the log has it redacted from then on.
    explicit CredentialCache(std::function<void(const Secret&)> on_read = [](const Secret&) {})
        : on_read_{std::move(on_read)} {}

    Result<Credentials> get(const ProviderSpec& provider);
    /// The next get() of these references reads anew. True if they can be read and are not what they were.
    bool renew(const ProviderSpec& provider);
    /// What was read for a config that takes over; all else is read anew when it is needed.
    void take(CredentialCache fresh) { known_ = std::move(fresh.known_); }

private:
    std::function<void(const Secret&)> on_read_;
    std::map<std::map<std::string, std::string>, Credentials> known_;  // by the references
};

}  // namespace taktd
