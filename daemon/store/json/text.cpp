// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/json/text.hpp"

#include <cstdint>
#include <cstring>

namespace taktd {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// Length of the valid character at `i` (1 to 4), or 0 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
std::size_t character_at(std::string_view text, std::size_t i) {
    const unsigned char first = byte_at(text, i);
    if (first == 0) return 0;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() - i < length) return 0;
    unsigned char low = 0x80, high = 0xBF;  // of the second byte
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (byte_at(text, i + 1) < low || byte_at(text, i + 1) > high) return 0;
    for (std::size_t k = 2; k < length; ++k) {
        if ((byte_at(text, i + k) & 0xC0) != 0x80) return 0;
    }
    return length;
}

/// True if the 8 bytes from `i` are ASCII without NUL, as nearly all of what is stored: looked at in one go.
bool plain_at(std::string_view text, std::size_t i) {
    constexpr std::uint64_t kOnes = 0x0101010101010101U, kHighs = 0x8080808080808080U;
    std::uint64_t word = 0;
    if (text.size() - i < sizeof word) return false;
    std::memcpy(&word, text.data() + i, sizeof word);
    return ((word | (word - kOnes)) & kHighs) == 0;
}

}  // namespace

bool is_storable_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        if (plain_at(text, i)) {
            i += 8;
            continue;
        }
        const std::size_t length = character_at(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::string storable_text(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max && is_storable_text(text)) return std::string{text};
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    std::string clean;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_at(text, i);
        const std::string_view piece = length == 0 ? kReplacement : text.substr(i, length);
        if (piece.size() > bytes_max - clean.size()) break;
        clean += piece;
        i += length == 0 ? 1 : length;
    }
    return clean;
}

}  // namespace taktd
