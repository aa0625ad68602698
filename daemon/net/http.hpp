// SPDX-License-Identifier: Apache-2.0
// HTTP as plain values, so that adapters and twins stay pure codecs. The client and the server are in client.hpp and
// server.hpp; only their .cpp files see Beast.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace taktd {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// The value of the first header of that name (case-insensitive).
std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
    std::string method = "POST";
    std::string target = "/";  ///< path and query, as on the wire
    HttpHeaders headers;       ///< with Host; without Content-Length and Connection, which the client adds
    std::string body;
    /// On a server's Unix socket: the user at the other end, as the kernel knew it when the connection was made.
    std::optional<std::uint32_t> peer_uid = {};
    std::string peer_address = {};  ///< on a server's TCP: the address at the other end
};

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;
    std::string body;
};

/// scheme://host[:port], taken apart; or a Unix socket.
struct Endpoint {
    bool tls = true;
    std::string host;  ///< without brackets for IPv6
    std::string port;  ///< never empty: "443" or "80" by default
    /// Set: the socket's path. It is plain, and `host` is only what the Host header says.
    std::string unix_path{};
    /// What the Host header says: with the port when it is not the scheme's default, IPv6 in brackets.
    std::string host_header() const;
    bool is_loopback() const;
    bool operator==(const Endpoint&) const = default;
    auto operator<=>(const Endpoint&) const = default;
};
std::optional<Endpoint> parse_endpoint(std::string_view url);

}  // namespace taktd
