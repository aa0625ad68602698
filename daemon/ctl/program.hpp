// SPDX-License-Identifier: Apache-2.0
// From the command line to the exit code. The only part of taktctl that reads the clock, the environment and the
// terminal; the commands (commands.hpp) are functions of their options and a Context.
#pragma once

namespace taktd::ctl {

int run_program(int argc, const char* const* argv);

}  // namespace taktd::ctl
