// SPDX-License-Identifier: Apache-2.0
// Walks a text character by character, as UTF-8 (RFC 3629) defines them; everything that is not printable is spelled
// out.
#include "daemon/log/escape.hpp"

#include <cstdint>

namespace taktd::log {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

/// The length of the character that begins at `at`, or 0 if the bytes there are none.
std::size_t character_length(std::string_view text, std::size_t at) {
    const auto first = byte_at(text, at);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xc0) != 0x80) return 0;
    }
    const auto second = byte_at(text, at + 1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool too_large = first == 0xf4 && second > 0x8f;
    return overlong || surrogate || too_large ? 0 : length;
}

/// C0, DEL, and C1 (U+0080 to U+009F, which some terminals obey).
bool is_control(std::string_view text, std::size_t at, std::size_t length) {
    const auto first = byte_at(text, at);
    if (length == 1) return first < 0x20 || first == 0x7f;
    return length == 2 && first == 0xc2 && byte_at(text, at + 1) < 0xa0;
}

/// U+2028 and its kin end a line for some readers; in text they are bytes like any other, in JSON they are legal.
void append_hex(std::string& out, std::uint8_t byte) {
    out += "\\x";
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 0xf];
}

void append_short(std::string& out, char c) {
    switch (c) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: append_hex(out, static_cast<std::uint8_t>(c));
    }
}

void append_json_control(std::string& out, std::uint8_t code) {
    switch (code) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default:
            out += "\\u00";
            out += kHexDigits[code >> 4];
            out += kHexDigits[code & 0xf];
    }
}

}  // namespace

std::string escape_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto length = character_length(text, at);
        if (length == 1 && is_control(text, at, 1)) {
            append_short(out, text[at]);
        } else if (length == 0) {
            append_hex(out, byte_at(text, at));
        } else if (is_control(text, at, length)) {
            for (std::size_t i = 0; i < length; ++i) append_hex(out, byte_at(text, at + i));
        } else {
            out += text.substr(at, length);
        }
        at += length == 0 ? 1 : length;
    }
    return out;
}

std::string quote_text(std::string_view text) {
    const auto escaped = escape_text(text);
    const bool is_word = !text.empty() && escaped == text && text.find_first_of(" \"=\\") == std::string_view::npos;
    if (is_word) return escaped;
    std::string out = "\"";
    for (const char c : escaped) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string quote_json(std::string_view text) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    for (std::size_t at = 0; at < text.size();) {
        const auto length = character_length(text, at);
        if (length == 0) {
            out += "\\ufffd";
        } else if (is_control(text, at, length)) {
            append_json_control(out, byte_at(text, at + length - 1));
        } else {
            if (text[at] == '"' || text[at] == '\\') out += '\\';
            out += text.substr(at, length);
        }
        at += length == 0 ? 1 : length;
    }
    return out + '"';
}

std::string shorten(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view kEllipsis = "...";
    if (text.size() <= bytes_max) return std::string{text};
    auto end = bytes_max > kEllipsis.size() ? bytes_max - kEllipsis.size() : 0;
    while (end > 0 && (byte_at(text, end) & 0xc0) == 0x80) --end;
    return std::string{text.substr(0, end)} + std::string{kEllipsis};
}

}  // namespace taktd::log
