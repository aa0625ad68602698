// SPDX-License-Identifier: Apache-2.0
// One reader per Parameter::Kind. What an open object holds beyond its members is taken as YAML's own types say.
#include "daemon/settings/values/parameters.hpp"

#include <algorithm>
#include <limits>

#include "daemon/core/model/call.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/source/utf8.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

constexpr std::int64_t kListItemsMax = 1000;

/// `{run}` counts, `{{run}}` is a text in braces.
bool holds_placeholder(const std::string& text, const std::string& placeholder) {
    if (placeholder.size() < 2) return true;
    const std::string name = placeholder.substr(1, placeholder.size() - 2);
    return expand(text, {{name, "\x01"}}).find('\x01') != std::string::npos;
}

std::optional<std::string> read_text_parameter(const Parameter& p, const Field& field, Findings& findings) {
    if (!field.value->is_scalar()) {
        findings.error(field.at(), "'" + p.name + "' must be text, not " + kind_text(*field.value));
        return std::nullopt;
    }
    const std::string& text = field.value->text;
    if (!p.one_of.empty() && !read_choice(field, p.one_of, findings)) return std::nullopt;
    const auto length = static_cast<std::int64_t>(utf8_count(text));
    if (length < p.min.value_or(0) || length > p.max.value_or(std::numeric_limits<std::int64_t>::max())) {
        std::string range = "at least " + std::to_string(p.min.value_or(0));
        if (p.max) range = std::to_string(p.min.value_or(0)) + " to " + std::to_string(*p.max);
        findings.error(field.at(),
                       "'" + p.name + "' must have " + range + " characters, not " + std::to_string(length));
        return std::nullopt;
    }
    if (!p.placeholders) return json_quoted(text);
    if (const auto unknown = unknown_placeholder(text, p.before_start)) {
        const std::size_t brace = text.find("{" + *unknown);
        const Position at = position_in(*field.value, brace == std::string::npos ? 0 : brace, findings);
        if (text.find("{" + *unknown + "}") == std::string::npos) {
            findings.error(at, "the placeholder " + findings.quoted(at, "{" + *unknown) +
                                   " is not closed; write {job}, or {{ for a brace");
            return std::nullopt;
        }
        const auto& names = placeholder_names(p.before_start);
        findings.error(at, "unknown placeholder " + findings.quoted(at, "{" + *unknown + "}") +
                               did_you_mean(*unknown, names) + "; known" + (p.before_start ? " before the start" : "") +
                               " are " + one_of_text(names) + "; write {{ for a brace");
        return std::nullopt;
    }
    if (!holds_placeholder(text, p.must_contain)) {
        findings.error(field.at(), "'" + p.name + "' must contain " + p.must_contain);
        return std::nullopt;
    }
    return json_quoted(text);
}

/// Decimal numbers as JSON writes them; everything else is text.
bool is_json_number(std::string_view text) {
    const auto digits = [&text] {
        std::size_t n = 0;
        while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
        text.remove_prefix(n);
        return n;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool leading_zero = text.starts_with('0');
    const std::size_t whole = digits();
    if (whole == 0 || (leading_zero && whole > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits() == 0) return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
        if (digits() == 0) return false;
    }
    return text.empty();
}

/// Recursion is bounded: a document is at most kNestingMax deep.
std::string json_of(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::null) return "null";
    if (node.is_scalar()) {
        const bool literal = node.text == "true" || node.text == "false" || is_json_number(node.text);
        return literal && !node.quoted ? node.text : json_quoted(node.text);
    }
    if (node.is_mapping()) {
        JsonObject object;
        for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
            object.set(node.children[i]->text, json_of(*node.children[i + 1]));
        }
        return object.text();
    }
    std::string list = "[";
    for (const YamlNode* item : node.children) {
        if (list.size() > 1) list += ',';
        list += json_of(*item);
    }
    return list + ']';
}

std::optional<std::string> read_object_parameter(const Parameter& p, const Field& field, Completion completion,
                                                 Findings& findings) {
    Section section{*field.value, "'" + p.name + "'", findings};
    if (!section.is_usable()) return std::nullopt;
    JsonObject object;
    set_all(object, read_parameters(section, p.members,
                                    completion == Completion::part ? Completion::part : Completion::full, findings));
    if (!p.open) {
        section.refuse_rest();
    } else {
        for (const Field& extra : section.rest()) object.set(extra.name(), json_of(*extra.value));
    }
    return object.text();
}

/// The first of `members` says what an item is.
std::optional<std::string> read_list_parameter(const Parameter& p, const Field& field, Findings& findings) {
    if (!field.value->is_sequence()) {
        findings.error(field.at(),
                       "'" + p.name + "' must be a list, not " + kind_text(*field.value) + "; write " + example_of(p));
        return std::nullopt;
    }
    const auto count = static_cast<std::int64_t>(field.value->children.size());
    if (count < p.min.value_or(0) || count > p.max.value_or(kListItemsMax)) {
        findings.error(field.at(), "'" + p.name + "' must list " + std::to_string(p.min.value_or(0)) + " to " +
                                       std::to_string(p.max.value_or(kListItemsMax)) + " items, not " +
                                       std::to_string(count));
        return std::nullopt;
    }
    std::string list = "[";
    bool all_good = true;
    for (const YamlNode* item : field.value->children) {
        Parameter one = p.members.empty() ? Parameter{} : p.members.front();
        if (one.name.empty()) one.name = p.name;
        const auto json = read_parameter(one, {.key = field.key, .value = item}, Completion::full, findings);
        all_good = all_good && json.has_value();
        if (list.size() > 1) list += ',';
        list += json.value_or("null");
    }
    if (!all_good) return std::nullopt;
    return list + ']';
}

/// The JSON holds whole seconds.
std::optional<std::string> read_duration_parameter(const Parameter& p, const Field& field, Findings& findings) {
    using std::chrono::seconds;
    const auto duration = read_duration(field, seconds{p.min.value_or(0)}, findings);
    if (!duration) return std::nullopt;
    const auto whole = std::chrono::floor<seconds>(*duration);
    if (whole != *duration) {
        findings.error(field.at(),
                       "'" + p.name + "' must be whole seconds, not " + findings.quoted(field.at(), field.value->text));
        return std::nullopt;
    }
    if (p.max && whole > seconds{*p.max}) {
        findings.error(field.at(), "'" + p.name + "' must be at most " + to_text(seconds{*p.max}) + ", not " +
                                       findings.quoted(field.at(), field.value->text));
        return std::nullopt;
    }
    return std::to_string(whole.count());
}

}  // namespace

std::optional<std::string> read_parameter(const Parameter& p, const Field& field, Completion completion,
                                          Findings& findings) {
    switch (p.kind) {
        case Parameter::Kind::integer: {
            const auto number = read_integer(field, p.min.value_or(std::numeric_limits<std::int64_t>::min()),
                                             p.max.value_or(std::numeric_limits<std::int64_t>::max()), findings);
            if (!number) return std::nullopt;
            return std::to_string(*number);
        }
        case Parameter::Kind::boolean: {
            const auto value = read_bool(field, findings);
            if (!value) return std::nullopt;
            return std::string{*value ? "true" : "false"};
        }
        case Parameter::Kind::text: return read_text_parameter(p, field, findings);
        case Parameter::Kind::list: return read_list_parameter(p, field, findings);
        case Parameter::Kind::duration: return read_duration_parameter(p, field, findings);
        case Parameter::Kind::object: break;
    }
    return read_object_parameter(p, field, completion, findings);
}

JsonMembers read_parameters(Section& section, const std::vector<Parameter>& parameters, Completion completion,
                            Findings& findings) {
    JsonMembers members;
    for (const Parameter& p : parameters) {
        const bool needed = completion == Completion::full && p.required;
        const Field field = needed ? section.need(p.name, example_of(p)) : section.take(p.name);
        if (field) {
            if (auto json = read_parameter(p, field, completion, findings))
                members.emplace_back(p.name, std::move(*json));
        } else if (completion == Completion::full && p.default_json) {
            members.emplace_back(p.name, *p.default_json);
        }
    }
    return members;
}

std::string example_of(const Parameter& p) {
    switch (p.kind) {
        case Parameter::Kind::integer: return "'" + p.name + ": " + std::to_string(p.min.value_or(1)) + "'";
        case Parameter::Kind::boolean: return "'" + p.name + ": true'";
        case Parameter::Kind::object: return "'" + p.name + ": {...}'";
        case Parameter::Kind::list: return "'" + p.name + ": [...]'";
        case Parameter::Kind::duration:
            return "'" + p.name + ": " + to_text(std::chrono::seconds{p.min.value_or(60)}) + "'";
        case Parameter::Kind::text: break;
    }
    return "'" + p.name + ": " + (p.one_of.empty() ? std::string{"..."} : p.one_of.front()) + "'";
}

void set_all(JsonObject& object, const JsonMembers& members) {
    for (const auto& [name, json] : members) object.set(name, json);
}

}  // namespace taktd
