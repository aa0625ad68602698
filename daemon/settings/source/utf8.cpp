// SPDX-License-Identifier: Apache-2.0
// Decodes one character at a time; nothing is kept. Used by source_text.cpp (is the file valid) and diagnostics.cpp.
#include "daemon/settings/source/utf8.hpp"

#include <array>
#include <cstdint>

namespace taktd {
namespace {

struct Decoded {
    char32_t character = 0;
    std::size_t bytes = 0;  // 0: malformed
};

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

Decoded decode(std::string_view text, std::size_t at) {
    const std::uint8_t lead = byte_at(text, at);
    if (lead < 0x80) return {.character = lead, .bytes = 1};
    std::size_t length = 0;
    char32_t character = 0;
    char32_t smallest = 0;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2, character = lead & 0x1Fu, smallest = 0x80;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3, character = lead & 0x0Fu, smallest = 0x800;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4, character = lead & 0x07u, smallest = 0x10000;
    } else {
        return {};
    }
    if (text.size() - at < length) return {};
    for (std::size_t i = 1; i < length; ++i) {
        const std::uint8_t next = byte_at(text, at + i);
        if ((next & 0xC0u) != 0x80u) return {};
        character = (character << 6) | (next & 0x3Fu);
    }
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < smallest || character > 0x10FFFF || surrogate) return {};
    return {.character = character, .bytes = length};
}

struct Range {
    char32_t first, last;
};

// Coarse on purpose: a caret that is one cell off in a rare script is no harm.
constexpr std::array kWide = {Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},  Range{0x3041, 0xA4CF},
                              Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},  Range{0xFE30, 0xFE6F},
                              Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},  Range{0x1F300, 0x1F64F},
                              Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array kZeroWidth = {Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                                   Range{0xFE00, 0xFE0F}};

template <std::size_t N>
bool is_within(const std::array<Range, N>& ranges, char32_t c) {
    for (const Range& r : ranges) {
        if (c >= r.first && c <= r.last) return true;
    }
    return false;
}

}  // namespace

std::size_t first_malformed_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (byte_at(text, at) < 0x80) {
            ++at;
            continue;
        }
        const std::size_t bytes = decode(text, at).bytes;
        if (bytes == 0) return at;
        at += bytes;
    }
    return std::string_view::npos;
}

std::size_t utf8_length_at(std::string_view text, std::size_t at) {
    const std::size_t bytes = decode(text, at).bytes;
    return bytes == 0 ? 1 : bytes;
}

std::size_t utf8_count(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += utf8_length_at(text, at)) ++count;
    return count;
}

int utf8_cells_at(std::string_view text, std::size_t at) {
    const Decoded d = decode(text, at);
    if (d.bytes < 2) return 1;
    if (is_within(kZeroWidth, d.character)) return 0;
    return is_within(kWide, d.character) ? 2 : 1;
}

}  // namespace taktd
