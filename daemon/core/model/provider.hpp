// SPDX-License-Identifier: Apache-2.0
// What the config says of an account at a vendor, and what its adapter can do. Nothing here is a secret: credentials
// are references.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/model/model.hpp"

namespace taktd {

/// Requests per time at a provider's account. `interval` is the exact spacing, rounded up to whole nanoseconds.
struct RateLimit {
    Duration interval{};  ///< 1/rate
    int burst = 2;        ///< at least 2: the last permit is kept for stops
    bool operator==(const RateLimit&) const = default;
};

/// What an adapter can do, as far as the engine has to know.
struct AdapterTraits {
    bool can_pause = false;
    int query_batch_max = 1;      ///< tasks that one routine poll may ask for
    bool token_names_run = true;  ///< false: the token (a start time) never supersedes (CFG)
    bool can_heal = false;        ///< knows a call that has a task undo its faults before it is stopped
    bool operator==(const AdapterTraits&) const = default;
};

/// A configured account at a vendor. Frozen into a run's stop plan at its intent, so a run can be stopped without the
/// config.
struct ProviderSpec {
    std::string name;
    std::string type;                                ///< the adapter, e.g. "huawei-cpts"
    std::string endpoint;                            ///< scheme://host[:port], no trailing slash
    std::string region;                              ///< empty: none
    std::string scope;                               ///< CPTS: project_id; CFG: empty
    std::map<std::string, std::string> credentials;  ///< parameter -> reference text, e.g. secret_key -> "${env:X}"
    std::string account;                             ///< providers with the same one share a bucket
    RateLimit rate_limit;
    Duration timeout = std::chrono::seconds{10};
    Duration poll_interval = std::chrono::seconds{15};
    Duration settle = std::chrono::minutes{2};
    bool baseline = true;
    Foreign foreign = Foreign::report;
    std::map<std::string, Outcome> outcomes;  ///< vendor code -> class, over the adapter's own table
    std::vector<std::string> success_codes;   ///< vendor codes that mean "accepted"
    AdapterTraits traits;
    bool operator==(const ProviderSpec&) const = default;
};
using ProviderPtr = std::shared_ptr<const ProviderSpec>;

/// `type|endpoint|scope|task_id`: what names a task across jobs and providers (R9).
std::string task_key_of(const ProviderSpec& provider, const std::string& task_id);

}  // namespace taktd
