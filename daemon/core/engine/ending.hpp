// SPDX-License-Identifier: Apache-2.0
// An operator ends runs: one, or all of a scope.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// One that has not begun is cancelled, any other is to be stopped. False: its end was asked for before; a stop of one
/// that is `stopping` goes again as soon as its account permits.
bool end_by_operator(EngineState& engine, LiveRun& run, const StopCause& cause);

/// The live runs of a hold's scope.
std::deque<RunId> runs_in(const EngineState& engine, const std::string& scope);

/// As many runs of the stops of many as this step may; what is left goes on in the next.
void go_on_stopping(EngineState& engine);

}  // namespace taktd
