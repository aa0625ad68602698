// Jobs: occurrences come due and get exactly one durable disposition (R8); before that, the task's baseline is asked
// for.
#include <algorithm>

#include "daemon/core/engine_state.hpp"

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
    const auto state = jobs.find(job);
    if (state == jobs.end()) return false;
    const JobStateRow& stored = state->second.stored;
    return !state->second.job->enabled || (stored.disabled && (!stored.until || now.wall < *stored.until));
}

void Engine::State::drive_job(JobState& job) {
    if (!may_consume()) return;
    if (job.stored.watermark <= kFirstDue && now.wall > kFirstDue) begin_schedule(job);
    scan_missed(job);
    const bool scanned = !job.next || *job.next > now.wall;
    if (scanned) {
        record_gap(job);
        while (!job.missed.empty() && due_left > 0) {
            --due_left;
            const WallTime due = job.missed.front();
            job.missed.pop_front();
            dispose(job, due, job.missed.empty());
        }
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
            want_look(job.job->provider, job.job->task, job.job->task_key, latest_start(window, job.job->misfire));
        }
    }
    plan_job(job);
}

// Usually one occurrence; after an outage or a clock step as many as passed. A year of seconds must not stall the loop.
void Engine::State::scan_missed(JobState& job) {
    for (std::size_t i = 0; i < kMissedScanned && job.next && *job.next <= now.wall; ++i) {
        job.missed.push_back(*job.next);
        if (job.missed.size() > kMissedKept) {
            const WallTime oldest = job.missed.front();
            job.missed.pop_front();
            if (!job.gap) job.gap = GapRow{job.job->name, oldest, oldest, 0, Reason::misfire, now.wall};
            job.gap->last = oldest;
            ++job.gap->count;
        }
        job.next = next_due(job.job->schedule, *job.next);
    }
}

void Engine::State::record_gap(JobState& job) {
    if (!job.gap) return;
    job.gap->recorded = now.wall;
    const Reason unless_removed = is_disabled(job.job->name) ? Reason::disabled : Reason::misfire;
    job.gap->reason = job.leaves ? Reason::removed : unless_removed;
    job.stored.watermark = job.gap->last;
    rows.emplace_back(*job.gap);
    rows.emplace_back(job.stored);
    job.gap.reset();
}

// Before another schedule takes over, whatever was due by this one gets its disposition (R8).
void Engine::State::settle_schedule(JobState& job) {
    while (job.next && *job.next <= now.wall) scan_missed(job);
    record_gap(job);
    while (!job.missed.empty()) {
        const WallTime due = job.missed.front();
        job.missed.pop_front();
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
    if (job.leaves) run.job = nullptr;
    consider_start(run);
}

void Engine::State::plan_job(JobState& job) {
    std::optional<WallTime> when = job.next;
    if (!job.missed.empty() || (job.gap && job.gap->count > 0)) {
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
                              WallTime until) {
    Look& look = looks[task_key];
    // Several providers may name one task; it is asked for through one of them.
    if (look.provider && look.provider->account != provider->account)
        account_of(*look.provider).looks_wanted.erase(task_key);
    look.provider = provider;
    look.task = task;
    look.wanted_until = std::max(look.wanted_until, until);
    if (look.query) return;
    if (look.next_ask && *look.next_ask > now.boot) {
        looks_boot.set(task_key, look.next_ask);
        return;
    }
    account_of(*provider).looks_wanted.insert(task_key);
    dirty(*provider);
}

void Engine::State::forget_look(const std::string& task_key) {
    const auto found = looks.find(task_key);
    if (found == looks.end()) return;
    account_of(*found->second.provider).looks_wanted.erase(task_key);
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
        want_look(found->second.provider, found->second.task, task_key, found->second.wanted_until);
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
