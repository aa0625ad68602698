// SPDX-License-Identifier: Apache-2.0
// A drill that does not heal by itself: what its actions show is kept with the run, and where its guard rail rolls back
// it is set off before the stop, so that injected faults are undone first. That holds the stop up for at most the
// plan's `heal_within`, and whatever goes wrong here the stop follows at once: healing is tried, the stop is owed.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// What a look at our own run showed of its actions.
void drill_seen(EngineState& engine, LiveRun& run, const Observation& seen);
/// The run is asked for by itself now, so the next such look can wait.
void note_close_look(const EngineState& engine, LiveRun& run);
/// The run begins to stop. A guard rail that is known not to roll back costs no time; any other is looked at first, for
/// the task may have ended or paused since it was seen last.
void begin_healing(EngineState& engine, LiveRun& run);
/// The stop goes now. `why`: what an operator should know of faults that may not have been undone.
void end_healing(EngineState& engine, LiveRun& run, const std::string& why = "");
/// Gives the healing up once its time is over.
void drive_healing(EngineState& engine, LiveRun& run);
/// A look during the healing, after everything else has been made of it.
void healing_looked(EngineState& engine, LiveRun& run, const Observation& seen, const PendingCall& call);
/// The request to set off the guard rail was answered.
void heal_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// After a crash. What was asked for already is not asked for again; nothing waits longer than it would have. No stop
/// is made before the healing is over, so one that was made, even if it was not sent, says that it is.
void recover_healing(EngineState& engine, LiveRun& run, const std::vector<CallRow>& stored);

}  // namespace taktd
