// SPDX-License-Identifier: Apache-2.0
#include "daemon/net/address_order.hpp"

#include <algorithm>

namespace taktd {

std::vector<std::string> AddressOrder::arranged(const Endpoint& endpoint, std::vector<std::string> addresses) const {
    const auto failed = failed_last_.find(endpoint);
    if (failed == failed_last_.end()) return addresses;
    const auto at = std::find(addresses.begin(), addresses.end(), failed->second);
    if (at != addresses.end()) std::rotate(addresses.begin(), at + 1, addresses.end());
    return addresses;
}

}  // namespace taktd
