// SPDX-License-Identifier: Apache-2.0
// In this section even a key may be a secret (`credentials: {s3cr3t}`), so unknown keys are named only when they
// resemble a known one, and every value that is no reference is struck from all messages.
#include "daemon/settings/sections/credentials.hpp"

#include <algorithm>

#include "daemon/settings/source/suggest.hpp"

namespace taktd {
namespace {

constexpr std::size_t kMisspeltMax = 2;

bool is_optional(const std::string& name) { return name.ends_with('?'); }
std::string plain(const std::string& name) { return is_optional(name) ? name.substr(0, name.size() - 1) : name; }

std::string set_text(const std::vector<std::string>& set) {
    std::vector<std::string> required;
    std::string optional;
    for (const std::string& name : set) {
        if (is_optional(name)) {
            optional += " (optional: " + plain(name) + ")";
        } else {
            required.push_back(name);
        }
    }
    std::string text;
    for (const std::string& name : required) text += (text.empty() ? "" : " and ") + name;
    return text + optional;
}

std::string sets_text(const AdapterSchema& schema) {
    std::string text;
    for (const auto& set : schema.credential_sets) text += (text.empty() ? "" : ", or ") + set_text(set);
    return text;
}

/// All required names are given, and nothing that is not in the set.
bool is_satisfied(const std::vector<std::string>& set, const std::map<std::string, std::string>& given) {
    std::size_t used = 0;
    for (const std::string& name : set) {
        const bool has = given.contains(plain(name));
        if (!has && !is_optional(name)) return false;
        used += has ? 1 : 0;
    }
    return used == given.size();
}

}  // namespace

void hide_values(const YamlNode& node, Findings& findings) {
    if (node.is_scalar() && !parse_reference(node.text)) findings.hide(node.at, node.text);
    for (const YamlNode* child : node.children) hide_values(*child, findings);
}

std::optional<Reference> read_secret_reference(const Field& field, Findings& findings) {
    const auto reference =
        field.value->is_scalar() ? parse_reference(field.value->text) : parse_reference(std::string_view{});
    if (reference) return *reference;
    hide_values(*field.value, findings);
    findings.error(field.at(), "'" + field.name() + "' " + reference.error());
    return std::nullopt;
}

void refuse_secret_key(const Field& unknown, const std::vector<std::string>& names, const std::string& what,
                       Findings& findings) {
    const auto near = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return edit_distance(unknown.name(), name, kMisspeltMax) <= kMisspeltMax;
    });
    if (near != names.end()) {
        findings.error(unknown.key->at, "unknown key '" + unknown.name() + "'; did you mean '" + *near + "'?");
        return;
    }
    hide_values(*unknown.key, findings);
    findings.error(unknown.key->at, "unknown key; " + what + " takes " + one_of_text(names));
}

std::map<std::string, std::string> read_credential_references(const Field& field, const AdapterSchema& schema,
                                                              Findings& findings) {
    std::map<std::string, std::string> given;
    if (!field.value->is_mapping()) {
        hide_values(*field.value, findings);
        findings.error(field.at(), "'credentials' must be a mapping; write " + credentials_example(schema));
        return given;
    }
    Section section{*field.value, "'credentials'", findings};
    const std::vector<std::string> names = credential_names({schema});
    std::string from_environment;
    Position environment_at;
    bool all_known = true;
    for (const std::string& name : names) {
        const Field value = section.take(name);
        if (!value) continue;
        given[name] = value.value->text;
        const auto reference = read_secret_reference(value, findings);
        if (reference && reference->kind == Reference::Kind::env) {
            if (from_environment.empty()) environment_at = value.at();
            from_environment += (from_environment.empty() ? "'" : ", '") + name + "'";
        }
    }
    for (const Field& unknown : section.rest()) {
        all_known = false;
        hide_values(*unknown.value, findings);
        refuse_secret_key(unknown, names, "'credentials'", findings);
    }
    const bool complete = std::any_of(schema.credential_sets.begin(), schema.credential_sets.end(),
                                      [&](const auto& set) { return is_satisfied(set, given); });
    if (!complete && all_known) findings.error(field.key->at, "'credentials' needs " + sets_text(schema));
    if (!from_environment.empty()) {
        findings.warning(environment_at, from_environment +
                                             " from the environment: 'taktctl stop-all --offline' needs the same "
                                             "variables; ${credential:NAME} or ${file:/path} are found by both");
    }
    return given;
}

std::string credentials_example(const AdapterSchema& schema) {
    std::string text;
    for (const std::string& name :
         schema.credential_sets.empty() ? std::vector<std::string>{} : schema.credential_sets.front()) {
        if (is_optional(name)) continue;
        text += (text.empty() ? "" : ", ") + name + ": \"${credential:NAME}\"";
    }
    return "'credentials: {" + text + "}'";
}

std::vector<std::string> credential_names(const std::vector<AdapterSchema>& adapters) {
    std::vector<std::string> names;
    for (const AdapterSchema& schema : adapters) {
        for (const auto& set : schema.credential_sets) {
            for (const std::string& name : set) {
                if (std::find(names.begin(), names.end(), plain(name)) == names.end()) names.push_back(plain(name));
            }
        }
    }
    return names;
}

}  // namespace taktd
