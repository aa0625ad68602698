// SPDX-License-Identifier: Apache-2.0
// Reads secrets where their references point: ${env:NAME}, ${file:/path} (refused when others may read it),
// ${credential:name} (systemd's $CREDENTIALS_DIRECTORY).
#pragma once

#include <map>
#include <string>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/secret.hpp"

namespace taktd {

/// One trailing newline of a file is dropped; what is left must be printable ASCII without a space, for it becomes part
/// of a header. The error names the reference and what to do, never a value.
Result<Secret> read_secret(const std::string& reference);

/// A private key in PEM, with its line breaks; as a secret in all else.
Result<Secret> read_private_key(const std::string& reference);

/// All of a provider's credentials; the first error if one cannot be read.
Result<std::map<std::string, Secret>> read_credentials(const std::map<std::string, std::string>& references);

/// True if `text` has the form of a secret reference.
bool is_secret_reference(const std::string& text);

}  // namespace taktd
