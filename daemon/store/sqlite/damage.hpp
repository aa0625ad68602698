// SPDX-License-Identifier: Apache-2.0
// Reading a store of which a part may be broken: a failure is told in a sentence and the rest is read all the same.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace taktd {

/// True if `read` came to its end; else `damage` says that `what` cannot be read, and why.
bool tell_damage(std::vector<std::string>& damage, const std::string& what, const std::function<void()>& read);

}  // namespace taktd
