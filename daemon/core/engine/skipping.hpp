// SPDX-License-Identifier: Apache-2.0
// Whether a start may go out, and the ends of runs that were never started: the facts are gathered, the policies
// decide, and a start that is not made takes its facts along, so that `taktctl why` can tell.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Between the intent and its release the world may have changed; nothing has left this process yet.
std::optional<Reason> objection_to_release(const EngineState& engine, const LiveRun& run);
/// The intent of a start is taken back: nothing left this process, so nothing is owed.
void withdraw_intent(EngineState& engine, LiveRun& run, Reason reason, const std::string& actor = "taktd",
                     const std::string& note = "");
/// Of all starts; their runs are `due` again.
void withdraw_unreleased_intents(EngineState& engine);
/// What the policies are asked about: all that stands for or against a start of this run now.
StartFacts start_facts(const EngineState& engine, const LiveRun& run);
/// `note`: what the facts do not tell.
void skip_start(EngineState& engine, LiveRun& run, Reason reason, const std::string& actor = "taktd",
                const std::string& note = "");
/// Nothing of its start has left this process, and its end has come first.
void cancel_unsent(EngineState& engine, LiveRun& run, const StopCause& cause);
/// What an end of a run is called when nothing of its start has left this process.
Reason skip_reason_of(Reason end);

}  // namespace taktd
