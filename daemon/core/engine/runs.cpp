// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/runs.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"

namespace taktd {

LiveRun* find_live(EngineState& engine, const RunId& id) {
    LiveRun* run = engine.runs.find(id);
    return run == nullptr || is_terminal(run->row.state) ? nullptr : run;
}

LiveRun& create_run(EngineState& engine, const JobPtr& job, const Window& window, Origin origin,
                    std::optional<WallTime> occurrence, const Maker& maker) {
    const RunId id{engine.uuids.next(engine.now.wall)};
    LiveRun& run = engine.runs.add(id, job->name);
    run.job = job;
    run.by_hand = origin == Origin::manual;
    run.known_since = engine.now.boot;
    RunRow& row = run.row;
    row.id = id;
    row.job = job->name;
    row.provider = job->provider->name;
    row.task_key = job->task_key;
    row.occurrence = occurrence;
    row.origin = origin;
    row.start_due = window.start_due;
    row.stop_due = window.stop_due;
    row.max_end = window.max_end;
    row.plan = plan_of(*job, row);
    row.boot_id = engine.boot_id;
    row.created = engine.now.wall;
    engine.tasks.wait(job->task_key, id);
    engine.journal.write(TransitionRow{id, ++run.seq, std::nullopt, RunState::due, engine.now.wall, Reason::none,
                                       maker.actor, maker.reason, nullptr});
    touch(engine, run);
    return run;
}

StopPlan plan_of(const Job& job, const RunRow& row) {
    StopPlan plan{.provider = job.provider,
                  .task = job.task,
                  .window = row.stop_due - row.start_due,
                  .ends_itself = std::holds_alternative<StopWhenDone>(job.stop),
                  .on_removal = job.on_removal,
                  .heal_within = job.heal_within};
    if (job.task.is_from_template()) plan.task.task_id = row.vendor_task_id;
    return plan;
}

void set_task_key(EngineState& engine, LiveRun& run, const std::string& task_key) {
    RunRow& row = run.row;
    if (row.task_key == task_key) return;
    if (row.state == RunState::due) {
        engine.tasks.stop_waiting(row.task_key, row.id);
        engine.tasks.wait(task_key, row.id);
    }
    row.task_key = task_key;
}

void touch(EngineState& engine, LiveRun& run) { engine.journal.touch(run.row.id); }

void open_obligation(EngineState& engine, LiveRun& run) {
    engine.tasks.own(run.row.task_key, run.row.id);
    if (auto before = engine.ended.take_last(run.row.task_key)) run.previous_run_id = std::move(before->vendor_run_id);
    account_of(engine, *run.row.plan.provider).runs.insert(run.row.id);
}

Window window_of_run(const LiveRun& run) {
    const Window planned = run.job ? window_of(*run.job, run.row.start_due) : Window{};
    Window window{run.row.start_due, run.row.stop_due, run.row.max_end, planned.start_grace, planned.min_window};
    const Duration length = std::min(window.stop_due, window.max_end) - window.start_due;
    if (run.by_hand) window.min_window = std::min(window.min_window, length / 2);
    return window;
}

std::vector<RunId> earlier_runs(const EngineState& engine, const LiveRun& run) {
    std::vector<RunId> earlier;
    for (const auto& id : engine.runs.of_job(run.row.job)) {
        const RunRow& other = engine.runs.at(id).row;
        if (id == run.row.id) continue;
        // After the wall clock was set back, what runs already may have been due later.
        const bool is_first = std::pair{other.start_due, other.id} < std::pair{run.row.start_due, run.row.id};
        if (is_first || owes_stop(other.state)) earlier.push_back(id);
    }
    return earlier;
}

const LiveRun* owner_of_task(const EngineState& engine, const LiveRun& run) {
    const RunId* owner = engine.tasks.owner(run.row.task_key);
    return owner == nullptr || *owner == run.row.id ? nullptr : &engine.runs.at(*owner);
}

void reconsider_task(EngineState& engine, const std::string& task_key) {
    for (const auto& id : engine.tasks.waiting(task_key)) engine.runs.look_at(id, engine.now.wall);
}

void reconsider_job(EngineState& engine, const std::string& job) {
    for (const auto& id : engine.runs.of_job(job)) {
        if (engine.runs.at(id).row.state == RunState::due) engine.runs.look_at(id, engine.now.wall);
    }
}

LiveRun& run_of(EngineState& engine, const CallId& call) {
    return engine.runs.at(std::get<ForRun>(engine.calls.at(call).purpose).run);
}

}  // namespace taktd
