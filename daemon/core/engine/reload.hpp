// SPDX-License-Identifier: Apache-2.0
// A config takes over as a whole (R11). Live runs keep the plan of their intent; only jobs and their schedules change.
// Those that have no live run are adopted in slices: adoption.hpp.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Live runs and their accounts follow the config in this step; jobs adopt it in slices.
void on(EngineState& engine, const ConfigLoaded& event);

}  // namespace taktd
