// SPDX-License-Identifier: Apache-2.0
// The grammar of references, shared by the loader (which only checks them) and secrets.cpp (which reads them).
#include "daemon/settings/values/references.hpp"

#include <algorithm>
#include <cctype>

namespace taktd {
namespace {

constexpr std::size_t kTargetBytesMax = 4096;

bool is_variable(std::string_view name) {
    if (name.empty() || name.size() > 256 || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

bool is_path(std::string_view path) {
    const bool plain =
        std::all_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20; });
    return path.starts_with('/') && path.size() > 1 && path.size() <= kTargetBytesMax && plain;
}

bool is_credential(std::string_view name) {
    if (name.empty() || name.size() > 255 || name == "." || name == "..") return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.' || c == '@';
    });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

Result<Reference> parse_reference(std::string_view text) {
    std::string_view body = text;
    if (!take_prefix(body, "${") || !body.ends_with('}') || std::count(body.begin(), body.end(), '}') != 1) {
        return unexpected<std::string>{
            "must be a reference such as \"${credential:NAME}\", \"${file:/path}\" or \"${env:NAME}\"; never write the "
            "secret itself"};
    }
    body.remove_suffix(1);
    if (take_prefix(body, "env:")) {
        if (!is_variable(body))
            return unexpected<std::string>{"must name a variable: ${env:NAME}, of letters, digits and '_'"};
        return Reference{.kind = Reference::Kind::env, .target = std::string{body}};
    }
    if (take_prefix(body, "file:")) {
        if (!is_path(body)) return unexpected<std::string>{"must name an absolute path: ${file:/etc/taktd/NAME}"};
        return Reference{.kind = Reference::Kind::file, .target = std::string{body}};
    }
    if (take_prefix(body, "credential:")) {
        if (!is_credential(body)) {
            return unexpected<std::string>{
                "must name a systemd credential: ${credential:NAME}, of letters, digits and '_-.@'"};
        }
        return Reference{.kind = Reference::Kind::credential, .target = std::string{body}};
    }
    return unexpected<std::string>{"must be one of ${env:NAME}, ${file:/path} and ${credential:NAME}"};
}

Result<std::string> expand_env(std::string_view text,
                               const std::function<std::optional<std::string>(const std::string&)>& get_env) {
    std::string expanded;
    while (!text.empty()) {
        const std::size_t start = text.find("${");
        if (start == std::string_view::npos) break;
        expanded += text.substr(0, start);
        const std::size_t end = text.find('}', start);
        if (end == std::string_view::npos) return unexpected<std::string>{"has a '${' without its '}'"};
        const auto reference = parse_reference(text.substr(start, end - start + 1));
        if (!reference || reference->kind != Reference::Kind::env) {
            return unexpected<std::string>{"may refer to the environment only: ${env:NAME}"};
        }
        const auto value = get_env ? get_env(reference->target) : std::nullopt;
        if (!value || value->empty())
            return unexpected<std::string>{"needs the environment variable " + reference->target};
        expanded += *value;
        text.remove_prefix(end + 1);
    }
    return expanded += text;
}

}  // namespace taktd
