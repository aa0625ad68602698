// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/base/uuid.hpp"

namespace taktd {
namespace {

constexpr std::size_t kDigitsPerWord = 16;

constexpr bool is_dash(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

constexpr int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextSize) return std::nullopt;
    Uuid uuid;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < kTextSize; ++i) {
        if (is_dash(i)) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int digit = digit_of(text[i]);
        if (digit < 0) return std::nullopt;
        std::uint64_t& word = uuid.words_[digits++ / kDigitsPerWord];
        word = word << 4U | static_cast<std::uint64_t>(digit);
    }
    return uuid;
}

Uuid::Text Uuid::chars() const {
    constexpr std::string_view kHex = "0123456789abcdef";
    Text text{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < kTextSize; ++i) {
        if (is_dash(i)) {
            text[i] = '-';
            continue;
        }
        const std::size_t shift = 60U - 4U * (digits % kDigitsPerWord);
        text[i] = kHex[(words_[digits++ / kDigitsPerWord] >> shift) & 0xfU];
    }
    return text;
}

}  // namespace taktd
