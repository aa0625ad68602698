// SPDX-License-Identifier: Apache-2.0
// Huawei's request signature SDK-HMAC-SHA256 (API Request Signing Guide), pinned by published vectors. Pure: the date
// is the X-Sdk-Date header of the request.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/base/secret.hpp"
#include "daemon/core/base/time.hpp"
#include "daemon/net/http.hpp"

namespace taktd::huawei_cpts {

/// `20250102T030405Z`
std::string sdk_date(WallTime time);

/// What is hashed: method, path, query, the headers named (lower-case, sorted) and the hash of the body.
std::string canonical_request(const HttpRequest& request, const std::vector<std::string>& signed_headers);

/// The value of the Authorization header. The request must bear every header named, X-Sdk-Date among them.
std::string authorization(const HttpRequest& request, const std::vector<std::string>& signed_headers,
                          const std::string& access_key, const Secret& secret_key);

}  // namespace taktd::huawei_cpts
