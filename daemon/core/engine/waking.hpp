// When a run is looked at again, and what may be sent for it by then.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Whether the next routine poll of the run must not be a batched one.
bool asks_alone(const EngineState& engine, const LiveRun& run);
void plan_run(EngineState& engine, LiveRun& run);
std::optional<StopCause> end_due(const EngineState& engine, const LiveRun& run);
/// A resume is on its way to the vendor. One that overtakes a stop, or is overtaken by it, may start the task again.
bool is_resuming(const EngineState& engine, const LiveRun& run);
bool may_send_stop(const EngineState& engine, const LiveRun& run);
void query_at(EngineState& engine, LiveRun& run, BootTime when);
void look_again_by(EngineState& engine, LiveRun& run, BootTime when);

}  // namespace taktd
