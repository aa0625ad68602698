// Runs and baselines are asked for, and what an answer shows moves a run on. A late answer never moves it backwards.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void query_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
void look_answered(EngineState& engine, const std::string& task_key, const PendingCall& call, const CallResult& result);
void query_run(EngineState& engine, LiveRun& run, CallClass call_class);
/// One cheap list call for many tasks; those due soon come along, so that polls of one provider fall into step.
void poll_batch(EngineState& engine, LiveRun& first, Account& account);
void ask_look(EngineState& engine, const std::string& task_key);

}  // namespace taktd
