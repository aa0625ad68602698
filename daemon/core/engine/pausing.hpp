// Pauses and resumes: admitted once, and never sent after a stop.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A pause or resume was answered; the next look shows what came of it.
void pause_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// Nobody knows whether a resume changes the start time that names the vendor's run: what it says from now on counts.
void forget_name(EngineState& engine, LiveRun& run);
/// Writes the intent.
void admit_pause(EngineState& engine, LiveRun& run, Action action, bool is_skew_retry);

}  // namespace taktd
