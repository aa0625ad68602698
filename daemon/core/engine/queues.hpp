// SPDX-License-Identifier: Apache-2.0
// A run leaves the queues of its account.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A run that has ended waits for nothing any more. Calls in flight stay: their answers still belong on their rows.
void forget_queued(EngineState& engine, LiveRun& run);
/// A pause or resume that has not left is withdrawn.
void forget_pause(EngineState& engine, LiveRun& run);
/// It waits for no query any more.
void forget_queued_query(EngineState& engine, LiveRun& run);

}  // namespace taktd
