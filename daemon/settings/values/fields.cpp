// SPDX-License-Identifier: Apache-2.0
// Every message here follows one pattern: the key, what it must be, what it is.
#include "daemon/settings/values/fields.hpp"

#include <algorithm>

#include "daemon/core/base/odd_characters.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7F;
    });
}

/// A scalar, or a report that it is none.
const std::string* scalar_of(const Field& field, std::string_view wanted, Findings& findings) {
    if (field.value->is_scalar()) return &field.value->text;
    findings.error(field.at(),
                   "'" + field.name() + "' must be " + std::string{wanted} + ", not " + kind_text(*field.value));
    return nullptr;
}

}  // namespace

std::string kind_text(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::null: return "nothing";
        case YamlNode::Kind::sequence: return "a list";
        case YamlNode::Kind::mapping: return "a mapping";
        case YamlNode::Kind::scalar: break;
    }
    return "text";
}

Section::Section(const YamlNode& node, std::string what, Findings& findings)
    : node_{node}, what_{std::move(what)}, findings_{findings}, taken_(node.children.size() / 2, false) {
    if (node.is_mapping() || node.kind == YamlNode::Kind::null) return;
    usable_ = false;
    findings_.error(
        node.at, what_ + " must be a mapping of 'key: value', not " + kind_text(node) + odd_character_note(node.text));
}

Field Section::take(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    if (!node_.is_mapping()) return {};
    for (std::size_t i = 0; i < taken_.size(); ++i) {
        // Of a duplicate, which is reported already, the first counts and all are taken.
        if (node_.children[2 * i]->text != key) continue;
        for (std::size_t j = i; j < taken_.size(); ++j) {
            if (node_.children[2 * j]->text == key) taken_[j] = true;
        }
        return {.key = node_.children[2 * i], .value = node_.children[2 * i + 1]};
    }
    return {};
}

Field Section::find(std::string_view key) const {
    for (const Field& field : rest()) {
        if (field.name() == key) return field;
    }
    return {};
}

Field Section::need(std::string_view key, std::string_view example, Position missing_at) {
    const Field found = take(key);
    if (!found && usable_) {
        findings_.error(missing_at, what_ + " needs '" + std::string{key} + "'; write " + std::string{example});
    }
    return found;
}

void Section::refuse(std::string_view key, const std::string& why) {
    const std::vector<std::string> known = known_;
    const Field found = take(key);
    known_ = known;  // nobody is to be pointed to it
    if (found) findings_.error(found.key->at, why);
}

std::vector<Field> Section::rest() const {
    std::vector<Field> left;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (!taken_[i]) left.push_back({.key = node_.children[2 * i], .value = node_.children[2 * i + 1]});
    }
    return left;
}

void Section::refuse_rest(bool x_keys_pass) {
    refuse_rest([x_keys_pass](const YamlNode& key) { return !x_keys_pass || !key.text.starts_with("x-"); });
}

void Section::refuse_rest(const std::function<bool(const YamlNode& key)>& is_ours) {
    if (!node_.is_mapping()) return;
    for (const Field& unknown : rest()) {
        if (!is_ours(*unknown.key)) continue;
        if (unknown.name() == "<<") continue;  // reported by the document
        std::string message = "unknown key" + findings_.named(unknown.key->at, unknown.name());
        const std::string near = findings_.is_full() ? std::string{} : did_you_mean(unknown.name(), known_);
        if (!near.empty()) {
            message += near;
        } else if (known_.empty()) {
            message += "; " + what_ + " takes no keys here";
        } else {
            message += "; " + what_ + " takes " + one_of_text(known_);
        }
        findings_.error(unknown.key->at, std::move(message));
    }
}

std::optional<std::string> read_text(const Field& field, Findings& findings) {
    const std::string* text = scalar_of(field, "text", findings);
    if (text == nullptr) return std::nullopt;
    if (text->empty()) {
        findings.error(field.at(), "'" + field.name() + "' is empty; write a value or remove the key");
        return std::nullopt;
    }
    if (has_control_characters(*text)) {
        findings.error(field.at(), "'" + field.name() + "' holds a control character; remove it");
        return std::nullopt;
    }
    return *text;
}

std::optional<std::string> read_path(const Field& field, std::size_t bytes_max, Findings& findings) {
    auto path = read_text(field, findings);
    const bool fits = path && path->size() <= bytes_max && path->find_first_of("\n\t") == std::string::npos;
    if (path && !fits) {
        findings.error(field.at(), "'" + field.name() + "' must be a path of at most " + std::to_string(bytes_max) +
                                       " bytes on one line");
    }
    return fits ? path : std::nullopt;
}

std::optional<std::int64_t> read_integer(const Field& field, std::int64_t min, std::int64_t max, Findings& findings) {
    const std::string* text = scalar_of(field, "a whole number", findings);
    if (text == nullptr) return std::nullopt;
    const auto number = parse_integer(*text);
    const bool unbounded = max == std::numeric_limits<std::int64_t>::max();
    const std::string range =
        unbounded ? "at least " + std::to_string(min) : "from " + std::to_string(min) + " to " + std::to_string(max);
    if (number && *number >= min && *number <= max) return *number;
    std::string message = "'" + field.name() + "' must be a whole number";
    if (min != std::numeric_limits<std::int64_t>::min() || !unbounded) message += " " + range;
    message += ", not " + findings.quoted(field.at(), *text);
    if (!number) message += "; " + number.error();
    findings.error(field.at(), std::move(message));
    return std::nullopt;
}

std::optional<bool> read_bool(const Field& field, Findings& findings) {
    const std::string* text = scalar_of(field, "true or false", findings);
    if (text == nullptr) return std::nullopt;
    if (*text == "true" || *text == "True" || *text == "TRUE") return true;
    if (*text == "false" || *text == "False" || *text == "FALSE") return false;
    findings.error(field.at(),
                   "'" + field.name() + "' must be true or false, not " + findings.quoted(field.at(), *text));
    return std::nullopt;
}

std::optional<Duration> read_duration(const Field& field, Duration min, Findings& findings) {
    const std::string* text = scalar_of(field, "a duration such as 10s", findings);
    if (text == nullptr) return std::nullopt;
    const auto duration = parse_duration(*text);
    if (duration && *duration >= min) return *duration;
    const std::string why = duration ? "at least " + to_text(min) : duration.error();
    findings.error(field.at(),
                   "'" + field.name() + "' must be a duration, not " + findings.quoted(field.at(), *text) + "; " + why);
    return std::nullopt;
}

std::optional<std::size_t> read_choice(const Field& field, const std::vector<std::string>& words, Findings& findings) {
    const std::string* text = scalar_of(field, one_of_text(words), findings);
    if (text == nullptr) return std::nullopt;
    const auto found = std::find(words.begin(), words.end(), *text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    findings.error(field.at(), "'" + field.name() + "' must be " + one_of_text(words) + ", not " +
                                   findings.quoted(field.at(), *text) + did_you_mean(*text, words));
    return std::nullopt;
}

}  // namespace taktd
