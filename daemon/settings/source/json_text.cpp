// SPDX-License-Identifier: Apache-2.0
// Escapes as RFC 8259 wants: quotes, backslashes and control characters; everything else stays UTF-8.
#include "daemon/settings/source/json_text.hpp"

#include <algorithm>

namespace taktd {
namespace {

/// Up to here members are searched one by one.
constexpr std::size_t kSearchedMax = 32;

}  // namespace

std::string json_quoted(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string json = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (c == '\n') {
            json += "\\n";
        } else if (c == '\t') {
            json += "\\t";
        } else if (byte < 0x20) {
            json += "\\u00";
            json += kHex[byte >> 4];
            json += kHex[byte & 15];
        } else {
            json += c;
        }
    }
    return json + '"';
}

void JsonObject::set(std::string_view key, std::string value_json) {
    if (index_.empty() && members_.size() < kSearchedMax) {
        const auto found =
            std::find_if(members_.begin(), members_.end(), [&](const auto& m) { return m.first == key; });
        if (found != members_.end()) {
            found->second = std::move(value_json);
        } else {
            members_.emplace_back(std::string{key}, std::move(value_json));
        }
        return;
    }
    if (index_.empty()) {
        for (std::size_t i = 0; i < members_.size(); ++i) index_.emplace(members_[i].first, i);
    }
    const auto [found, is_new] = index_.try_emplace(std::string{key}, members_.size());
    if (is_new) {
        members_.emplace_back(found->first, std::move(value_json));
    } else {
        members_[found->second].second = std::move(value_json);
    }
}

std::string JsonObject::text() const {
    std::string json = "{";
    for (const auto& [key, value] : members_) {
        if (json.size() > 1) json += ',';
        json += json_quoted(key);
        json += ':';
        json += value;
    }
    return json + '}';
}

}  // namespace taktd
