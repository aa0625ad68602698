// SPDX-License-Identifier: Apache-2.0
// A run that ended without a stop of ours is looked at again, at the instant at which it would have been stopped and a
// second time `settle` later: an end that was believed too easily shows there.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Queues the look that is due.
void drive_last_look(EngineState& engine, const RunId& id);
/// Sends the query; its permit is there.
void ask_last_look(EngineState& engine, const RunId& id);
/// The run is owed again if its task shows it; two looks, `settle` apart, without it end the matter. So do
/// kLastLookAnswers answers over kLastLookPatience that do not show the task.
void last_look_answered(EngineState& engine, const RunId& id, const PendingCall& call, const CallResult& result);

}  // namespace taktd
