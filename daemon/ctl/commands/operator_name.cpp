// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/operator_name.hpp"

#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

namespace taktd::ctl {

std::string operator_name() {
    const char* caller = std::getenv("SUDO_USER");
    if (caller != nullptr && *caller != '\0') return caller;
    const passwd* user = ::getpwuid(::getuid());
    if (user != nullptr && user->pw_name != nullptr && *user->pw_name != '\0') return user->pw_name;
    return "uid " + std::to_string(::getuid());
}

}  // namespace taktd::ctl
