// SPDX-License-Identifier: Apache-2.0
// What the API needs on TCP beside the config: its tokens and what TLS shows, read where the references point.
#pragma once

#include <functional>
#include <string>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/secret.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd {

struct HttpFront {
    HttpSettings settings;
    Secret operator_token{}, viewer_token{};  ///< empty: there is none
    Secret certificate{}, key{};              ///< in PEM; empty: no TLS
};

inline constexpr std::size_t kTokenBytesMin = 20;

/// Waits for files no longer than CredentialCache::kPatience. `on_secret` hears of the tokens. The error says which one
/// cannot be read, or used, and what to do.
Result<HttpFront> read_http_front(const HttpSettings& settings, const std::function<void(const Secret&)>& on_secret);

}  // namespace taktd
