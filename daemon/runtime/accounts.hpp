// SPDX-License-Identifier: Apache-2.0
// Which providers share a bucket: those of one adapter, endpoint and key id. The key id is a secret's neighbour, so its
// hash stands in its place; where it cannot be read, the reference does.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/runtime/adapter_table.hpp"
#include "daemon/runtime/credential_cache.hpp"

namespace taktd {

struct ResolvedAccounts {
    ConfigPtr config;                     ///< the same config, every account resolved
    std::vector<std::string> errors;      ///< one account, different limits
    std::vector<std::string> unreadable;  ///< providers whose secrets cannot be read now; their stops will try again
};

ResolvedAccounts resolve_accounts(const ConfigPtr& config, const AdapterTable& adapters, CredentialCache& credentials);

}  // namespace taktd
