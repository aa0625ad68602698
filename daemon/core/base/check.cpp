// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/base/check.hpp"

#include <string>

namespace taktd {

void rule_is_broken(const char* condition, const char* rule, const char* file, int line) {
    throw BrokenRule{std::string{"a rule of this program is broken: "} + rule + " (" + condition + ", " + file + ":" +
                     std::to_string(line) + ")"};
}

}  // namespace taktd
