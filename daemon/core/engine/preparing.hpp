// SPDX-License-Identifier: Apache-2.0
// A run whose job names a template gets a task of its own before its start. Making one has no effect that must be
// stopped, so it owes nothing and may be repeated; after an answer that was lost the task is looked for by its title
// before another one is made.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// The run is queued for a task of its own, unless one is being made or is not to be retried yet.
void want_task(EngineState& engine, LiveRun& run);
/// A task was made or found, or it was not.
void prepare_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// Sends one request for a task. False: none is wanted, or there is no permit.
bool pump_prepare(EngineState& engine, Account& account);

}  // namespace taktd
