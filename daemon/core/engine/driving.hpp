// A run is looked at and what is due for it is done, so that whatever woke us, the same facts lead to the same step.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void drive_run(EngineState& engine, const RunId& id);
void consider_start(EngineState& engine, LiveRun& run);

}  // namespace taktd
