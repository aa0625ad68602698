// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/conditional.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace taktd::control {
namespace {

/// FNV-1a of 64 bits: told apart are the states of one resource, nothing is protected by it.
std::string tag_of(std::string_view body) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string tag(16, '0');
    for (std::size_t i = 0; i < tag.size(); ++i) tag[i] = kDigits[(hash >> (60 - 4 * i)) & 0xF];
    return '"' + tag + '"';
}

/// The header is a list of tags, weak ones too, or `*`.
bool names(std::string_view header, std::string_view tag) {
    return header == "*" || header.find(tag) != std::string_view::npos;
}

}  // namespace

HttpResponse if_changed(const HttpRequest& request, HttpResponse response) {
    constexpr int kOk = 200, kNotModified = 304;
    if (response.status != kOk) return response;
    const std::string tag = tag_of(response.body);
    for (auto& [name, value] : response.headers) {
        if (name == "Cache-Control") value = "no-cache";  // may be kept, and is asked about each time
    }
    response.headers.emplace_back("ETag", tag);
    const auto known = find_header(request.headers, "If-None-Match");
    if (!known || !names(*known, tag)) return response;
    response.status = kNotModified;
    response.body.clear();
    std::erase_if(response.headers, [](const auto& header) { return header.first == "Content-Type"; });
    return response;
}

}  // namespace taktd::control
