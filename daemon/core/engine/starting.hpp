// SPDX-License-Identifier: Apache-2.0
// Starts: admitted shortly before their permit, released, answered, tried again.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Writes the intents of starts whose permit is near, and ends those runs that may not start any more.
void admit_starts(EngineState& engine, Account& account);
/// The start took effect, or certainly did not, or nobody knows.
void start_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);

}  // namespace taktd
