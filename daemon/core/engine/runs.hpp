// SPDX-License-Identifier: Apache-2.0
// The live runs: how one is made, found and planned, and which of them wait for each other.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Null: there is no such run, or it has ended.
LiveRun* find_live(EngineState& engine, const RunId& id);
/// Who made a run, and why.
struct Maker {
    std::string actor = "taktd";
    std::string reason{};
};
/// A run of `due`, with its first transition.
LiveRun& create_run(EngineState& engine, const JobPtr& job, const Window& window, Origin origin,
                    std::optional<WallTime> occurrence, const Maker& maker = {});
/// A run whose task is made from a template keeps the one that it has.
StopPlan plan_of(const Job& job, const RunRow& row);
/// Which task it is about; a run of `due` waits for that one from now on.
void set_task_key(EngineState& engine, LiveRun& run, const std::string& task_key);
/// Its row has changed and is written with this step.
void touch(EngineState& engine, LiveRun& run);
/// The run owes a stop: the task and a place in its account are its own.
void open_obligation(EngineState& engine, LiveRun& run);
/// The run's own instants, with what its job allows. How long a manual run lasts is the operator's choice, which may
/// be less than the job finds worth a start.
Window window_of_run(const LiveRun& run);
/// Runs of the same job that are not finished and have begun or were due before this one.
std::vector<RunId> earlier_runs(const EngineState& engine, const LiveRun& run);
/// The run that owes a stop on this run's task (R9).
const LiveRun* owner_of_task(const EngineState& engine, const LiveRun& run);
/// A run of `due` that waits for the task or its baseline is looked at again.
void reconsider_task(EngineState& engine, const std::string& task_key);
/// Likewise one that waits for an earlier run of its job.
void reconsider_job(EngineState& engine, const std::string& job);
/// Of a call that is for one run: a start, a stop, a query of its own.
LiveRun& run_of(EngineState& engine, const CallId& call);

}  // namespace taktd
