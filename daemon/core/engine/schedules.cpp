// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/schedules.hpp"

#include "daemon/core/engine/jobs.hpp"

namespace taktd {
namespace {

constexpr std::size_t kMissedKept = 100;

}  // namespace

std::optional<WallTime> next_start(const EngineState& engine, const std::string& job, const Schedule& schedule,
                                   WallTime after) {
    auto due = next_due(schedule, after);
    while (due && engine.jobs.was_disposed_ahead(job, *due)) due = next_due(schedule, *due);
    return due;
}

void scan_missed(EngineState& engine, JobState& job, WallTime until) {
    const std::size_t kept = job.is_only_counted ? 0 : kMissedKept;
    for (; engine.budget.scans() > 0 && job.next && *job.next <= until; engine.budget.spend_scan()) {
        job.missed.push_back(*job.next);
        if (job.missed.size() > kept) {
            const WallTime oldest = job.missed.front();
            job.missed.erase(job.missed.begin());
            if (!job.gap) job.gap = GapRow{job.job->name, oldest, oldest, 0, Reason::misfire, engine.now.wall};
            job.gap->last = oldest;
            ++job.gap->count;
        }
        job.next = next_start(engine, job.job->name, job.job->schedule, *job.next);
    }
}

void record_gap(EngineState& engine, JobState& job) {
    if (!job.gap) return;
    job.gap->recorded = engine.now.wall;
    const Reason unless_removed = is_disabled(engine, job.job->name) ? Reason::disabled : Reason::misfire;
    const bool has_left = job.is_only_counted || !engine.config->jobs.contains(job.job->name);
    job.gap->reason = has_left ? Reason::removed : unless_removed;
    job.stored.watermark = job.gap->last;
    engine.journal.write(*job.gap);
    engine.journal.write(job.stored);
    job.gap.reset();
}

void plan_job(EngineState& engine, JobState& job) {
    std::optional<WallTime> when = job.next;
    if (!job.eras.empty() || !job.missed.empty() || (job.gap && job.gap->count > 0)) {
        when = WallTime{};  // at once, wherever the wall clock stands by then
    } else if (job.next && looks_ahead(*job.job) && job.looked_for != job.next) {
        when = *job.next - kBaselineLead;
    }
    engine.jobs.look_at(job.job->name, when);
}

void look_ahead_again(EngineState& engine, const std::string& job) {
    auto* state = engine.jobs.find(job);
    if (state == nullptr || !state->next || *state->next <= engine.now.wall) return;
    state->looked_for.reset();
    plan_job(engine, *state);
}

bool looks_ahead(const Job& job) { return job.provider->baseline && !job.task.is_from_template(); }

}  // namespace taktd
