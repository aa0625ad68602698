// SPDX-License-Identifier: Apache-2.0
// A table of code points with their UTF-8 bytes; the bytes are searched, so that broken UTF-8 does no harm.
#include "daemon/core/base/odd_characters.hpp"

#include <array>

namespace taktd {
namespace {

struct Known {
    std::string_view bytes, name, code, plain;
};
constexpr std::array kKnown{
    Known{"\xc2\xa0", "a no-break space", "U+00A0", " "},
    Known{"\xe2\x80\xaf", "a narrow no-break space", "U+202F", " "},
    Known{"\xe3\x80\x80", "an ideographic space", "U+3000", " "},
    Known{"\xe2\x80\x82", "an en space", "U+2002", " "},
    Known{"\xe2\x80\x83", "an em space", "U+2003", " "},
    Known{"\xe2\x80\x87", "a figure space", "U+2007", " "},
    Known{"\xe2\x80\x89", "a thin space", "U+2009", " "},
    Known{"\xe2\x80\x8b", "a zero-width space", "U+200B", ""},
    Known{"\xe2\x80\x8c", "a zero-width non-joiner", "U+200C", ""},
    Known{"\xe2\x80\x8d", "a zero-width joiner", "U+200D", ""},
    Known{"\xe2\x80\x8e", "a left-to-right mark", "U+200E", ""},
    Known{"\xe2\x80\x8f", "a right-to-left mark", "U+200F", ""},
    Known{"\xe2\x81\xa0", "a word joiner", "U+2060", ""},
    Known{"\xef\xbb\xbf", "a byte-order mark", "U+FEFF", ""},
    Known{"\xc2\xad", "a soft hyphen", "U+00AD", ""},
    Known{"\xe2\x80\x90", "a typographic hyphen", "U+2010", "-"},
    Known{"\xe2\x80\x91", "a no-break hyphen", "U+2011", "-"},
    Known{"\xe2\x80\x93", "an en dash", "U+2013", "-"},
    Known{"\xe2\x80\x94", "an em dash", "U+2014", "-"},
    Known{"\xe2\x88\x92", "a minus sign", "U+2212", "-"},
    Known{"\xe2\x80\x98", "a curly quote", "U+2018", "'"},
    Known{"\xe2\x80\x99", "a curly quote", "U+2019", "'"},
    Known{"\xe2\x80\x9c", "a curly quote", "U+201C", "\""},
    Known{"\xe2\x80\x9d", "a curly quote", "U+201D", "\""},
    Known{"\xe2\x80\x9e", "a low curly quote", "U+201E", "\""},
    Known{"\xef\xbc\x8a", "a full-width asterisk", "U+FF0A", "*"},
    Known{"\xef\xbc\x8c", "a full-width comma", "U+FF0C", ","},
    Known{"\xef\xbc\x8f", "a full-width slash", "U+FF0F", "/"},
    Known{"\xef\xbc\x9a", "a full-width colon", "U+FF1A", ":"},
};

const Known* known_at(std::string_view rest) {
    for (const auto& known : kKnown) {
        if (rest.starts_with(known.bytes)) return &known;
    }
    return nullptr;
}

}  // namespace

std::optional<OddCharacter> find_odd_character(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < 0x80) continue;
        if (const auto* known = known_at(text.substr(i))) {
            return OddCharacter{.at = i,
                                .bytes = known->bytes.size(),
                                .name = std::string{known->name} + " (" + std::string{known->code} + ")",
                                .plain = known->plain};
        }
    }
    return std::nullopt;
}

std::string without_odd_characters(std::string_view text) {
    std::string plain;
    for (auto odd = find_odd_character(text); odd; odd = find_odd_character(text)) {
        plain += text.substr(0, odd->at);
        plain += odd->plain;
        text.remove_prefix(odd->at + odd->bytes);
    }
    return plain.append(text);
}

std::string advice_on(const OddCharacter& odd) {
    if (odd.plain.empty()) return "delete it";
    if (odd.plain == " ") return "write a plain space";
    return "write a plain " + std::string{odd.plain};
}

std::string odd_character_note(std::string_view text) {
    const auto odd = find_odd_character(text);
    return odd ? "; it has " + odd->name + ": " + advice_on(*odd) : std::string{};
}

}  // namespace taktd
