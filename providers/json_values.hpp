// SPDX-License-Identifier: Apache-2.0
// Reads vendors' JSON as it comes: numbers may be integers, integral floats or quoted, texts may be too long or not
// UTF-8. Nothing here throws for any bytes; what cannot be read comes back as nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace taktd {

/// One JSON value and nothing after it; nothing for half a document, nesting over 32 or anything else that is not JSON.
/// Invalid UTF-8 inside strings is let through (see clean_text).
std::optional<boost::json::value> parse_json(std::string_view text);

/// The member of an object; null when `value` is no object or has none of that name. `value` may be null.
const boost::json::value* member(const boost::json::value* value, std::string_view name);

/// 7, 7.0, "7" and " 7 " are 7; 7.5, true, "7x" and what exceeds 64 bits (a float: 2^53) are nothing. `value` may be
/// null.
std::optional<std::int64_t> integer_of(const boost::json::value* value);

/// An id, which vendors give as a number or as a text: its decimal digits, else the text; nothing if that is empty, too
/// long or not UTF-8.
std::optional<std::string> id_of(const boost::json::value* value, std::size_t characters_max = 128);

/// A text as it is, any other value as JSON, null or absent as "": cleaned and cut to `characters_max`.
std::string text_of(const boost::json::value* value, std::size_t characters_max = 1024);

/// Valid UTF-8 of at most `characters_max` code points: each invalid byte becomes U+FFFD.
std::string clean_text(std::string_view bytes, std::size_t characters_max = 1024);

}  // namespace taktd
