// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/adoption.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/foreign.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/occurrences.hpp"
#include "daemon/core/engine/schedules.hpp"

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

void adopt_next(EngineState& engine) {
    std::optional<std::string> name;
    const auto offer = [&](const auto& map) {
        const auto next = engine.adoption.reached() ? map.upper_bound(*engine.adoption.reached()) : map.begin();
        if (next != map.end() && (!name || next->first < *name)) name = next->first;
    };
    offer(engine.jobs);
    offer(engine.config->jobs);
    offer(engine.jobs.stored());
    if (!name) {
        engine.adoption.end_jobs();
        return;
    }
    engine.adoption.reach(*name);
    adopt(engine, *name);
    if (const JobPtr job = configured_job(engine, *name)) watch_task_of(engine, *job);
}

void take_over(EngineState& engine, const std::string& name, JobState& state) {
    const Era era = std::move(state.eras.front());
    state.eras.erase(state.eras.begin());
    const WallTime known_until = state.stored.watermark;
    state.stored.job = name;
    state.stored.schedule = era.job ? era.job->schedule.fingerprint() : kRemoved;
    state.stored.watermark = std::max(known_until, era.from);
    if (era.job) state.stored.watermark = std::max(state.stored.watermark, kFirstDue);
    engine.journal.write(state.stored);
    state.job = era.job;
    state.is_only_counted = false;
    state.next.reset();
    if (!era.job) return;
    record_past_one_shots(engine, state, known_until);
    state.next = next_start(engine, name, era.job->schedule, state.stored.watermark);
}

// Whatever was due by a schedule that another one replaces gets its disposition before that takes over (R8), as far as
// this step may go.
void settle_eras(EngineState& engine, const std::string& name, JobState& state) {
    while (!state.eras.empty()) {
        scan_missed(engine, state, state.eras.front().from);
        const bool is_scanned = !state.next || *state.next > state.eras.front().from;
        const bool is_owed = state.gap || !state.missed.empty();
        if (!is_scanned || (is_owed && !may_consume(engine))) return plan_job(engine, state);
        record_gap(engine, state);
        dispose_missed(engine, state);
        if (!state.missed.empty()) return plan_job(engine, state);
        take_over(engine, name, state);
    }
    if (state.job) return plan_job(engine, state);
    engine.jobs.forget_disablement(name);
    engine.jobs.stored().erase(name);
    if (!state.stored.job.empty()) engine.jobs.stored().add(name, std::move(state.stored));
    engine.jobs.erase(name);
}

}  // namespace

void adopt_some(EngineState& engine) {
    // What changes leaves rows; beyond this many no start is admitted.
    for (std::size_t i = 0; engine.adoption.is_running() && i < engine.budget.jobs() && engine.budget.due() > 0; ++i) {
        if (!engine.gate.is_store_up() || !engine.journal.has_room_for_more()) return;
        if (!engine.adoption.has_all_jobs()) {
            adopt_next(engine);
        } else {
            forget_next_watch(engine);
        }
    }
    if (engine.adoption.is_running()) engine.budget.leave_over();
}

void adopt(EngineState& engine, const std::string& name) {
    auto* found = engine.jobs.find(name);
    if (found == nullptr) {
        auto* stored = engine.jobs.stored().find(name);
        const bool has_left = stored != nullptr && stored->schedule == kRemoved;
        if (has_left && !engine.adoption.names(name)) return;
        found = &engine.jobs.add(name);
        found->load = engine.adoption.oldest();
        if (stored != nullptr) {
            found->stored = std::move(*stored);
            engine.jobs.stored().erase(name);
            engine.jobs.note_disablement(*found);
        }
    }
    JobState& state = *found;
    for (; state.load < engine.adoption.newest(); ++state.load) {
        const Adoption::Load& load = engine.adoption.load(state.load);
        const auto job = load.config->jobs.find(name);
        queue_era(engine, name, state, {job == load.config->jobs.end() ? nullptr : job->second, load.at});
    }
    state.looked_for.reset();
    settle_eras(engine, name, state);
}

void queue_era(EngineState& engine, const std::string& name, JobState& state, const Era& era) {
    const bool is_fresh = !state.job && state.eras.empty();
    const std::string fingerprint = era.job ? era.job->schedule.fingerprint() : kRemoved;
    if (is_fresh) {
        if (state.stored.job.empty() && !era.job) return;
        if (state.stored.schedule == fingerprint) {
            state.job = era.job;
            if (era.job) state.next = next_start(engine, name, era.job->schedule, state.stored.watermark);
            return;
        }
        // The daemon was down when it changed: what was due by the old one until now is still to be told.
        const auto schedule = engine.jobs.stored_schedule(name);
        if (schedule != nullptr && state.stored.schedule != kRemoved) {
            state.is_only_counted = !era.job;
            state.job = job_that_left(name, *schedule);
            if (era.job) {
                Job past = *era.job;
                past.schedule = *schedule;
                state.job = std::make_shared<const Job>(std::move(past));
            }
            state.next = next_start(engine, name, *schedule, state.stored.watermark);
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

void begin_schedule(EngineState& engine, JobState& state) {
    const WallTime known_until = std::exchange(state.stored.watermark, engine.now.wall);
    engine.journal.write(state.stored);
    record_past_one_shots(engine, state, known_until);
    state.next = next_start(engine, state.job->name, state.job->schedule, engine.now.wall);
}

}  // namespace taktd
