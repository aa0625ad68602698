// The end of a run is asked for, pursued and admitted: a stop is sent until the task is seen to have ended (R4).
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void admit_stops(EngineState& engine, Account& account);
void stop_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
CallId admit_stop(EngineState& engine, LiveRun& run, Account& account);
/// The one way into `stopping` that no start of this run led to.
void enter_stopping(EngineState& engine, LiveRun& run, StopCause cause);
void request_end(EngineState& engine, LiveRun& run, const StopCause& cause);
void begin_stopping(EngineState& engine, LiveRun& run);

}  // namespace taktd
