// SPDX-License-Identifier: Apache-2.0
// Baselines: what a task showed before a start of ours, and the wish to know it.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// The task is asked for, for a start in `span`; one query serves all starts that want it.
void want_look(EngineState& engine, const ProviderPtr& provider, const TaskSpec& task, const std::string& task_key,
               const LookSpan& span);
/// It waits for no permit any more; the wish stays.
void unqueue_look(EngineState& engine, const std::string& task_key, Look& look);
/// What was seen is no baseline for a start from now on.
void forget_look(EngineState& engine, const std::string& task_key);
/// Asks again after a failure, or forgets a baseline that is too old to be used.
void drive_look(EngineState& engine, const std::string& task_key);
/// What the baseline allows, as far as the run's task was looked at in time.
BaselineState baseline_state(const EngineState& engine, const LiveRun& run);

}  // namespace taktd
