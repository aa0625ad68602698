// Jobs: occurrences come due and get exactly one durable disposition (R8); before that, the task's baseline is asked
// for.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"

namespace taktd {
namespace {

/// Whether its task can be looked at before an occurrence comes due.
bool looks_ahead(const Job& job) { return job.provider->baseline && !job.task.is_from_template(); }

}  // namespace

bool Engine::State::accepts_starts() const {
    return store_up && !store_damaged && !draining && now.wall >= starts_from;
}

// While the store is down or far behind nothing is consumed: what was decided could be forgotten.
bool Engine::State::may_consume() const { return accepts_starts() && uncommitted_rows < kUncommittedRowsMax; }

const HoldRow* Engine::State::engaged_hold(const std::string& job, const std::string& provider) const {
    for (const auto& scope : {std::string{}, "job:" + job, "provider:" + provider}) {
        const auto hold = holds.find(scope);
        if (hold != holds.end() && (!hold->second.until || now.wall < *hold->second.until)) return &hold->second;
    }
    return nullptr;
}

bool Engine::State::is_disabled(const std::string& job) const {
    const JobPtr current = configured_job(job);
    if (!current) return false;
    const JobStateRow* stored = stored_state(job);
    return !current->enabled || (stored && stored->disabled && (!stored->until || now.wall < *stored->until));
}

// What was disposed of while the clock was ahead does not come again.
std::optional<WallTime> Engine::State::next_start(const std::string& job, const Schedule& schedule,
                                                  WallTime after) const {
    auto due = next_due(schedule, after);
    while (due && disposed_ahead.contains({job, *due})) due = next_due(schedule, *due);
    return due;
}

void Engine::State::drive_job(const std::string& name) {
    if (!may_consume()) return;
    auto found = jobs.find(name);
    if (found == jobs.end()) return;
    // Nothing starts by a config that another one has replaced.
    if (found->second.load < loads_before + loads.size() || !found->second.eras.empty()) {
        adopt(name);
        found = jobs.find(name);
        if (found == jobs.end() || !found->second.eras.empty()) return;
    }
    JobState& job = found->second;
    if (job.stored.watermark <= kFirstDue && now.wall > kFirstDue) begin_schedule(job);
    scan_missed(job, now.wall);
    if (!job.next || *job.next > now.wall) {
        record_gap(job);
        dispose_missed(job);
    }
    const ProviderSpec& provider = *job.job->provider;
    if (job.next && looks_ahead(*job.job) && job.looked_for != job.next && now.wall >= *job.next - kBaselineLead) {
        job.looked_for = job.next;
        // A task that we run ourselves is looked at when that run has ended (look_ahead_again), or at the instant
        // itself.
        const bool may_start = !is_disabled(job.job->name) && engaged_hold(job.job->name, provider.name) == nullptr &&
                               !account_of(provider).closed && !open_by_task.contains(job.job->task_key);
        const Window window = window_of(*job.job, *job.next);
        if (may_start) {
            want_look(job.job->provider, job.job->task, job.job->task_key,
                      {window.start_due, latest_start(window, job.job->misfire)});
        }
    }
    plan_job(job);
}

// Usually one occurrence; after an outage or a clock step as many as passed. A year of seconds must not stall the loop.
void Engine::State::scan_missed(JobState& job, WallTime until) {
    const std::size_t kept = job.is_only_counted ? 0 : kMissedKept;
    for (; scans_left > 0 && job.next && *job.next <= until; --scans_left) {
        job.missed.push_back(*job.next);
        if (job.missed.size() > kept) {
            const WallTime oldest = job.missed.front();
            job.missed.erase(job.missed.begin());
            if (!job.gap) job.gap = GapRow{job.job->name, oldest, oldest, 0, Reason::misfire, now.wall};
            job.gap->last = oldest;
            ++job.gap->count;
        }
        job.next = next_start(job.job->name, job.job->schedule, *job.next);
    }
}

void Engine::State::record_gap(JobState& job) {
    if (!job.gap) return;
    job.gap->recorded = now.wall;
    const Reason unless_removed = is_disabled(job.job->name) ? Reason::disabled : Reason::misfire;
    const bool has_left = job.is_only_counted || !config->jobs.contains(job.job->name);
    job.gap->reason = has_left ? Reason::removed : unless_removed;
    job.stored.watermark = job.gap->last;
    rows.emplace_back(*job.gap);
    rows.emplace_back(job.stored);
    job.gap.reset();
}

void Engine::State::dispose_missed(JobState& job) {
    while (!job.missed.empty() && due_left > 0) {
        --due_left;
        const WallTime due = job.missed.front();
        job.missed.erase(job.missed.begin());
        dispose(job, due, job.missed.empty());
    }
}

void Engine::State::dispose(JobState& job, WallTime due, bool newest) {
    const Window window = window_of(*job.job, due);
    const bool is_late = now.wall > due + window.start_grace;
    const Origin origin = is_late ? Origin::catch_up : Origin::schedule;
    LiveRun& run = create_run(job.job, window, origin, due);
    job.stored.watermark = due;
    rows.emplace_back(job.stored);
    run.is_newest_missed = newest || !is_late;
    // It may be due by a schedule that is being replaced.
    const JobPtr current = configured_job(run.row.job);
    if (current != job.job) {
        if (current) follow_job(run, current);
        run.job = current;
    }
    consider_start(run);
}

void Engine::State::plan_job(JobState& job) {
    std::optional<WallTime> when = job.next;
    if (!job.eras.empty() || !job.missed.empty() || (job.gap && job.gap->count > 0)) {
        when = WallTime{};  // at once, wherever the wall clock stands by then
    } else if (job.next && looks_ahead(*job.job) && job.looked_for != job.next) {
        when = *job.next - kBaselineLead;
    }
    jobs_wall.set(job.job->name, when);
}

// The next occurrence of a job may be near when its run ends: only now its task can be seen as it will be found.
void Engine::State::look_ahead_again(const std::string& job) {
    const auto state = jobs.find(job);
    if (state == jobs.end() || !state->second.next || *state->second.next <= now.wall) return;
    state->second.looked_for.reset();
    plan_job(state->second);
}

void Engine::State::want_look(const ProviderPtr& provider, const TaskSpec& task, const std::string& task_key,
                              const LookSpan& span) {
    Look& look = looks[task_key];
    unqueue_look(task_key, look);  // several providers may name one task; it is asked for through one of them
    const bool is_new = look.provider == nullptr || now.wall > look.wanted_until;
    look.due = is_new ? span.due : std::min(look.due, span.due);
    look.wanted_until = std::max(look.wanted_until, span.until);
    look.provider = provider;
    look.task = task;
    if (look.query) return;
    if (look.next_ask && *look.next_ask > now.boot) {
        looks_boot.set(task_key, look.next_ask);
        return;
    }
    queue_look(task_key, look);
}

void Engine::State::queue_look(const std::string& task_key, Look& look) {
    look.is_queued = true;
    account_of(*look.provider).looks_wanted.emplace(look.due, task_key);
    dirty(*look.provider);
}

void Engine::State::unqueue_look(const std::string& task_key, Look& look) {
    if (!std::exchange(look.is_queued, false)) return;
    account_of(*look.provider).looks_wanted.erase({look.due, task_key});
}

void Engine::State::forget_look(const std::string& task_key) {
    const auto found = looks.find(task_key);
    if (found == looks.end()) return;
    unqueue_look(task_key, found->second);
    look_rows.forget("look " + task_key);
    looks.erase(found);
    looks_boot.set(task_key, std::nullopt);
}

// Asks again after a failure, or forgets a baseline that is too old to be used.
void Engine::State::drive_look(const std::string& task_key) {
    const auto found = looks.find(task_key);
    if (found == looks.end() || found->second.query) return;
    const auto waiting = due_by_task.find(task_key);
    if (waiting != due_by_task.end() && !waiting->second.empty()) {
        reconsider_task(task_key);
    } else if (found->second.seen || now.wall > found->second.wanted_until) {
        forget_look(task_key);
    } else {
        const Look& look = found->second;
        want_look(look.provider, look.task, task_key, {look.due, look.wanted_until});
    }
}

BaselineState Engine::State::baseline_state(const LiveRun& run) const {
    const ProviderSpec& provider = run.job ? *run.job->provider : *run.row.plan.provider;
    if (!provider.baseline) return BaselineState::not_needed;
    const auto look = looks.find(run.row.task_key);
    if (look == looks.end() || !look->second.seen) return BaselineState::none;
    const Baseline& baseline = *look->second.seen;
    if (now.boot - look->second.seen_boot > kBaselineMaxAge) return BaselineState::none;
    // The wall clock may have been set back since the run came due: what was asked after that was asked in time.
    const bool since_due = baseline.asked >= run.row.start_due || look->second.seen_boot >= run.known_since;
    if (!since_due && baseline.asked < run.row.start_due - kBaselineLead) return BaselineState::none;
    if (baseline.seen.activity() == Activity::inactive) return BaselineState::inactive;
    return since_due ? BaselineState::active : BaselineState::active_early;
}

}  // namespace taktd
