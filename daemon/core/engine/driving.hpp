// SPDX-License-Identifier: Apache-2.0
// A run is looked at and what is due for it is done, so that whatever woke us, the same facts lead to the same step.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Does what is due for the run now, and plans when it is looked at again. Of a run that is not live: nothing.
void drive_run(EngineState& engine, const RunId& id);
/// Decides what becomes of a run of `due`: it waits, is queued for its start, or ends here.
void consider_start(EngineState& engine, LiveRun& run);

}  // namespace taktd
