// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/firing.hpp"

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/adoption.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/occurrences.hpp"
#include "daemon/core/engine/schedules.hpp"

namespace taktd {

void drive_job(EngineState& engine, const std::string& name) {
    if (!may_consume(engine)) return;
    auto* found = engine.jobs.find(name);
    if (found == nullptr) return;
    // Nothing starts by a config that another one has replaced.
    if (found->load < engine.adoption.newest() || !found->eras.empty()) {
        adopt(engine, name);
        found = engine.jobs.find(name);
        if (found == nullptr || !found->eras.empty()) return;
    }
    JobState& job = *found;
    if (job.stored.watermark <= kFirstDue && engine.now.wall > kFirstDue) begin_schedule(engine, job);
    scan_missed(engine, job, engine.now.wall);
    if (!job.next || *job.next > engine.now.wall) {
        record_gap(engine, job);
        dispose_missed(engine, job);
    }
    const ProviderSpec& provider = *job.job->provider;
    if (job.next && looks_ahead(*job.job) && job.looked_for != job.next &&
        engine.now.wall >= *job.next - kBaselineLead) {
        job.looked_for = job.next;
        // A task that we run ourselves is looked at when that run has ended (look_ahead_again), or at the instant
        // itself.
        const bool may_start = !is_disabled(engine, job.job->name) &&
                               engine.gate.hold_on(job.job->name, provider.name, engine.now.wall) == nullptr &&
                               !account_of(engine, provider).closed && !engine.tasks.is_owned(job.job->task_key);
        const Window window = window_of(*job.job, *job.next);
        if (may_start) {
            want_look(engine, job.job->provider, job.job->task, job.job->task_key,
                      {window.start_due, latest_start(window, job.job->misfire)});
        }
    }
    plan_job(engine, job);
}

}  // namespace taktd
