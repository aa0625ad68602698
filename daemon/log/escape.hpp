// SPDX-License-Identifier: Apache-2.0
// Text for log lines: no control character, no invalid UTF-8 and no escape sequence of a terminal gets through,
// whatever a vendor or a config says.
#pragma once

#include <string>
#include <string_view>

namespace taktd::log {

/// For a text line: control characters and invalid bytes as `\n`, `\t`, `\x1b`.
std::string escape_text(std::string_view text);
/// The same, in quotes if it would not read as one word.
std::string quote_text(std::string_view text);
/// As a JSON string, quotes included; invalid bytes become U+FFFD.
std::string quote_json(std::string_view text);
/// Cut to at most `bytes_max`, on a character's boundary, with `...` at the end.
std::string shorten(std::string_view text, std::size_t bytes_max);

}  // namespace taktd::log
