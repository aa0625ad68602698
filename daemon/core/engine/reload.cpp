// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/reload.hpp"

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/key_change.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"

namespace taktd {
namespace {

// Its job as the config has it now, or an end if the job has left.
void follow_config(EngineState& engine, LiveRun& run) {
    const RunId id = run.row.id;
    if (const JobPtr job = configured_job(engine, run.row.job)) return follow_job(engine, run, job);
    // For one that left while the daemon was down the run's plan says what its job said.
    const OnRemoval on_removal = run.job ? run.job->on_removal : run.row.plan.on_removal;
    const bool is_begun = owes_stop(run.row.state) && (!run.start.call || engine.calls.is_released(run.start.call));
    if (on_removal == OnRemoval::finish && is_begun) return;
    run.job = nullptr;
    if (owes_stop(run.row.state)) request_end(engine, run, {Reason::removed, "taktd", "the job has left the config"});
    drive_run(engine, id);
}

}  // namespace

void on(EngineState& engine, const ConfigLoaded& event) {
    engine.config = event.config;
    tell_limits(engine);
    engine.configured = true;
    follow_keys(engine);
    engine.adoption.begin(engine.config, engine.now.wall);

    std::vector<RunId> live;
    for (const auto& [id, run] : engine.runs) {
        if (!is_terminal(run.row.state)) live.push_back(id);
    }
    for (const auto& id : live) {
        if (LiveRun* run = find_live(engine, id)) follow_config(engine, *run);
    }

    // Secrets were read anew: a closed provider is tried again at once.
    for (auto& [name, account] : engine.accounts) {
        if (account.closed) account.probes.probe_at_once(engine.now.boot);
        engine.accounts.mark(name);
    }
}

}  // namespace taktd
