#include "daemon/runtime/kept_text.hpp"

#include <cstdint>
#include <string_view>

#include "daemon/log/log.hpp"

namespace taktd {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// The length of the well-formed character at `at` (RFC 3629), or 0.
std::size_t character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const std::uint8_t first = byte(at);
    if (first == 0) return 0;
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(at + 1) ? 2 : 0;
    if ((first & 0xF0) == 0xE0) {
        const bool overlong = first == 0xE0 && byte(at + 1) < 0xA0;
        const bool surrogate = first == 0xED && byte(at + 1) > 0x9F;
        return continues(at + 1) && continues(at + 2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(at + 1) < 0x90;
        const bool too_large = first == 0xF4 && byte(at + 1) > 0x8F;
        return continues(at + 1) && continues(at + 2) && continues(at + 3) && !overlong && !too_large ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string kept_text(std::string text, std::size_t bytes_max) {
    // A secret is replaced before anything is cut, lest half of one survive at the edge.
    text = log::redact(std::move(text));
    std::string kept;
    kept.reserve(std::min(text.size(), bytes_max));
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = character_at(text, at);
        const std::string_view piece = length == 0 ? kReplacement : std::string_view{text}.substr(at, length);
        if (kept.size() + piece.size() > bytes_max) break;
        kept += piece;
        at += length == 0 ? 1 : length;
    }
    return kept;
}

}  // namespace taktd
