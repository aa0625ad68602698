// SPDX-License-Identifier: Apache-2.0
// What is kept of a text that came from outside: without secrets, valid UTF-8, bounded. The store, the logs and taktctl
// may then show it as it is.
#pragma once

#include <string>

namespace taktd {

/// Redacted, invalid bytes and NULs replaced by U+FFFD, cut at a character's boundary.
std::string kept_text(std::string text, std::size_t bytes_max);

}  // namespace taktd
