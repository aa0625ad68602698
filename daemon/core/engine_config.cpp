// A config takes over as a whole (R11). Live runs keep the plan of their intent; only jobs and their schedules change.
#include <algorithm>
#include <utility>

#include "daemon/core/engine_state.hpp"

namespace taktd {
namespace {

constexpr const char* kRemoved = "removed";  // in place of a schedule
}  // namespace

void Engine::State::on(const ConfigLoaded& event) {
    config = event.config;
    tell_limits();
    configured = true;
    follow_keys();

    std::vector<std::string> gone;
    for (const auto& [name, job] : jobs) {
        if (!config->jobs.contains(name)) gone.push_back(name);
    }
    for (const auto& name : gone) remove_job(name);
    for (auto& [name, stored] : stored_jobs) {
        if (!config->jobs.contains(name)) forget_schedule(stored);  // it left while the daemon was down
    }
    for (const auto& [name, job] : config->jobs) adopt_job(job);
    stored_schedules.clear();
    watch_tasks();

    // Runs of jobs that left while the daemon was down.
    std::vector<RunId> orphans;
    for (const auto& [id, run] : runs) {
        if (!run.job && !is_terminal(run.row.state)) orphans.push_back(id);
    }
    for (const auto& id : orphans) {
        LiveRun& run = runs.at(id);
        if (owes_stop(run.row.state) && run.row.plan.on_removal == OnRemoval::stop) {
            want_end(run, {Reason::removed, "taktd", "the job has left the config"});
        }
        drive_run(id);
    }

    // Secrets were read anew: a closed provider is tried again at once.
    for (auto& [name, account] : accounts) {
        if (account.closed) account.probes.probe_at_once(now.boot);
        dirty_accounts.insert(name);
    }
}

void Engine::State::adopt_job(const JobPtr& job) {
    JobState& state = jobs[job->name];
    const bool is_new = state.job == nullptr;
    const auto fingerprint = job->schedule.fingerprint();
    if (is_new) {
        if (const auto stored = stored_jobs.find(job->name); stored != stored_jobs.end()) state.stored = stored->second;
    }
    if (state.stored.schedule != fingerprint) {
        if (is_new) resume_schedule(state, *job);
        if (state.job) settle_schedule(state);
    }
    state.job = job;
    state.looked_for.reset();
    for (const auto& id : runs_by_job[job->name]) {
        LiveRun& run = runs.at(id);
        if (is_terminal(run.row.state)) continue;
        follow_job(run, job);
    }

    const bool is_changed = state.stored.job.empty() || state.stored.schedule != fingerprint;
    if (is_changed) {
        const WallTime known_until = state.stored.watermark;
        state.stored.job = job->name;
        state.stored.schedule = fingerprint;
        state.stored.watermark =
            std::max({known_until, now.wall, kFirstDue});  // a new or changed schedule counts from now
        state.missed.clear();
        state.gap.reset();
        rows.emplace_back(state.stored);
        record_past_one_shots(state, known_until);
    }
    if (is_new || is_changed) state.next = next_due(job->schedule, state.stored.watermark);
    plan_job(state);
}

// It was loaded while the clock was not set yet, and counts from now that it is.
void Engine::State::begin_schedule(JobState& state) {
    const WallTime known_until = std::exchange(state.stored.watermark, now.wall);
    rows.emplace_back(state.stored);
    record_past_one_shots(state, known_until);
    state.next = next_due(state.job->schedule, now.wall);
}

// The daemon was down when the schedule changed: what was due by the old one until now is still to be told.
void Engine::State::resume_schedule(JobState& state, const Job& job) {
    const auto schedule = stored_schedules.find(job.name);
    if (schedule == stored_schedules.end()) return;
    Job past = job;
    past.schedule = schedule->second;
    state.job = std::make_shared<const Job>(std::move(past));
    state.next = next_due(schedule->second, state.stored.watermark);
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

// A job that comes back counts from then on, whatever its schedule was before.
void Engine::State::forget_schedule(JobStateRow& stored) {
    if (stored.schedule == kRemoved) return;
    if (const auto schedule = stored_schedules.find(stored.job); schedule != stored_schedules.end()) {
        // Nothing is known of the job any more but when it was due.
        GapRow gap{stored.job, {}, {}, 0, Reason::removed, now.wall};
        for (auto due = next_due(schedule->second, stored.watermark); due && *due <= now.wall;
             due = next_due(schedule->second, *due)) {
            if (gap.count++ == 0) gap.first = *due;
            gap.last = *due;
        }
        if (gap.count > 0) rows.emplace_back(gap);
    }
    stored.schedule = kRemoved;
    stored.watermark = std::max(stored.watermark, now.wall);
    rows.emplace_back(stored);
}

// A one-shot that is already past when it is first seen is a misfire, recorded once.
void Engine::State::record_past_one_shots(const JobState& state, WallTime known_until) {
    std::set<WallTime> past;
    for (const auto& rule : state.job->schedule.rules) {
        const auto* once = std::get_if<OnceRule>(&rule);
        if (once != nullptr && once->at <= state.stored.watermark && once->at > known_until) past.insert(once->at);
    }
    for (const WallTime due : past) {
        LiveRun& run = create_run(state.job, window_of(*state.job, due), Origin::schedule, due);
        const StartVerdict verdict = decide_start(start_facts(run));
        const bool objects = verdict.kind == StartVerdict::Kind::skip && verdict.reason != Reason::misfire;
        give_up_start(run, objects ? verdict.reason : Reason::misfire, "taktd",
                      objects ? "" : "it was already past when its schedule was first seen");
    }
}

void Engine::State::remove_job(const std::string& name) {
    const JobPtr job = jobs.at(name).job;
    jobs.at(name).leaves = true;
    settle_schedule(jobs.at(name));
    stored_jobs[name] = jobs.at(name).stored;
    jobs.erase(name);
    jobs_wall.set(name, std::nullopt);
    const std::set<RunId> live = runs_by_job[name];
    for (const auto& id : live) {
        LiveRun& run = runs.at(id);
        if (is_terminal(run.row.state)) continue;
        const bool is_begun = owes_stop(run.row.state) && (!run.start_call || calls.at(*run.start_call).released);
        if (job->on_removal == OnRemoval::finish && is_begun) continue;
        run.job = nullptr;
        if (owes_stop(run.row.state)) want_end(run, {Reason::removed, "taktd", "the job has left the config"});
        drive_run(id);
    }
}

}  // namespace taktd
