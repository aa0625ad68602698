// SPDX-License-Identifier: Apache-2.0
// A new store. It is made under another name and gets its own when it is whole and on the disk, so that a store that
// has lost its tables is never taken for a new one.
#pragma once

#include <optional>
#include <string>

namespace taktd {

/// Needs the lock, and a place at which nothing of a store lies. For its owner alone (mode 0600). The answer is what is
/// wrong; then nothing is made.
std::optional<std::string> create_store(const std::string& path);

}  // namespace taktd
