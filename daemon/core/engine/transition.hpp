// SPDX-License-Identifier: Apache-2.0
// The one way in which the state of a run changes, with all that follows from the change.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// What is not begun follows its job, whatever changed: provider, task, window or policies. A plan is frozen at its
/// intent.
void follow_job(EngineState& engine, LiveRun& run, const JobPtr& job);
/// Only legal moves (lifecycle.hpp). A run that has become terminal is in no queue and owns no task after this.
void move_to(EngineState& engine, LiveRun& run, RunState to, Reason reason, const std::string& actor = "taktd",
             const std::string& note = "", std::shared_ptr<const StartFacts> facts = nullptr);

}  // namespace taktd
