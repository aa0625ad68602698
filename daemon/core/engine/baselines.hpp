// Baselines: what a task showed before a start of ours, and the wish to know it.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void want_look(EngineState& engine, const ProviderPtr& provider, const TaskSpec& task, const std::string& task_key,
               const LookSpan& span);
void unqueue_look(EngineState& engine, const std::string& task_key, Look& look);
void forget_look(EngineState& engine, const std::string& task_key);
/// Asks again after a failure, or forgets a baseline that is too old to be used.
void drive_look(EngineState& engine, const std::string& task_key);
BaselineState baseline_state(const EngineState& engine, const LiveRun& run);

}  // namespace taktd
