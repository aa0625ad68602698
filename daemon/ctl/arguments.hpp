// SPDX-License-Identifier: Apache-2.0
// The command line to values, or to what to print instead of a command. Usage errors end here with exit code 2. What it
// understands, and the help that is the manual, stands in manual.hpp.
#pragma once

#include <variant>

#include "daemon/ctl/answer.hpp"
#include "daemon/ctl/options.hpp"

namespace taktd::ctl {

/// The answer is a help text, the version or a usage error.
std::variant<Options, Answer> parse_arguments(int argc, const char* const* argv);

}  // namespace taktd::ctl
