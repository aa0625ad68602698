// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/driving.hpp"

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/preparing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/waking.hpp"

namespace taktd {
namespace {

// `overlap: stop_previous`: what is not begun is given up, what may be running is stopped; this one waits for it.
void end_previous(EngineState& engine, LiveRun& run) {
    for (const auto& id : earlier_runs(engine, run)) {
        LiveRun& earlier = engine.runs.at(id);
        const StopCause cause{Reason::superseded, "taktd", "the job's next run is due (overlap: stop_previous)"};
        if (earlier.row.state == RunState::due) {
            cancel_unsent(engine, earlier, cause);
        } else {
            request_end(engine, earlier, cause);
            drive_run(engine, id);
        }
    }
}

}  // namespace

void drive_run(EngineState& engine, const RunId& id) {
    LiveRun* run = find_live(engine, id);
    if (run == nullptr) return;
    if (run->row.state == RunState::due) {
        consider_start(engine, *run);
    } else if (run->row.state != RunState::stopping) {
        if (const auto cause = end_due(engine, *run)) {
            request_end(engine, *run, *cause);
        } else if (run->row.state == RunState::starting && engine.calls.is_unreleased(run->start.call)) {
            if (const auto objection = objection_to_release(engine, *run)) withdraw_intent(engine, *run, *objection);
        }
    }
    run = find_live(engine, id);
    if (run == nullptr) return;

    Account& account = account_of(engine, *run->row.plan.provider);
    const bool asks = owes_stop(run->row.state) && run->row.state != RunState::starting && !account.closed;
    if (asks && !run->asking.call && !run->asking.queued && run->asking.next && *run->asking.next <= engine.now.boot) {
        const bool settles = run->row.state == RunState::unconfirmed || run->row.state == RunState::stopping;
        run->asking.queued = run->asking.next;
        if (run->healing) {
            account.heal_looks_wanted.emplace(run->row.stop_due, id);
        } else {
            (settles ? account.settles_wanted : account.polls_wanted).emplace(*run->asking.queued, id);
        }
        engine.accounts.mark(account.name);
    }
    drive_healing(engine, *run);
    if (may_send_stop(engine, *run) && run->stop.is_due(engine.now.boot)) {
        if (account.stops_wanted.emplace(run->row.stop_due, id).second) run->wanted_since = engine.now.boot;
        engine.accounts.mark(account.name);
    }
    plan_run(engine, *run);
}

void consider_start(EngineState& engine, LiveRun& run) {
    if (!engine.configured) return;  // recovered; its job is yet to come
    const StartFacts facts = start_facts(engine, run);
    const StartVerdict verdict = decide_start(facts);
    switch (verdict.kind) {
        case StartVerdict::Kind::skip: skip_start(engine, run, verdict.reason); return;
        case StartVerdict::Kind::prepare: want_task(engine, run); break;
        case StartVerdict::Kind::look:
            want_look(engine, run.job->provider, run.row.plan.task, run.row.task_key,
                      {run.row.start_due, latest_start(facts)});
            break;
        case StartVerdict::Kind::wait: run.waited = run.waited || facts.earlier_live > 0; break;
        case StartVerdict::Kind::end_previous:
            end_previous(engine, run);
            if (earlier_runs(engine, run).empty()) return consider_start(engine, run);  // none of them had begun
            run.waited = true;
            break;
        case StartVerdict::Kind::start:
            if (run.start.retry_at && *run.start.retry_at > engine.now.boot) break;
            if (account_of(engine, *run.job->provider).starts_wanted.emplace(run.row.start_due, run.row.id).second)
                run.wanted_since = engine.now.boot;
            engine.accounts.mark(run.job->provider->account);
            break;
    }
    plan_run(engine, run);
}

}  // namespace taktd
