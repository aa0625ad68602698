// SPDX-License-Identifier: Apache-2.0
// `simulate --exhaustive`: lives through every life of the small scopes (small_scope.hpp), and says how many there
// were; a broken rule prints the command that repeats it.
#pragma once

#include "tests/simulation/options.hpp"

namespace taktd::sim {

/// The exit status.
int live_through_all(const Options& options);

}  // namespace taktd::sim
