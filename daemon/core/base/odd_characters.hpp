// SPDX-License-Identifier: Apache-2.0
// Characters that look like plain ones, or like nothing at all: they come with text that was copied from a page or a
// chat. Messages name them, because nobody can see them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace taktd {

struct OddCharacter {
    std::size_t at = 0, bytes = 0;
    std::string name;        ///< "a no-break space (U+00A0)"
    std::string_view plain;  ///< what was meant: " ", "-", "'", "\"", or empty for what has no width
};

/// The first one in UTF-8 `text`.
std::optional<OddCharacter> find_odd_character(std::string_view text);

/// `text` with the plain character for each odd one.
std::string without_odd_characters(std::string_view text);

/// "; it has a no-break space (U+00A0): write a plain space"; empty if there is no odd character.
std::string odd_character_note(std::string_view text);

/// What to do about it: "write a plain space", "delete it", "write '-'".
std::string advice_on(const OddCharacter& odd);

}  // namespace taktd
