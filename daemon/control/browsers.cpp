// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/browsers.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

namespace taktd::control {
namespace {

// The page sets text only and loads nothing from elsewhere; no other page frames it or keeps a hold of its window.
constexpr std::array<std::pair<const char*, const char*>, 6> kHeaders{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

std::string plain(std::string_view text) {
    std::string kept;
    for (const char c : text) {
        if (c != ' ' && c != '\t') kept += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return kept;
}

std::vector<std::string> parts_of(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(plain(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    return parts;
}

/// `range`: "application/json", "text/*", "*/*".
bool is_within(const std::string& type, const std::string& range) {
    if (range == "*/*" || range == type) return true;
    return range.ends_with("/*") && type.starts_with(range.substr(0, range.size() - 1));
}

bool is_refused(const std::vector<std::string>& parameters) {
    return std::ranges::any_of(parameters, [](const std::string& parameter) {
        return parameter.starts_with("q=0") && parameter.find_first_not_of("0.", 2) == std::string::npos;
    });
}

}  // namespace

HttpResponse for_browsers(HttpResponse response) {
    for (const auto& [name, value] : kHeaders) {
        if (!find_header(response.headers, name)) response.headers.emplace_back(name, value);
    }
    return response;
}

bool is_accepted(std::string_view accept, std::string_view produced) {
    if (plain(accept).empty()) return true;
    const auto types = parts_of(produced, ',');
    for (const std::string& each : parts_of(accept, ',')) {
        const auto range = parts_of(each, ';');
        if (is_refused(range)) continue;
        if (std::ranges::any_of(types, [&](const std::string& type) { return is_within(type, range.front()); }))
            return true;
    }
    return false;
}

bool is_json(std::string_view content_type) { return parts_of(content_type, ';').front() == "application/json"; }

}  // namespace taktd::control
