// SPDX-License-Identifier: Apache-2.0
// Pauses and resumes: admitted once, and never sent after a stop.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A pause or resume was answered; the next look shows what came of it.
void pause_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// Nobody knows whether a resume changes the start time that names the vendor's run: what it says from now on counts.
void forget_name(EngineState& engine, LiveRun& run);
/// An operator wants it. A pause goes out at once. A resume waits for a look: the task may have ended meanwhile, and
/// would be started again.
void want_pause(EngineState& engine, LiveRun& run, Action action, const std::string& actor, const std::string& reason);
/// The task was seen so by a look of its own: a resume that waited for it goes out, or has become needless.
void pause_seen(EngineState& engine, LiveRun& run, RemoteState remote, const PendingCall& look);
/// On whose behalf the run went from running to paused, or back: the operator who wished it, or nobody.
std::optional<Pausing::Wish> take_wish(LiveRun& run, Action action);

}  // namespace taktd
