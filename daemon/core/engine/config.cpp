// A config takes over as a whole (R11). Live runs keep the plan of their intent; only jobs and their schedules change.
// Those that have no live run are adopted in slices: adoption.cpp.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"

namespace taktd {

void Engine::State::on(const ConfigLoaded& event) {
    config = event.config;
    tell_limits();
    configured = true;
    follow_keys();
    loads.push_back({config, now.wall});
    is_adopting = true;
    is_naming_done = false;
    adopted_up_to.reset();

    std::vector<RunId> live;
    for (const auto& [id, run] : runs) {
        if (!is_terminal(run.row.state)) live.push_back(id);
    }
    for (const auto& id : live) {
        if (LiveRun* run = find_live(id)) follow_config(*run);
    }

    // Secrets were read anew: a closed provider is tried again at once.
    for (auto& [name, account] : accounts) {
        if (account.closed) account.probes.probe_at_once(now.boot);
        dirty_accounts.insert(name);
    }
}

// Its job as the config has it now, or an end if the job has left.
void Engine::State::follow_config(LiveRun& run) {
    const RunId id = run.row.id;
    if (const JobPtr job = configured_job(run.row.job)) return follow_job(run, job);
    // For one that left while the daemon was down the run's plan says what its job said.
    const OnRemoval on_removal = run.job ? run.job->on_removal : run.row.plan.on_removal;
    const bool is_begun = owes_stop(run.row.state) && (!run.start_call || calls.at(*run.start_call).released);
    if (on_removal == OnRemoval::finish && is_begun) return;
    run.job = nullptr;
    if (owes_stop(run.row.state)) want_end(run, {Reason::removed, "taktd", "the job has left the config"});
    drive_run(id);
}

// What is not begun follows its job, whatever changed: provider, task, window or policies. A plan is frozen at its
// intent.
void Engine::State::follow_job(LiveRun& run, const JobPtr& job) {
    if (run.row.state == RunState::due) {
        RunRow& row = run.row;
        forget_queued(run);
        const bool keeps_task = job->task.prepare_json == row.plan.task.prepare_json &&
                                task_key_of(*job->provider, "") == task_key_of(*row.plan.provider, "");
        if (!keeps_task) forget_task(run);
        set_task_key(run, row.vendor_task_id.empty() ? job->task_key : task_key_of(*job->provider, row.vendor_task_id));
        row.provider = job->provider->name;
        if (!run.by_hand) {
            const Window window = window_of(*job, row.start_due);
            row.stop_due = window.stop_due;
            row.max_end = window.max_end;
        } else if (job->max_duration > Duration::zero()) {
            row.max_end = std::min(row.max_end, row.start_due + job->max_duration);
        }
        row.plan = plan_of(*job, row);
        touch(run);
        runs_wall.set(row.id, now.wall);
    }
    run.job = job;
}

// Its task was made, or is being made, from what the config says no more: the answer to that means nothing now, and
// the title alone would find that task again.
void Engine::State::forget_task(LiveRun& run) {
    run.row.vendor_task_id.clear();
    run.prepare_call.reset();
    run.next_prepare.reset();
    run.prepare_failures = 0;
    run.prepare_problem.clear();
    run.finds_task = run.resign_prepare = false;
}

}  // namespace taktd
