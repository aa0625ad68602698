// SPDX-License-Identifier: Apache-2.0
// Runs that ended without a stop of ours and are still to be looked at again: which, and when.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Called when `run` has just ended with an obligation that was open.
void remember_ended(EngineState& engine, const LiveRun& run);
/// The run is looked at again at `due`, or at its instant on the boot clock if that comes first.
void expect_last_look(EngineState& engine, const RunRow& ended, WallTime due);
/// It needs no look any more; nothing happens if it was to have none.
void close_last_look(EngineState& engine, const RunId& id);

}  // namespace taktd
