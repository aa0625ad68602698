// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/occurrences.hpp"

#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/transition.hpp"

namespace taktd {
namespace {

void dispose(EngineState& engine, JobState& job, WallTime due, bool newest) {
    const Window window = window_of(*job.job, due);
    const bool is_late = engine.now.wall > due + window.start_grace;
    const Origin origin = is_late ? Origin::catch_up : Origin::schedule;
    LiveRun& run = create_run(engine, job.job, window, origin, due);
    job.stored.watermark = due;
    engine.journal.write(job.stored);
    run.is_newest_missed = newest || !is_late;
    // It may be due by a schedule that is being replaced.
    const JobPtr current = configured_job(engine, run.row.job);
    if (current != job.job) {
        if (current) follow_job(engine, run, current);
        run.job = current;
    }
    consider_start(engine, run);
}

}  // namespace

void record_past_one_shots(EngineState& engine, const JobState& state, WallTime known_until) {
    std::set<WallTime> past;
    for (const auto& rule : state.job->schedule.rules) {
        const auto* once = std::get_if<OnceRule>(&rule);
        if (once != nullptr && once->at <= state.stored.watermark && once->at > known_until &&
            !engine.jobs.was_disposed_ahead(state.job->name, once->at))
            past.insert(once->at);
    }
    for (const WallTime due : past) {
        engine.budget.spend_due();
        LiveRun& run = create_run(engine, state.job, window_of(*state.job, due), Origin::schedule, due);
        const StartVerdict verdict = decide_start(start_facts(engine, run));
        const bool objects = verdict.kind == StartVerdict::Kind::skip && verdict.reason != Reason::misfire;
        skip_start(engine, run, objects ? verdict.reason : Reason::misfire, "taktd",
                   objects ? "" : "it was already past when its schedule was first seen");
    }
}

void dispose_missed(EngineState& engine, JobState& job) {
    while (!job.missed.empty() && engine.budget.due() > 0) {
        engine.budget.spend_due();
        const WallTime due = job.missed.front();
        job.missed.erase(job.missed.begin());
        dispose(engine, job, due, job.missed.empty());
    }
}

}  // namespace taktd
