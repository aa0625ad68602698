// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/preparing.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {

void want_task(EngineState& engine, LiveRun& run) {
    if (run.making.call || (run.making.next && *run.making.next > engine.now.boot)) return;
    account_of(engine, *run.row.plan.provider).tasks_wanted.emplace(run.row.start_due, run.row.id);
    engine.accounts.mark(run.row.plan.provider->account);
}

void prepare_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.making.call != call.row.id) return;
    run.making.call.reset();
    if (run.row.state != RunState::due || !run.row.vendor_task_id.empty()) return;
    const bool found = call.row.spec->finds;
    switch (result.outcome) {
        case Outcome::accepted: break;
        case Outcome::clock_skew: run.making.skew_retry = true; return;
        case Outcome::refused_final:
        case Outcome::conflict:
            move_to(engine, run, RunState::failed, Reason::refused, "taktd",
                    "no task from the template: " + problem_of(result));
            return;
        default: {
            run.making.problem = problem_of(result);
            run.making.finds_task = run.making.finds_task || result.outcome == Outcome::uncertain;
            const RetryPolicy policy = run.job ? run.job->retry : RetryPolicy{};
            const Duration wait = backoff_after({policy.initial, policy.max}, ++run.making.failures, engine.random);
            run.making.next = engine.now.boot + std::max(wait, vendor_wait(result));
            return;
        }
    }
    if (result.vendor_task_id.empty()) {  // looked for and not there: one is made
        run.making.finds_task = !found;   // accepted without an id: it must be there
        if (!found) run.making.next = engine.now.boot + kFirstQueryWait;
        return;
    }
    run.row.vendor_task_id = result.vendor_task_id;
    run.row.plan = plan_of(*run.job, run.row);
    set_task_key(engine, run, task_key_of(*run.row.plan.provider, run.row.vendor_task_id));
    touch(engine, run);
}

bool pump_prepare(EngineState& engine, Account& account) {
    if (account.tasks_wanted.empty() || account.in_flight >= kCallsInFlightMax || !may_consume(engine)) return false;
    if (!account.permits(CallClass::start, engine.now.boot)) return false;
    const RunId id = account.tasks_wanted.begin()->second;
    account.tasks_wanted.erase(account.tasks_wanted.begin());
    LiveRun& run = engine.runs.at(id);
    // A task whose start could not follow in time would be made for nothing.
    const int requests_after = run.row.plan.provider->baseline ? 2 : 1;
    const Duration wait = account.limiter.earliest(CallClass::start, engine.now.boot, requests_after) - engine.now.boot;
    if (engine.now.wall + wait > latest_start(start_facts(engine, run))) return true;
    const StopPlan& plan = run.row.plan;
    CallSpec spec = spec_of(run.row, Action::prepare);
    spec.parameters_json = plan.task.prepare_json;
    spec.finds = run.making.finds_task;
    spec.placeholders = start_placeholders(run.row);
    PendingCall& call = make_call(engine, std::move(spec), CallClass::start, ForRun{id});
    call.row.attempt = ++run.making.attempts;
    call.is_skew_retry = std::exchange(run.making.skew_retry, false);
    run.making.call = call.row.id;
    engine.journal.write(call.row);  // for the journal; nothing waits for it
    release(engine, call);
    plan_run(engine, run);
    return true;
}

}  // namespace taktd
