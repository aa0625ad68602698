// SPDX-License-Identifier: Apache-2.0
// Plain http would send credentials' signatures and tokens in the open; it is taken for loopback addresses, where
// stand-ins of the vendors live.
#include "daemon/settings/values/endpoint.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cctype>
#include <optional>

#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

constexpr const char* kEndpointHelp = "must be https://host or https://host:port";

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    if (host.starts_with('[')) {
        const std::string_view inside = host.substr(1, host.size() - 2);
        return host.ends_with(']') && !inside.empty() && inside.find(':') != std::string_view::npos &&
               inside.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
    }
    return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos &&
           host.front() != '.' && host.front() != '-';
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "[::1]") return true;
    const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return digits && host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3;
}

constexpr std::int64_t kPortMax = 65535;

std::optional<std::int64_t> port_of(std::string_view text) {
    const auto number = parse_integer(text);
    return number && *number >= 1 && *number <= kPortMax ? std::optional{*number} : std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower;
}

}  // namespace

Result<WebAddress> parse_web_address(std::string_view text) {
    constexpr std::size_t kBytesMax = 2048;
    const bool is_visible = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    if (text.size() > kBytesMax || !is_visible || text.find('#') != std::string_view::npos)
        return unexpected<std::string>{
            "must be an address such as https://hooks.example.com/taktd: at most 2048 visible ASCII characters, "
            "without '#'"};
    const std::size_t scheme = text.find("://");
    const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
    const std::size_t path = std::min(text.find_first_of("/?", host), text.size());
    auto endpoint = canonical_endpoint(text.substr(0, path));
    if (!endpoint) return unexpected{std::move(endpoint.error())};
    std::string target{text.substr(path)};
    if (!target.starts_with('/')) target.insert(0, "/");
    return WebAddress{std::move(*endpoint), std::move(target)};
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string host = lower_case(text.substr(0, colon));
    const auto port = port_of(text.substr(colon + 1));
    if (!port || host.empty()) return std::nullopt;
    ListenAddress address{host, static_cast<unsigned short>(*port), is_loopback(host)};
    std::array<unsigned char, sizeof(in6_addr)> parsed{};
    if (host == "localhost") return address;
    if (host.front() != '[') {
        return ::inet_pton(AF_INET, host.c_str(), parsed.data()) == 1 ? std::optional{address} : std::nullopt;
    }
    if (host.back() != ']') return std::nullopt;
    address.address = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, address.address.c_str(), parsed.data()) != 1) return std::nullopt;
    return address;
}

bool is_host_header(std::string_view text) {
    const std::string lower = lower_case(text);
    const std::size_t bracket = lower.rfind(']');
    const std::size_t colon = lower.find(':', bracket == std::string::npos ? 0 : bracket);
    return is_host(lower.substr(0, colon)) && (colon == std::string::npos || port_of(lower.substr(colon + 1)));
}

Result<std::string> canonical_endpoint(std::string_view text) {
    const std::string lower = lower_case(text);
    std::string_view rest = lower;
    const bool secure = rest.starts_with("https://");
    if (!secure && !rest.starts_with("http://")) return unexpected{kEndpointHelp};
    rest.remove_prefix(secure ? 8 : 7);
    while (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.find('@') != std::string_view::npos) {
        return unexpected<std::string>{"must not hold a user or password; those go under 'credentials'"};
    }
    if (rest.find_first_of("/?#") != std::string_view::npos) {
        return unexpected<std::string>{"must end after the host and port, without a path"};
    }
    const std::size_t bracket = rest.rfind(']');
    const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string host{rest.substr(0, colon)};
    if (!is_host(host)) return unexpected{kEndpointHelp};
    std::string port;
    if (colon != std::string_view::npos) {
        const auto number = port_of(rest.substr(colon + 1));
        if (!number) return unexpected<std::string>{"has a port that is not from 1 to 65535"};
        if (*number != (secure ? 443 : 80)) port = ":" + std::to_string(*number);
    }
    if (!secure && !is_loopback(host)) {
        return unexpected<std::string>{
            "must begin with https://; plain http is for loopback addresses only (127.0.0.1, [::1], localhost)"};
    }
    return (secure ? "https://" : "http://") + host + port;
}

}  // namespace taktd
