// SPDX-License-Identifier: Apache-2.0
// The little of UTF-8 that diagnostics need: is it valid, how many characters, how wide on a terminal.
#pragma once

#include <cstddef>
#include <string_view>

namespace taktd {

/// The byte offset of the first malformed sequence (overlong forms and surrogates count), or npos.
std::size_t first_malformed_utf8(std::string_view text);

/// The length in bytes of the character at `at`; 1 where the text is malformed, so that a loop always moves on.
std::size_t utf8_length_at(std::string_view text, std::size_t at);

/// Characters (code points) in `text`.
std::size_t utf8_count(std::string_view text);

/// Terminal cells of the character at `at`: 0 for combining marks, 2 for East Asian wide ones and emoji, else 1.
int utf8_cells_at(std::string_view text, std::size_t at);

}  // namespace taktd
