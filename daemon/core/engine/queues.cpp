// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/queues.hpp"

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"

namespace taktd {

void forget_queued(EngineState& engine, LiveRun& run) {
    const RunId& id = run.row.id;
    Account& account = account_of(engine, *run.row.plan.provider);
    account.stops_wanted.erase({run.row.stop_due, id});
    account.starts_wanted.erase({run.row.start_due, id});
    account.tasks_wanted.erase({run.row.start_due, id});
    if (run.job) {
        Account& of_job = account_of(engine, *run.job->provider);
        of_job.starts_wanted.erase({run.row.start_due, id});
        of_job.tasks_wanted.erase({run.row.start_due, id});
    }
    forget_queued_query(engine, run);
    if (engine.calls.is_unreleased(run.stop.call())) {
        account.stops_admitted.erase({run.row.stop_due, *run.stop.call()});
        withdraw_call(engine, *run.stop.call());
        run.stop.end_call();
    }
    forget_pause(engine, run);
}

void forget_pause(EngineState& engine, LiveRun& run) {
    run.pause.wish.reset();
    if (!run.pause.call || engine.calls.is_released(run.pause.call)) return;
    std::erase(account_of(engine, *run.row.plan.provider).pauses_admitted, *run.pause.call);
    withdraw_call(engine, *run.pause.call);
    run.pause.call.reset();
}

void forget_queued_query(EngineState& engine, LiveRun& run) {
    if (!run.asking.queued) return;
    Account& account = account_of(engine, *run.row.plan.provider);
    account.heal_looks_wanted.erase({run.row.stop_due, run.row.id});
    account.settles_wanted.erase({*run.asking.queued, run.row.id});
    account.polls_wanted.erase({*run.asking.queued, run.row.id});
    run.asking.queued.reset();
}

}  // namespace taktd
