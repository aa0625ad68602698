// SPDX-License-Identifier: Apache-2.0
#include "providers/json_values.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include <boost/json.hpp>

namespace taktd {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 32;
/// Doubles name every integer up to here exactly; beyond, two ids could read as one.
constexpr double kExactDoubleMax = 9007199254740992.0;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    text = trimmed(text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Length of the well-formed UTF-8 sequence at the front (RFC 3629: shortest form, no surrogates); 0 if there is none.
std::size_t sequence_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                               : lead >= 0xE0 && lead <= 0xEF ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned char second = at(1);
    if (lead == 0xE0 && second < 0xA0) return 0;
    if (lead == 0xED && second > 0x9F) return 0;
    if (lead == 0xF0 && second < 0x90) return 0;
    if (lead == 0xF4 && second > 0x8F) return 0;
    return length;
}

}  // namespace

std::optional<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = kDepthMax;
    options.allow_invalid_utf8 = true;
    json::error_code error;
    auto value = json::parse(json::string_view{text.data(), text.size()}, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

const json::value* member(const json::value* value, std::string_view name) {
    if (value == nullptr || !value->is_object()) return nullptr;
    return value->get_object().if_contains(json::string_view{name.data(), name.size()});
}

std::optional<std::int64_t> integer_of(const json::value* value) {
    if (value == nullptr) return std::nullopt;
    if (const auto* number = value->if_int64()) return *number;
    if (const auto* number = value->if_uint64()) {
        if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
        return static_cast<std::int64_t>(*number);
    }
    if (const auto* number = value->if_double()) {
        const bool exact =
            std::isfinite(*number) && std::trunc(*number) == *number && std::fabs(*number) <= kExactDoubleMax;
        if (!exact) return std::nullopt;
        return static_cast<std::int64_t>(*number);
    }
    if (const auto* text = value->if_string()) return parse_integer({text->data(), text->size()});
    return std::nullopt;
}

std::optional<std::string> id_of(const json::value* value, std::size_t characters_max) {
    if (const auto number = integer_of(value)) return std::to_string(*number);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const auto text = trimmed({value->get_string().data(), value->get_string().size()});
    const auto id = clean_text(text, characters_max);
    // A cut or mended text could equal the id of something else.
    if (id.empty() || id != text) return std::nullopt;
    return id;
}

std::string text_of(const json::value* value, std::size_t characters_max) {
    if (value == nullptr || value->is_null()) return {};
    if (const auto* text = value->if_string()) return clean_text({text->data(), text->size()}, characters_max);
    return clean_text(json::serialize(*value), characters_max);
}

std::string clean_text(std::string_view bytes, std::size_t characters_max) {
    std::string text;
    for (std::size_t characters = 0; !bytes.empty() && characters < characters_max; ++characters) {
        const auto length = sequence_length(bytes);
        if (length == 0)
            text += "\xEF\xBF\xBD";
        else
            text += bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

}  // namespace taktd
