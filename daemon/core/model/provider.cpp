// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/model/provider.hpp"

namespace taktd {

std::string task_key_of(const ProviderSpec& provider, const std::string& task_id) {
    return provider.type + "|" + provider.endpoint + "|" + provider.scope + "|" + task_id;
}

}  // namespace taktd
