// SPDX-License-Identifier: Apache-2.0
// The command line of `simulate`. What is not understood, or would simulate nothing, is a usage error: exit status 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace taktd::sim {

struct Options {
    std::uint64_t first = 1, seeds = 2000;
    double minutes = 0;  ///< more than 0: as many seeds as fit
    bool is_single = false, trace = false, first_only = false, exhaustive = false;
    unsigned workers = 1;
    std::optional<std::size_t> scope;  ///< of small_scopes(), from 1; none: all
    std::string choices;               ///< one life of that scope
};

/// Ends the program if they are wrong, and after --help.
Options parse_options(int argc, char** argv);

/// The command that repeats what these options of `simulate` name; a mutated program (mutants.py) is repeated as such.
std::string repeat_command(const std::string& options);

}  // namespace taktd::sim
