// A config takes over job by job. What it decides holds at once: live runs follow it in the step that loads it, and
// whatever is due is brought up to it before it is looked at. The rest is bookkeeping over as many jobs as there are,
// so it is done in slices, between which stops go out: each step adopts some jobs in order of their names, and settles
// some occurrences that were due by schedules which others replace. Those count until the config was loaded, the new
// ones from then on, whenever their turn comes. A crash in between finds the old schedules in the store and settles the
// rest.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"

namespace taktd {
namespace {

constexpr const char* kRemoved = "removed";  // in place of a schedule

/// Nothing is known of such a job any more but when it was due.
JobPtr job_that_left(const std::string& name, const Schedule& schedule) {
    auto job = std::make_shared<Job>();
    job->name = name;
    job->schedule = schedule;
    return job;
}

}  // namespace

JobPtr Engine::State::configured_job(const std::string& name) const {
    const auto found = config->jobs.find(name);
    return found == config->jobs.end() ? nullptr : found->second;
}

const JobStateRow* Engine::State::stored_state(const std::string& job) const {
    const auto state = jobs.find(job);
    if (state != jobs.end()) return &state->second.stored;
    const auto stored = stored_jobs.find(job);
    return stored == stored_jobs.end() ? nullptr : &stored->second;
}

// Some of the jobs, in order of their names: those that are known, configured or stored.
void Engine::State::adopt_some() {
    // What changes leaves rows; beyond this many no start is admitted.
    for (std::size_t i = 0; is_adopting && i < slices.jobs && due_left > 0; ++i) {
        if (!store_up || uncommitted_rows + rows.size() >= kUncommittedRowsMax) return;
        if (!is_naming_done) {
            adopt_next();
        } else {
            forget_next_watch();
        }
    }
    again = again || is_adopting;
}

void Engine::State::adopt_next() {
    std::optional<std::string> name;
    const auto offer = [&](const auto& map) {
        const auto next = adopted_up_to ? map.upper_bound(*adopted_up_to) : map.begin();
        if (next != map.end() && (!name || next->first < *name)) name = next->first;
    };
    offer(jobs);
    offer(config->jobs);
    offer(stored_jobs);
    if (!name) {
        is_naming_done = true;
        adopted_up_to.reset();
        return;
    }
    adopted_up_to = name;
    adopt(*name);
    if (const JobPtr job = configured_job(*name)) watch_task_of(*job);
}

// Up to the newest config, through those that came in between.
void Engine::State::adopt(const std::string& name) {
    auto found = jobs.find(name);
    if (found == jobs.end()) {
        const auto stored = stored_jobs.find(name);
        const bool has_left = stored != stored_jobs.end() && stored->second.schedule == kRemoved;
        if (has_left && std::ranges::none_of(loads, [&](const Load& load) { return load.config->jobs.contains(name); }))
            return;
        found = jobs.emplace(name, JobState{}).first;
        found->second.load = loads_before;
        if (stored != stored_jobs.end()) {
            found->second.stored = std::move(stored->second);
            stored_jobs.erase(stored);
        }
    }
    JobState& state = found->second;
    for (; state.load < loads_before + loads.size(); ++state.load) {
        const Load& load = loads[state.load - loads_before];
        const auto job = load.config->jobs.find(name);
        follow_config(name, state, {job == load.config->jobs.end() ? nullptr : job->second, load.at});
    }
    state.looked_for.reset();
    settle_eras(name, state);
}

// What one config says of the job: the same schedule goes on, another one waits until this one is settled.
void Engine::State::follow_config(const std::string& name, JobState& state, const Era& era) {
    const bool is_fresh = !state.job && state.eras.empty();
    const std::string fingerprint = era.job ? era.job->schedule.fingerprint() : kRemoved;
    if (is_fresh) {
        if (state.stored.job.empty() && !era.job) return;
        if (state.stored.schedule == fingerprint) {
            state.job = era.job;
            if (era.job) state.next = next_start(name, era.job->schedule, state.stored.watermark);
            return;
        }
        // The daemon was down when it changed: what was due by the old one until now is still to be told.
        const auto schedule = stored_schedules.find(name);
        if (schedule != stored_schedules.end() && state.stored.schedule != kRemoved) {
            state.is_only_counted = !era.job;
            state.job = job_that_left(name, schedule->second);
            if (era.job) {
                Job past = *era.job;
                past.schedule = schedule->second;
                state.job = std::make_shared<const Job>(std::move(past));
            }
            state.next = next_start(name, schedule->second, state.stored.watermark);
        }
        state.eras.push_back(era);
        return;
    }
    if (state.eras.empty() && state.stored.schedule == fingerprint) {
        state.job = era.job;
        return;
    }
    const JobPtr last = state.eras.empty() ? state.job : state.eras.back().job;
    const bool goes_on = !state.eras.empty() && static_cast<bool>(last) == static_cast<bool>(era.job) &&
                         (!last || last->schedule.fingerprint() == fingerprint);
    if (goes_on) {
        state.eras.back().job = era.job;
    } else {
        state.eras.push_back(era);
    }
}

// Whatever was due by a schedule that another one replaces gets its disposition before that takes over (R8), as far as
// this step may go.
void Engine::State::settle_eras(const std::string& name, JobState& state) {
    while (!state.eras.empty()) {
        scan_missed(state, state.eras.front().from);
        const bool is_scanned = !state.next || *state.next > state.eras.front().from;
        const bool is_owed = state.gap || !state.missed.empty();
        if (!is_scanned || (is_owed && !may_consume())) return plan_job(state);
        record_gap(state);
        dispose_missed(state);
        if (!state.missed.empty()) return plan_job(state);
        take_over(name, state);
    }
    if (state.job) return plan_job(state);
    stored_jobs[name] = std::move(state.stored);
    if (stored_jobs[name].job.empty()) stored_jobs.erase(name);
    jobs.erase(name);
    jobs_wall.set(name, std::nullopt);
}

void Engine::State::take_over(const std::string& name, JobState& state) {
    const Era era = std::move(state.eras.front());
    state.eras.erase(state.eras.begin());
    const WallTime known_until = state.stored.watermark;
    state.stored.job = name;
    state.stored.schedule = era.job ? era.job->schedule.fingerprint() : kRemoved;
    state.stored.watermark = std::max(known_until, era.from);
    if (era.job) state.stored.watermark = std::max(state.stored.watermark, kFirstDue);
    rows.emplace_back(state.stored);
    state.job = era.job;
    state.is_only_counted = false;
    state.next.reset();
    if (!era.job) return;
    record_past_one_shots(state, known_until);
    state.next = next_start(name, era.job->schedule, state.stored.watermark);
}

// It was loaded while the clock was not set yet, and counts from now that it is.
void Engine::State::begin_schedule(JobState& state) {
    const WallTime known_until = std::exchange(state.stored.watermark, now.wall);
    rows.emplace_back(state.stored);
    record_past_one_shots(state, known_until);
    state.next = next_start(state.job->name, state.job->schedule, now.wall);
}

// A one-shot that is already past when it is first seen is a misfire, recorded once.
void Engine::State::record_past_one_shots(const JobState& state, WallTime known_until) {
    std::set<WallTime> past;
    for (const auto& rule : state.job->schedule.rules) {
        const auto* once = std::get_if<OnceRule>(&rule);
        if (once != nullptr && once->at <= state.stored.watermark && once->at > known_until &&
            !disposed_ahead.contains({state.job->name, once->at}))
            past.insert(once->at);
    }
    for (const WallTime due : past) {
        due_left -= std::min<std::size_t>(due_left, 1);
        LiveRun& run = create_run(state.job, window_of(*state.job, due), Origin::schedule, due);
        const StartVerdict verdict = decide_start(start_facts(run));
        const bool objects = verdict.kind == StartVerdict::Kind::skip && verdict.reason != Reason::misfire;
        give_up_start(run, objects ? verdict.reason : Reason::misfire, "taktd",
                      objects ? "" : "it was already past when its schedule was first seen");
    }
}

}  // namespace taktd
