// SPDX-License-Identifier: Apache-2.0
// Runs and baselines are asked for, one at a time or in a batch; what an answer shows is observing.hpp's matter.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// What a query of the run, its own or a batch, has shown; the next one is planned.
void query_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result);
/// A baseline was asked for, and this came of it.
void look_answered(EngineState& engine, const std::string& task_key, const PendingCall& call, const CallResult& result);
/// Asks for the run by itself; its permit is there.
void query_run(EngineState& engine, LiveRun& run, CallClass call_class);
/// One cheap list call for many tasks; those due soon come along, so that polls of one provider fall into step.
void poll_batch(EngineState& engine, LiveRun& first, Account& account);
/// Asks for a baseline; its permit is there.
void ask_look(EngineState& engine, const std::string& task_key);

}  // namespace taktd
