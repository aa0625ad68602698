// SPDX-License-Identifier: Apache-2.0
// `${env:NAME}`, `${file:/path}`, `${credential:name}`: references to values that do not stand in the config.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"

namespace taktd {

struct Reference {
    enum class Kind : std::uint8_t { env, file, credential } kind = Kind::env;
    std::string target;  ///< variable, absolute path, or file name in $CREDENTIALS_DIRECTORY
};

/// A text that is one whole reference. The error says what to write and does not repeat the text: it may be a secret.
Result<Reference> parse_reference(std::string_view text);

/// Replaces each `${env:NAME}` once; what a variable holds is not looked at again. The error names the variable.
Result<std::string> expand_env(std::string_view text,
                               const std::function<std::optional<std::string>(const std::string&)>& get_env);

}  // namespace taktd
