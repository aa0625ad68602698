// A run whose job names a template gets a task of its own before its start. Making one has no effect that must be
// stopped, so it owes nothing and may be repeated; after an answer that was lost the task is looked for by its title
// before another one is made.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {

void Engine::State::want_task(LiveRun& run) {
    if (run.prepare_call || (run.next_prepare && *run.next_prepare > now.boot)) return;
    account_of(*run.row.plan.provider).tasks_wanted.emplace(run.row.start_due, run.row.id);
    dirty(*run.row.plan.provider);
}

bool Engine::State::pump_prepare(Account& account) {
    if (account.tasks_wanted.empty() || account.in_flight >= kCallsInFlightMax || !may_consume()) return false;
    if (!account.limiter.permits(CallClass::start, now.boot)) {
        note(account, account.limiter.earliest(CallClass::start, now.boot));
        return false;
    }
    const RunId id = account.tasks_wanted.begin()->second;
    account.tasks_wanted.erase(account.tasks_wanted.begin());
    LiveRun& run = runs.at(id);
    // A task whose start could not follow in time would be made for nothing.
    const int requests_after = run.row.plan.provider->baseline ? 2 : 1;
    const Duration wait = account.limiter.earliest(CallClass::start, now.boot, requests_after) - now.boot;
    if (now.wall + wait > latest_start(start_facts(run))) return true;
    const StopPlan& plan = run.row.plan;
    CallSpec spec = spec_of(plan.provider, Action::prepare, plan.task);
    spec.parameters_json = plan.task.prepare_json;
    spec.finds = run.finds_task;
    spec.placeholders = start_placeholders(run.row);
    PendingCall& call = make_call(std::move(spec), CallClass::start);
    call.run = call.row.run = id;
    call.row.attempt = ++run.prepare_attempts;
    call.is_resign = std::exchange(run.resign_prepare, false);
    run.prepare_call = call.row.id;
    rows.emplace_back(call.row);  // for the journal; nothing waits for it
    release(call);
    plan_run(run);
    return true;
}

void Engine::State::prepare_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.prepare_call != call.row.id) return;
    run.prepare_call.reset();
    if (run.row.state != RunState::due || !run.row.vendor_task_id.empty()) return;
    const bool found = call.row.spec->finds;
    switch (result.outcome) {
        case Outcome::accepted: break;
        case Outcome::clock_skew: run.resign_prepare = true; return;
        case Outcome::refused_final:
        case Outcome::conflict:
            move(run, RunState::failed, Reason::refused, "taktd", "no task from the template: " + problem_of(result));
            return;
        default: {
            run.prepare_problem = problem_of(result);
            run.finds_task = run.finds_task || result.outcome == Outcome::uncertain;
            const RetryPolicy policy = run.job ? run.job->retry : RetryPolicy{};
            const Duration wait = backoff_after({policy.initial, policy.max}, ++run.prepare_failures, random);
            run.next_prepare = now.boot + std::max(wait, vendor_wait(result));
            return;
        }
    }
    if (result.vendor_task_id.empty()) {  // looked for and not there: one is made
        run.finds_task = !found;          // accepted without an id: it must be there
        if (!found) run.next_prepare = now.boot + kFirstQueryWait;
        return;
    }
    run.row.vendor_task_id = result.vendor_task_id;
    run.row.plan = plan_of(*run.job, run.row);
    set_task_key(run, task_key_of(*run.row.plan.provider, run.row.vendor_task_id));
    touch(run);
}

}  // namespace taktd
