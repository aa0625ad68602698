// A run that ended without a stop of ours is looked at again, at the instant at which it would have been stopped and a
// second time `settle` later: an end that was believed too easily shows there.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void drive_last_look(EngineState& engine, const RunId& id);
void ask_last_look(EngineState& engine, const RunId& id);
void last_look_answered(EngineState& engine, const RunId& id, const PendingCall& call, const CallResult& result);

}  // namespace taktd
