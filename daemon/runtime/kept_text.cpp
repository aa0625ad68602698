// SPDX-License-Identifier: Apache-2.0
// Redaction is the log's, validity and limits are the store's: this is their order.
#include "daemon/runtime/kept_text.hpp"

#include "daemon/log/log.hpp"
#include "daemon/store/json/text.hpp"

namespace taktd {

std::string kept_text(std::string text, std::size_t bytes_max) {
    // A secret is replaced before anything is cut, lest half of one survive at the edge.
    return storable_text(log::redact(std::move(text)), bytes_max);
}

}  // namespace taktd
