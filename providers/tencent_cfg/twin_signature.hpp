// SPDX-License-Identifier: Apache-2.0
// The stand-in's own reading of "Signature v3": rebuilds the canonical request from what arrived and compares. Day and
// service come from the request's credential scope, for official SDKs take the service from the endpoint's first label;
// the host is tried with and without its port, for the Node SDK signs it without.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/base/secret.hpp"
#include "daemon/net/http.hpp"
#include "providers/tencent_cfg/twin_tasks.hpp"

namespace taktd::tencent_cfg_twin {

struct KeyPair {
    std::string secret_id;
    Secret secret_key;
    Secret token;  ///< of temporary keys; empty: none
};

/// Nothing if the request is signed by that key and its timestamp is within five minutes of `now`.
std::optional<VendorError> check_signature(const HttpRequest& request, const KeyPair& key, WallTime now);

}  // namespace taktd::tencent_cfg_twin
