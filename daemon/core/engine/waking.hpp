// SPDX-License-Identifier: Apache-2.0
// When a run is looked at again, and what may be sent for it by then.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Whether the next routine poll of the run must not be a batched one.
bool asks_alone(const EngineState& engine, const LiveRun& run);
/// When it is looked at again, if nothing happens before.
void plan_run(EngineState& engine, LiveRun& run);
/// Why it has to end now; nothing: it has not.
std::optional<StopCause> end_due(const EngineState& engine, const LiveRun& run);
/// A resume is on its way to the vendor. One that overtakes a stop, or is overtaken by it, may start the task again.
bool is_resuming(const EngineState& engine, const LiveRun& run);
/// Nothing stands against a stop, or the healing before it, but its instant and its permit.
bool may_send_stop(const EngineState& engine, const LiveRun& run);
/// It is asked for then, and not before.
void query_at(EngineState& engine, LiveRun& run, BootTime when);
/// It is asked for by then at the latest.
void look_again_by(EngineState& engine, LiveRun& run, BootTime when);

}  // namespace taktd
