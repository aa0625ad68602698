// SPDX-License-Identifier: Apache-2.0
// Header look-up and the taking apart of endpoints: scheme, host (a name or an address literal), port.
#include "daemon/net/http.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace taktd {

namespace {

constexpr std::size_t kHostBytesMax = 253;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_ipv6(const std::string& host) {
    in6_addr parsed{};
    return ::inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool is_host_name(std::string_view host) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    };
    return !host.empty() && host.size() <= kHostBytesMax && host.front() != '.' && host.front() != '-' &&
           host.find("..") == std::string_view::npos && std::all_of(host.begin(), host.end(), allowed);
}

std::optional<std::string> parse_port(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > 65535) return std::nullopt;
    return std::to_string(value);
}

}  // namespace

std::optional<std::string> find_header(const HttpHeaders& headers, std::string_view name) {
    for (const auto& [key, value] : headers)
        if (equal_ignoring_case(key, name)) return value;
    return std::nullopt;
}

std::string Endpoint::host_header() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? "443" : "80")) text += ":" + port;
    return text;
}

bool Endpoint::is_loopback() const {
    in_addr v4{};
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
    return host == "localhost";
}

std::optional<Endpoint> parse_endpoint(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    Endpoint endpoint;
    if (equal_ignoring_case(url.substr(0, scheme_end), "https")) {
        endpoint.tls = true;
    } else if (equal_ignoring_case(url.substr(0, scheme_end), "http")) {
        endpoint.tls = false;
    } else {
        return std::nullopt;
    }
    endpoint.port = endpoint.tls ? "443" : "80";

    std::string_view rest = url.substr(scheme_end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    std::string_view after_host;
    if (rest.starts_with('[')) {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        endpoint.host = rest.substr(1, close - 1);
        after_host = rest.substr(close + 1);
    } else {
        const auto colon = std::min(rest.find(':'), rest.size());
        endpoint.host = rest.substr(0, colon);
        after_host = rest.substr(colon);
    }
    std::transform(endpoint.host.begin(), endpoint.host.end(), endpoint.host.begin(), lower);
    if (rest.starts_with('[') ? !is_ipv6(endpoint.host) : !is_host_name(endpoint.host)) return std::nullopt;

    if (after_host.empty()) return endpoint;
    if (!after_host.starts_with(':')) return std::nullopt;
    auto port = parse_port(after_host.substr(1));
    if (!port) return std::nullopt;
    endpoint.port = std::move(*port);
    return endpoint;
}

}  // namespace taktd
