// SPDX-License-Identifier: Apache-2.0
// A pattern says how a value may be written, `patternErrorMessage` what an editor shows where it is written otherwise.
#include "daemon/ctl/schema/schema_values.hpp"

#include <algorithm>

#include "daemon/core/base/time.hpp"
#include "daemon/core/model/call.hpp"

namespace taktd::ctl {
namespace {

namespace json = boost::json;

/// Numbers that are not bounded are bounded here: no config has longer ones.
constexpr std::int64_t kNumberMax = 999'999'999'999'999'999;

constexpr std::int64_t kListItemsMax = 1000;
/// `x-default` is what `default` cannot say; the documentation is made from both.
constexpr std::string_view kRequired = "required";

constexpr std::string_view kSpan =
    "(?:[0-9]{1,18}d)?(?:[0-9]{1,18}h)?(?:[0-9]{1,18}m)?(?:[0-9]{1,18}s)?(?:[0-9]{1,18}ms)?$";
constexpr std::string_view kDate =
    "(?:19[7-9][0-9]|20[0-9]{2}|21[0-6][0-9])-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
constexpr std::string_view kClock = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,9})?)?";
constexpr std::string_view kOffset = "(?:[Zz]|[+-](?:0[0-9]|1[0-8]):?[0-5][0-9])?";
constexpr std::string_view kVariable = "\\$\\{env:[A-Za-z_][A-Za-z0-9_]{0,255}\\}";
constexpr std::string_view kHost = "[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\\]";
constexpr std::string_view kLoopback = "[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\\.[0-9]*\\.[0-9]*\\.[0-9]*|\\[::1\\]";
constexpr std::string_view kAddress =
    "[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\\]";
constexpr std::int64_t kPortMax = 65535;

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}

json::array words(const auto& list) {
    json::array array;
    for (const auto& word : list) array.emplace_back(word);
    return array;
}

/// Numbers of as many digits as `low` and `high` have.
std::string equal_length_pattern(const std::string& low, const std::string& high) {
    if (low == high) return low;
    const auto digits = [](char from, char to) {
        return from == to ? std::string{from} : std::string{'['} + from + '-' + to + ']';
    };
    const auto any = [](std::size_t count) {
        if (count == 0) return std::string{};
        return count == 1 ? std::string{"[0-9]"} : "[0-9]{" + std::to_string(count) + "}";
    };
    if (low.front() == high.front()) {
        const std::string rest = equal_length_pattern(low.substr(1), high.substr(1));
        return low.front() + (rest.find('|') == std::string::npos ? rest : "(?:" + rest + ")");
    }
    const std::size_t more = low.size() - 1;
    const bool low_is_round = low.find_first_not_of('0', 1) == std::string::npos;
    const bool high_is_round = high.find_first_not_of('9', 1) == std::string::npos;
    const auto first = static_cast<char>(low.front() + (low_is_round ? 0 : 1));
    const auto last = static_cast<char>(high.front() - (high_is_round ? 0 : 1));
    std::string pattern;
    const auto add = [&pattern](const std::string& part) { pattern += (pattern.empty() ? "" : "|") + part; };
    if (!low_is_round) add(equal_length_pattern(low, low.front() + std::string(more, '9')));
    if (first <= last) add(digits(first, last) + any(more));
    if (!high_is_round) add(equal_length_pattern(high.front() + std::string(more, '0'), high));
    return pattern;
}

/// From `min`, at least 1.
std::string positive_pattern(std::int64_t min, std::int64_t max) {
    std::string pattern;
    const auto add = [&pattern](const std::string& part) { pattern += (pattern.empty() ? "" : "|") + part; };
    std::size_t whole_from = 0, whole_to = 0;  // lengths of which every number is in the range
    const auto add_whole = [&] {
        if (whole_to == 0) return;
        const std::string count = whole_from == whole_to
                                      ? "{" + std::to_string(whole_to - 1) + "}"
                                      : "{" + std::to_string(whole_from - 1) + "," + std::to_string(whole_to - 1) + "}";
        add(whole_to == 1 ? "[1-9]" : "[1-9][0-9]" + count);
        whole_from = whole_to = 0;
    };
    for (std::size_t length = std::to_string(min).size(); length <= std::to_string(max).size(); ++length) {
        const std::int64_t shortest = std::stoll("1" + std::string(length - 1, '0'));
        const std::int64_t longest = std::stoll(std::string(length, '9'));
        if (min <= shortest && longest <= max) {
            if (whole_from == 0) whole_from = length;
            whole_to = length;
            continue;
        }
        add_whole();
        add(equal_length_pattern(std::to_string(std::max(min, shortest)), std::to_string(std::min(max, longest))));
    }
    add_whole();
    return pattern;
}

std::string duration_name(std::int64_t min_ms) {
    return min_ms == 0 ? std::string{"duration"} : "duration_from_" + to_text(std::chrono::milliseconds{min_ms});
}

/// Text or a number, as YAML sees it: whoever reads it takes the characters.
json::object any_scalar() { return {{"type", json::array{"string", "number", "boolean"}}}; }

json::object duration_definition(std::int64_t min_ms) {
    // A number that is not 0 before a longer unit, or enough milliseconds.
    std::string least;
    if (min_ms > 0) {
        const std::size_t more_digits = std::to_string(min_ms).size() - 1;
        const std::string digits = more_digits == 0 ? "[0-9]*" : "[0-9]{" + std::to_string(more_digits) + ",}";
        least = "(?=.*(?:[1-9][0-9]*(?:[dhs]|m(?!s))|[1-9]" + digits + "ms))";
    }
    json::object definition = pattern_schema(joined({"^(?=[0-9])", least, kSpan}),
                                             "Write a number and a unit: 500ms, 10s, 5m, 2h, 7d or 1h30m.");
    definition["title"] =
        min_ms <= 1 ? std::string{"duration"} : "duration, at least " + to_text(std::chrono::milliseconds{min_ms});
    return definition;
}

json::object titled(json::object schema, std::string_view title) {
    schema["title"] = title;
    return schema;
}

json::object text_definition() {
    json::object schema = any_scalar();
    schema["title"] = "text";
    schema["minLength"] = 1;
    schema["pattern"] = "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f]*$";
    schema["patternErrorMessage"] = "Remove the control characters.";
    return schema;
}

/// A name may look like a number: `use: 7`.
json::object name_definition() {
    json::object schema = any_scalar();
    schema["title"] = "name";
    schema["pattern"] = "^[a-z0-9][a-z0-9_-]{0,62}$";
    schema["patternErrorMessage"] = "Names are 1 to 63 of a-z, 0-9, '_' and '-', and begin with a letter or digit.";
    return schema;
}

json::object boolean_definition() {
    return {
        {"title", "true or false"},
        {"anyOf", json::array{json::object{{"type", "boolean"}},
                              json::object{{"enum", json::array{"true", "True", "TRUE", "false", "False", "FALSE"}}}}}};
}

json::object integer_schema(std::int64_t min, std::int64_t max) {
    json::object number{{"type", "integer"}, {"minimum", min}};
    if (max < kNumberMax) number["maximum"] = max;
    json::object quoted = pattern_schema("^(?:" + number_pattern(min, std::min(max, kNumberMax)) + ")$",
                                         "Write a whole number in its range.");
    return {{"anyOf", json::array{std::move(number), std::move(quoted)}}};
}

json::object path_schema(std::int64_t bytes_max) {
    json::object schema = any_scalar();
    schema["minLength"] = 1;
    schema["maxLength"] = bytes_max;
    schema["pattern"] = "^[^\\u0000-\\u001f\\u007f]*$";
    schema["patternErrorMessage"] = "Write a path on one line.";
    return schema;
}

json::object value_schema(const ConfigKey& key) {
    using Kind = ConfigKey::Kind;
    switch (key.kind) {
        case Kind::text: return all_of("text");
        case Kind::path: return path_schema(key.max.value_or(0));
        case Kind::zone: return all_of("time_zone");
        case Kind::name: return all_of("name");
        case Kind::duration: return all_of(duration_name(key.min.value_or(0)));
        case Kind::rate: return all_of("rate");
        case Kind::integer: return integer_schema(key.min.value_or(0), key.max.value_or(kNumberMax));
        case Kind::boolean: return all_of("boolean");
        case Kind::choice: return {{"enum", words(key.one_of)}};
        case Kind::time: return all_of("time");
        case Kind::cron: return all_of("cron");
        case Kind::composed: break;
    }
    return {};
}

json::object text_parameter(const Parameter& p) {
    if (!p.one_of.empty()) return {{"enum", words(p.one_of)}};
    json::object schema = any_scalar();
    if (p.min && *p.min > 0) schema["minLength"] = *p.min;
    if (p.max) schema["maxLength"] = *p.max;
    if (p.placeholders) {
        std::string names, shown;
        for (const std::string& name : placeholder_names(p.before_start)) {
            names += (names.empty() ? "" : "|") + name;
            shown += (shown.empty() ? "{" : ", {") + name + "}";
        }
        const std::string piece = "(?:[^{]|\\{\\{|\\{(?:" + names + ")\\})*";
        std::string contained;
        if (p.must_contain.size() > 2)
            contained = joined({"(?=", piece, "\\{", p.must_contain.substr(1, p.must_contain.size() - 2), "\\})"});
        schema["pattern"] = "^" + contained + piece + "$";
        schema["patternErrorMessage"] = "Placeholders are " + shown + "; write {{ for a brace.";
    }
    return schema;
}

json::object object_parameter(const Parameter& p) {
    json::object schema = closed_object(properties_of(p.members));
    if (p.open) schema["additionalProperties"] = true;
    json::array required;
    for (const Parameter& member : p.members) {
        if (member.required) required.emplace_back(member.name);
    }
    if (required.empty()) return schema;
    schema["type"] = "object";
    schema["required"] = std::move(required);
    return schema;
}

json::object list_parameter(const Parameter& p) {
    json::object schema{{"type", "array"}};
    if (!p.members.empty()) {
        schema["items"] = schema_of(p.members.front());
        schema["items"].as_object().erase("description");
    }
    if (p.min) schema["minItems"] = *p.min;
    schema["maxItems"] = p.max.value_or(kListItemsMax);
    return schema;
}

json::object parameter_schema(const Parameter& p) {
    constexpr std::int64_t kMsPerSecond = 1000;
    switch (p.kind) {
        case Parameter::Kind::integer: return integer_schema(p.min.value_or(-kNumberMax), p.max.value_or(kNumberMax));
        case Parameter::Kind::boolean: return all_of("boolean");
        case Parameter::Kind::text: return text_parameter(p);
        case Parameter::Kind::object: return object_parameter(p);
        case Parameter::Kind::list: return list_parameter(p);
        case Parameter::Kind::duration: return duration_definition(p.min.value_or(0) > 0 ? kMsPerSecond : 0);
    }
    return {};
}

/// Description and default stand in front, where a person looks first.
json::object described(std::string_view help, json::object schema) {
    json::object described{{"description", help}};
    for (auto& [name, value] : schema) described[name] = std::move(value);
    return described;
}

}  // namespace

std::string number_pattern(std::int64_t min, std::int64_t max) {
    std::string pattern;
    const auto add = [&pattern](const std::string& part) { pattern += (pattern.empty() ? "" : "|") + part; };
    if (min < 0) {
        const std::string negative = positive_pattern(max < 0 ? -max : 1, -min);
        add("-" + (negative.find('|') == std::string::npos ? negative : "(?:" + negative + ")"));
    }
    if (min <= 0 && max >= 0) add("0");
    if (max > 0) add(positive_pattern(std::max<std::int64_t>(min, 1), max));
    return pattern;
}

json::object reference_to(std::string_view definition) { return {{"$ref", joined({"#/definitions/", definition})}}; }

json::object all_of(std::string_view definition) { return {{"allOf", json::array{reference_to(definition)}}}; }

json::object pattern_schema(std::string_view pattern, std::string_view message) {
    // Editors show the first where a value has another form, the second where it is no text at all.
    return {{"type", "string"}, {"pattern", pattern}, {"patternErrorMessage", message}, {"errorMessage", message}};
}

json::object closed_object(json::object properties) {
    return {{"type", json::array{"object", "null"}},
            {"properties", std::move(properties)},
            {"additionalProperties", false}};
}

json::object schema_of(const ConfigKey& key) {
    json::object schema = described(key.help, value_schema(key));
    if (!key.default_json.empty())
        schema["default"] = json::parse(json::string_view{key.default_json.data(), key.default_json.size()});
    if (!key.default_words.empty()) schema["x-default"] = key.default_words;
    if (key.required) schema["x-default"] = kRequired;
    return schema;
}

json::object schema_of(const Parameter& parameter) {
    json::object schema = described(parameter.help, parameter_schema(parameter));
    if (parameter.required) schema["x-default"] = kRequired;
    if (!parameter.default_json) return schema;
    json::value value = json::parse(*parameter.default_json);
    if (parameter.kind == Parameter::Kind::duration) value = to_text(std::chrono::seconds{value.as_int64()});
    schema["default"] = std::move(value);
    return schema;
}

json::object expandable_text(const Parameter& parameter) {
    json::object literal = text_parameter(parameter);
    literal["not"] = json::object{{"type", "string"}, {"pattern", "\\$\\{"}};
    json::object schema{{"anyOf", json::array{std::move(literal), reference_to("text_with_variables")}}};
    if (parameter.required) schema["x-default"] = kRequired;
    return described(parameter.help, std::move(schema));
}

json::object value_definitions() {
    json::object definitions;
    definitions["name"] = name_definition();
    definitions["text"] = text_definition();
    definitions["boolean"] = boolean_definition();
    definitions["time_zone"] =
        titled(pattern_schema("^[A-Za-z0-9/_+-]{1,64}$", "Write an IANA name such as Asia/Shanghai or UTC."), "zone");
    for (const std::int64_t min_ms : {0, 1, 10, 100, 1000})
        definitions[duration_name(min_ms)] = duration_definition(min_ms);
    definitions["rate"] =
        titled(pattern_schema("^0*[1-9][0-9]{0,6}/[sm]$", "Write a rate such as 10/s or 100/m."), "rate");
    definitions["time"] =
        titled(pattern_schema(joined({"^", kDate, "(?:[Tt ]", kClock, kOffset, ")?$"}),
                              "Write a time such as \"2026-12-05 03:00\" or \"2026-12-05T03:00:00+08:00\"."),
               "time");
    definitions["cron"] = titled(
        pattern_schema("^[ \\t]*(?:@[A-Za-z]+|[-0-9A-Za-z*,/?#+]+(?:[ \\t]+[-0-9A-Za-z*,/?#+]+){4,6})[ \\t]*$",
                       "Write a cron string in quotes: 5 fields, 6 with seconds first, 7 with the year last, or @daily "
                       "and the like."),
        "cron string");
    definitions["secret"] = titled(
        pattern_schema(
            "^\\$\\{(?:env:[A-Za-z_][A-Za-z0-9_]{0,255}|file:/[^}\\u0000-\\u001f]+|"
            "credential:(?!\\.{1,2}\\})[A-Za-z0-9_.@-]{1,255})\\}$",
            "Write a reference: ${credential:NAME}, ${file:/path} or ${env:NAME}. Never write the secret itself."),
        "reference");
    definitions["endpoint"] =
        titled(pattern_schema(
                   joined({"^(?:[Hh][Tt][Tt][Pp][Ss]://(?:", kHost, ")|[Hh][Tt][Tt][Pp]://(?:", kLoopback,
                           "))(?::(?:", number_pattern(1, kPortMax), "))?/*$"}),
                   "Write https://host or https://host:port; plain http is for 127.0.0.1, [::1] and localhost only."),
               "URL");
    definitions["web_address"] =
        titled(pattern_schema(
                   joined({"^(?:[Hh][Tt][Tt][Pp][Ss]://(?:", kHost, ")|[Hh][Tt][Tt][Pp]://(?:", kLoopback,
                           "))(?::(?:", number_pattern(1, kPortMax), "))?(?:[/?][!\"$-~]*)?$"}),
                   "Write an address such as https://hooks.example.com/taktd; plain http is for 127.0.0.1, [::1] and "
                   "localhost only."),
               "URL");
    definitions["listen_address"] =
        titled(pattern_schema(joined({"^(?:", kAddress, "):(?:", number_pattern(1, kPortMax), ")$"}),
                              "Write an address and a port, such as 127.0.0.1:8484 or [::1]:8484."),
               "address:port");
    definitions["host"] =
        titled(pattern_schema(joined({"^(?:", kHost, ")(?::(?:", number_pattern(1, kPortMax), "))?$"}),
                              "Write a name or an address, with a port if need be, such as taktd.example.com."),
               "host");
    definitions["text_with_variables"] =
        pattern_schema(joined({"^(?=.*", kVariable, ")(?:(?!\\$\\{).|", kVariable, ")*$"}),
                       "Write ${env:NAME} for a variable of the daemon's environment.");
    return definitions;
}

void compose(json::object& properties, std::string_view name, json::object schema) {
    for (auto& [keyword, value] : schema) properties[name].as_object()[keyword] = std::move(value);
}

}  // namespace taktd::ctl
