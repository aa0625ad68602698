// SPDX-License-Identifier: Apache-2.0
// The end of a run is asked for, pursued and admitted: a stop is sent until the task is seen to have ended (R4).
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Writes the intents of stops whose permit is near.
void admit_stops(EngineState& engine, Account& account);
/// A stop was answered; when the next one goes is the pursuit's to say.
void stop_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// Writes the intent of a stop, or of the healing before it.
CallId admit_stop(EngineState& engine, LiveRun& run, Account& account);
/// The one way into `stopping` that no start of this run led to.
void enter_stopping(EngineState& engine, LiveRun& run, StopCause cause);
/// The run is to end for this cause. A start that is in flight is cut first; one that has not left is taken back.
void request_end(EngineState& engine, LiveRun& run, const StopCause& cause);
/// The run enters `stopping` for the cause that was asked.
void begin_stopping(EngineState& engine, LiveRun& run);

}  // namespace taktd
