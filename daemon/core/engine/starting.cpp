// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/starting.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/outcomes.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {
namespace {

constexpr Duration kPermitHorizon = std::chrono::milliseconds{100};

// Certainly without effect: for good, or to be tried again after a while.
void refuse_start(EngineState& engine, LiveRun& run, const CallResult& result, const std::string& what) {
    ++run.start.tried;
    run.start.problem = what.empty() ? std::string{name_of(result.outcome)} : what;
    run.start.refused_before = run.start.refused_before || result.outcome != Outcome::not_sent;
    switch (result.outcome) {
        case Outcome::refused_final: move_to(engine, run, RunState::failed, Reason::refused, "taktd", what); return;
        case Outcome::conflict: move_to(engine, run, RunState::failed, Reason::task_busy, "taktd", what); return;
        case Outcome::unauthorized:
            move_to(engine, run, RunState::failed, Reason::provider_unauthorized, "taktd", what);
            return;
        default: break;
    }
    const RetryPolicy policy = run.job ? run.job->retry : RetryPolicy{};
    move_to(engine, run, RunState::due, Reason::none, "taktd", what);
    if (result.outcome == Outcome::clock_skew) {
        run.start.skew_retry = true;
        run.start.retry_at.reset();
        return;
    }
    if (run.start.tried >= policy.attempts) {
        move_to(engine, run, RunState::failed, Reason::retries_over, "taktd", what);
        return;
    }
    const Duration wait = backoff_after({policy.initial, policy.max}, run.start.attempts, engine.random);
    run.start.retry_at = engine.now.boot + std::max(wait, vendor_wait(result));
}

void admit_start(EngineState& engine, LiveRun& run, Account& account) {
    RunRow& row = run.row;
    row.provider = run.job->provider->name;
    row.plan = plan_of(*run.job, row);
    // Never longer than the window, wherever the wall clock stands by now.
    row.stop_due_boot = engine.now.boot + (row.stop_due - std::max(engine.now.wall, row.start_due));
    row.max_end_boot = engine.now.boot + (row.max_end - std::max(engine.now.wall, row.start_due));
    row.boot_id = engine.boot_id;
    row.seen_active = false;
    row.vendor_run_id.clear();
    row.baseline.reset();
    if (run.job->provider->baseline) {
        Look& look = engine.baselines.at(row.task_key);
        row.baseline = look.seen;
        if (look.row) {  // the query that the start is based on becomes part of the run's story
            look.row->linked.push_back(row.id);
            engine.journal.write(*look.row);
        }
    }
    move_to(engine, run, RunState::starting, Reason::none);
    CallSpec spec = spec_of(row, Action::start);
    spec.placeholders = start_placeholders(row);
    PendingCall& call = make_call(engine, std::move(spec), CallClass::start, ForRun{row.id});
    call.row.attempt = ++run.start.attempts;
    call.is_skew_retry = std::exchange(run.start.skew_retry, false);
    run.start.call = call.row.id;
    call.due = row.start_due;
    call.wanted = run.wanted_since;
    account.starts_admitted.all.emplace(call.due, call.row.id);
    engine.journal.write_intent(call.row);
    plan_run(engine, run);
}

}  // namespace

void admit_starts(EngineState& engine, Account& account) {
    // What goes first needs its permits first; an intent that waits for long would only grow old.
    const auto goes_first = [](const auto& waiting, WallTime due) {
        return !waiting.empty() && waiting.begin()->first < due;
    };
    while (!account.starts_wanted.empty() && may_consume(engine)) {
        const WallTime due = account.starts_wanted.begin()->first;
        if (goes_first(account.looks_wanted, due) || goes_first(account.tasks_wanted, due)) return;
        const std::size_t ahead = account.starts_admitted.all.size();
        if (account.in_flight + ahead >= kCallsInFlightMax) return;
        if (!may_admit(engine, account, CallClass::start, ahead, kPermitHorizon)) return;
        const RunId id = account.starts_wanted.begin()->second;
        account.starts_wanted.erase(account.starts_wanted.begin());
        LiveRun& run = engine.runs.at(id);
        // The facts may have changed while it waited for a permit.
        const StartVerdict verdict = decide_start(start_facts(engine, run));
        if (verdict.kind == StartVerdict::Kind::start) {
            admit_start(engine, run, account);
        } else {
            consider_start(engine, run);
        }
    }
}

void start_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.row.state != RunState::starting || run.start.call != call.row.id) return;
    run.start.call.reset();
    run.start.ended = result.ended_boot;
    run.asking.wait = kFirstQueryWait;
    const std::string what = problem_of(result);

    if (result.outcome == Outcome::accepted) {
        run.row.vendor_run_id = result.vendor_run_id;
        move_to(engine, run, RunState::running, Reason::none);
        query_at(engine, run, engine.now.boot + run.row.plan.provider->poll_interval);
    } else if (!had_no_effect(result.outcome)) {
        move_to(engine, run, RunState::unconfirmed, Reason::none, "taktd", what);
        query_at(engine, run, engine.now.boot);
    } else if (run.stop.cause() && result.outcome == Outcome::not_sent && !run.start.refused_before) {
        // Cut before a byte had left us: nothing runs and nothing is owed.
        cancel_unsent(engine, run, StopCause{*run.stop.cause()});
    } else {
        refuse_start(engine, run, result, what);
        if (run.row.state == RunState::due && run.stop.cause())
            cancel_unsent(engine, run, StopCause{*run.stop.cause()});
    }
    // Its end fell due while the start was in flight.
    if (is_terminal(run.row.state) || !run.stop.cause()) return;
    begin_stopping(engine, run);
}

}  // namespace taktd
