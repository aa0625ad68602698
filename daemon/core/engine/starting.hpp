// Starts: admitted shortly before their permit, released, answered, tried again.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void admit_starts(EngineState& engine, Account& account);
void start_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);

}  // namespace taktd
