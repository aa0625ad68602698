// A config takes over as a whole (R11). Live runs keep the plan of their intent; only jobs and their schedules change.
// Those that have no live run are adopted in slices: adoption.hpp.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void on(EngineState& engine, const ConfigLoaded& event);

}  // namespace taktd
