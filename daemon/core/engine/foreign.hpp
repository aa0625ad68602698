// SPDX-License-Identifier: Apache-2.0
// Tasks of the config that run although no run of ours owes them a stop: somebody started them, or this store was
// restored from an older copy. Each is asked for once after the daemon's start and then at a slow pace, at the lowest
// priority; what is found is recorded and left alone, unless the provider says `foreign: stop`.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A config is adopted, in order of its jobs' names: a task that is new is asked for soon.
void watch_task_of(EngineState& engine, const Job& job);
/// What the config does not name any more is forgotten.
void forget_next_watch(EngineState& engine);
/// The last of all classes, and not in the moments before a start: its token would be missed.
bool pump_watch(EngineState& engine, Account& account);
/// What a check showed of each of these tasks.
void watch_answered(EngineState& engine, const std::vector<std::string>& task_keys, const PendingCall& call,
                    const CallResult& result);
/// Whatever query showed it: a baseline that finds the task busy tells of a foreign run, too.
void task_seen(EngineState& engine, const std::string& task_key, const Observation& seen, const PendingCall& call);
/// Behind every stop that is owed.
bool pump_foreign_stop(EngineState& engine, Account& account);
/// A stop of a run that is not ours was answered; the next one is planned.
void foreign_stop_answered(EngineState& engine, const std::string& task_key, const PendingCall& call,
                           const CallResult& result);

}  // namespace taktd
