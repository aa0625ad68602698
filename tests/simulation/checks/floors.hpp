// SPDX-License-Identifier: Apache-2.0
// What many random worlds must have seen before "no rule broken" means anything: an engine that skips everything keeps
// every rule, and a fault that never happens has tested nothing.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/world/stage.hpp"

namespace taktd::sim {

/// So many worlds are enough for each floor.
inline constexpr long kWorldsForFloors = 500;

/// One sentence for each floor that was not reached.
std::vector<std::string> missed_floors(const Figures& figures);

}  // namespace taktd::sim
