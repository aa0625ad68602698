// SPDX-License-Identifier: Apache-2.0
// Addresses: a provider's (`scheme://host[:port]`, https, or http for this machine only), and one to listen on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"

namespace taktd {

/// Lower case, without a trailing slash and without the scheme's own port, so that equal endpoints are equal texts. The
/// error says what to write and does not repeat the text.
Result<std::string> canonical_endpoint(std::string_view text);

/// `https://host[:port]/path?query`: where something is posted to.
struct WebAddress {
    std::string endpoint;  ///< canonical
    std::string target;    ///< path and query; "/" if there is none
};
/// Plain http for this machine only. The error says what to write and does not repeat the text, which may be a secret.
Result<WebAddress> parse_web_address(std::string_view text);

/// An address of this machine to listen on.
struct ListenAddress {
    std::string address;  ///< without brackets; or "localhost"
    unsigned short port = 0;
    bool is_loopback = false;
};
/// `127.0.0.1:8484`, `[::1]:8484`, `localhost:8484`: no other names, as they would have to be looked up.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// What a Host header may say: `taktd.example.com`, `taktd.example.com:8443`, `192.0.2.1`, `[2001:db8::1]`.
bool is_host_header(std::string_view text);

}  // namespace taktd
