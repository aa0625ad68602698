// SPDX-License-Identifier: Apache-2.0
// What a look at a run's task proves, and where that moves the run. A late answer never moves it backwards.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// `seen` answers `call`, which asked for the run by itself or for many tasks at once.
void observe(EngineState& engine, LiveRun& run, const Observation& seen, const PendingCall& call);

}  // namespace taktd
