// SPDX-License-Identifier: Apache-2.0
// A config takes over job by job. What it decides holds at once: live runs follow it in the step that loads it, and
// whatever is due is brought up to it before it is looked at. The rest is bookkeeping over as many jobs as there are,
// so it is done in slices, between which stops go out: each step adopts some jobs in order of their names, and settles
// some occurrences that were due by schedules which others replace. Those count until the config was loaded, the new
// ones from then on, whenever their turn comes. A crash in between finds the old schedules in the store and settles the
// rest.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Some of the jobs, in order of their names: those that are known, configured or stored.
void adopt_some(EngineState& engine);
/// Up to the newest config, through those that came in between.
void adopt(EngineState& engine, const std::string& name);
/// What one config says of the job: the same schedule goes on, another one waits until this one is settled.
void queue_era(EngineState& engine, const std::string& name, JobState& state, const Era& era);
/// It was loaded while the clock was not set yet, and counts from now that it is.
void begin_schedule(EngineState& engine, JobState& state);

}  // namespace taktd
