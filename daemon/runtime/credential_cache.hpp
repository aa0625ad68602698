// SPDX-License-Identifier: Apache-2.0
// The providers' secrets, read when they are first needed and again after a reload or an unauthorized answer. A secret
// that cannot be read now may be readable later, so failures are never kept: a stop tries again each time.
//
// Files are read on threads of their own (secret_reading.hpp); the environment is at hand. So whoever runs the event
// loop asks is_ready() until it says yes, or patience ends, and then calls get() with no patience at all.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daemon/core/model/job.hpp"
#include "daemon/runtime/secret_reading.hpp"
#include "daemon/settings/secrets.hpp"
#include "providers/provider.hpp"

namespace taktd {

class CredentialCache {
public:
    /// For whoever has nothing else to do meanwhile.
    static constexpr Duration kPatience = std::chrono::seconds{2};

    /// `on_read` hears of every secret before it is handed out: whoever owns the log has it redacted from then on.
    explicit CredentialCache(
        std::function<void(const Secret&)> on_read = [](const Secret&) {}, SecretReading::Read read = read_credentials)
        : on_read_{std::move(on_read)}, read_{std::move(read)} {}

    /// True: get() has an answer at once. Else they are being read from now on.
    bool is_ready(const ProviderSpec& provider);
    /// True: a reading is under way that nobody knows the end of.
    bool is_being_read(const ProviderSpec& provider) const;
    /// Waits at most so long for files.
    Result<Credentials> get(const ProviderSpec& provider, Duration at_most = kPatience);
    /// The next get() of these references reads anew. What was known of them, if anything.
    std::optional<Credentials> forget(const ProviderSpec& provider);
    /// What was read, or is being read, for a config that takes over; all else is read anew when it is needed.
    void take(CredentialCache fresh);

private:
    using References = SecretReading::References;

    SecretReading* reading_of(const References& references);

    std::function<void(const Secret&)> on_read_;
    SecretReading::Read read_;
    std::map<References, Credentials> known_;
    std::map<References, std::unique_ptr<SecretReading>> readings_;  // under way, or done and not asked for yet
};

}  // namespace taktd
