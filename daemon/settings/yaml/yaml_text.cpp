// SPDX-License-Identifier: Apache-2.0
// Plain scalars are kept plain only where no reader could take them for something else.
#include "daemon/settings/yaml/yaml_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "daemon/settings/source/json_text.hpp"

namespace taktd {
namespace {

bool is_plain(std::string_view text) {
    const bool words = std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
               c == '/' || c == '+' || c == '-';
    });
    return words && !text.empty() && text != "-";
}

}  // namespace

std::string yaml_quoted(std::string_view text) {
    const std::string json = json_quoted(text);
    std::string quoted;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const auto byte = static_cast<unsigned char>(json[i]);
        const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0;
        std::array<char, 8> escape{};
        if (byte == 0x7F) {
            quoted += "\\u007f";
        } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(next));
            quoted += escape.data();
            ++i;
        } else {
            quoted += json[i];
        }
    }
    return quoted;
}

std::string yaml_flow(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null: return "null";
        case YamlNode::Kind::scalar: return !node.quoted && is_plain(node.text) ? node.text : yaml_quoted(node.text);
        case YamlNode::Kind::sequence: {
            std::string list = "[";
            for (const YamlNode* item : node.children) list += (list.size() > 1 ? ", " : "") + yaml_flow(*item);
            return list + "]";
        }
        case YamlNode::Kind::mapping: break;
    }
    std::string mapping = "{";
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
        mapping +=
            (mapping.size() > 1 ? ", " : "") + yaml_flow(*node.children[i]) + ": " + yaml_flow(*node.children[i + 1]);
    }
    return mapping + "}";
}

std::string yaml_of_json(std::string_view json) {
    const bool is_text = json.size() > 2 && json.front() == '"';
    const std::string_view inner = is_text ? json.substr(1, json.size() - 2) : json;
    const bool is_word = is_text && is_plain(inner) && !(inner.front() >= '0' && inner.front() <= '9');
    const bool is_duration = is_text && is_plain(inner) && inner.back() >= 'a' && inner.back() <= 'z';
    return std::string{is_word || is_duration ? inner : json};
}

std::string time_with_offset(WallTime time, const Zone& zone) {
    const auto offset = zone.offset_at(time);
    std::string text = to_rfc3339(time + offset);
    text.pop_back();  // the Z
    const auto minutes = std::abs(offset.count()) / 60;
    std::array<char, 16> suffix{};
    std::snprintf(suffix.data(), suffix.size(), "%c%02d:%02d", offset.count() < 0 ? '-' : '+',
                  static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return text + suffix.data();
}

}  // namespace taktd
