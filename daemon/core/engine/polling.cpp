// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/polling.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/foreign.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/observing.hpp"
#include "daemon/core/engine/queues.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/outcomes.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {

void query_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.asking.call == call.row.id) run.asking.call.reset();
    if (result.outcome == Outcome::clock_skew) {  // one more at once, and this one showed nothing
        run.asking.skew_retry = !account_of(engine, *run.row.plan.provider).closed;
        return query_at(engine, run, engine.now.boot);
    }
    const bool is_routine = run.row.state == RunState::running || run.row.state == RunState::paused;
    const Duration poll_interval = run.row.plan.provider->poll_interval;
    const bool settles_stop = run.row.state == RunState::stopping;
    const Duration asked = vendor_wait(result, settles_stop ? kOwedVendorWaitMax : kVendorWaitMax);
    if (is_routine) {
        query_at(engine, run, engine.now.boot + std::max(poll_interval, asked));
    } else {
        query_at(engine, run, engine.now.boot + std::max(std::min(run.asking.wait, poll_interval), asked));
        run.asking.wait = std::min(run.asking.wait * 2, poll_interval);
    }
    const Observation shown = seen_of(result, run.row.plan.task.task_id);
    observe(engine, run, shown, call);
    healing_looked(engine, run, shown, call);
}

void look_answered(EngineState& engine, const std::string& task_key, const PendingCall& call,
                   const CallResult& result) {
    auto* found = engine.baselines.find(task_key);
    if (found == nullptr || found->query != call.row.id) return;  // the task was started meanwhile
    Look& look = *found;
    look.query.reset();
    if (result.outcome == Outcome::clock_skew) {
        look.is_skew_retry = true;
        return want_look(engine, look.provider, look.task, task_key, {look.due, look.wanted_until});
    }
    if (const Observation seen = seen_of(result, look.task.task_id); seen.remote != RemoteState::unknown) {
        look.seen = Baseline{seen, call.asked};
        look.seen_boot = call.asked_boot;
        look.row = call.row;
        look.failures = 0;
        look.problem.clear();
        look.next_ask.reset();
        engine.baselines.look_at(task_key, engine.now.boot + kBaselineMaxAge);
        task_seen(engine, task_key, seen, call);
    } else {
        look.problem = problem_of(result);
        if (look.problem.empty()) look.problem = "the answer did not show the task";
        const Backoff backoff{kFirstQueryWait, std::max<Duration>(look.provider->poll_interval, kFirstQueryWait)};
        const Duration wait = backoff_after(backoff, ++look.failures, engine.random);
        look.next_ask = engine.now.boot + std::max(wait, vendor_wait(result));
        engine.baselines.look_at(task_key, look.next_ask);
    }
    reconsider_task(engine, task_key);
}

void query_run(EngineState& engine, LiveRun& run, CallClass call_class) {
    const BootTime wanted = run.asking.queued.value_or(engine.now.boot);
    forget_queued_query(engine, run);
    run.asking.next.reset();
    run.asking.alone = false;
    note_close_look(engine, run);
    PendingCall& call = make_call(engine, spec_of(run.row, Action::query), call_class, ForRun{run.row.id});
    call.wanted = std::min(wanted, engine.now.boot);
    call.is_skew_retry = std::exchange(run.asking.skew_retry, false);
    run.asking.call = call.row.id;
    release(engine, call);
    plan_run(engine, run);
}

void poll_batch(EngineState& engine, LiveRun& first, Account& account) {
    const ProviderSpec& provider = *first.row.plan.provider;
    const auto batch_max = static_cast<std::size_t>(std::max(provider.traits.query_batch_max, 1));
    if (batch_max == 1 || asks_alone(engine, first)) {
        ++first.asking.naming_looks;
        query_run(engine, first, CallClass::poll);
        return;
    }
    const BootTime wanted = first.asking.queued.value_or(engine.now.boot);
    const BootTime until = engine.now.boot + provider.poll_interval / 2;
    std::vector<std::pair<BootTime, RunId>> due;
    CallSpec spec;
    spec.action = Action::query;
    spec.provider = first.row.plan.provider;
    spec.batched = true;
    for (const auto& id : account.runs) {
        LiveRun& run = engine.runs.at(id);
        const bool is_routine = run.row.state == RunState::running || run.row.state == RunState::paused;
        const auto when = run.asking.queued ? run.asking.queued : run.asking.next;
        if (!is_routine || run.asking.call || asks_alone(engine, run) || !when || *when > until) continue;
        if (run.row.plan.provider->name == provider.name) due.emplace_back(*when, id);
    }
    // Those that have waited longest; with more of them than one call takes, the others would never be asked for.
    const std::size_t size = std::min(due.size(), batch_max);
    std::partial_sort(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(size), due.end());
    std::vector<RunId> batch;
    for (std::size_t i = 0; i < size; ++i) {
        spec.task_ids.push_back(engine.runs.at(due[i].second).row.plan.task.task_id);
        batch.push_back(std::move(due[i].second));
    }
    PendingCall& call = make_call(engine, std::move(spec), CallClass::poll, ForBatch{batch});
    call.wanted = std::min(wanted, engine.now.boot);
    for (const auto& id : batch) {
        LiveRun& run = engine.runs.at(id);
        forget_queued_query(engine, run);
        run.asking.next.reset();
        if (std::exchange(run.asking.skew_retry, false)) call.is_skew_retry = true;
        run.asking.call = call.row.id;
        plan_run(engine, run);
    }
    release(engine, call);
}

void ask_look(EngineState& engine, const std::string& task_key) {
    auto* found = engine.baselines.find(task_key);
    if (found == nullptr) return;
    Look& look = *found;
    PendingCall& call =
        make_call(engine, spec_of(look.provider, Action::query, look.task), CallClass::settle, ForBaseline{task_key});
    call.is_skew_retry = std::exchange(look.is_skew_retry, false);
    call.wanted = std::exchange(look.wanted_since, std::nullopt).value_or(engine.now.boot);
    look.query = call.row.id;
    look.next_ask.reset();
    release(engine, call);
}

}  // namespace taktd
