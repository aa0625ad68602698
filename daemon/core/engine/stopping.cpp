// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/stopping.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/key_change.hpp"
#include "daemon/core/engine/queues.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/engine/watching.hpp"

namespace taktd {
namespace {

constexpr Duration kStopPermitHorizon = std::chrono::seconds{1};
constexpr Duration kStopCommitWait = std::chrono::seconds{1};  // R1's exception

void pursue_stop(EngineState& engine, LiveRun& run) {
    run.stop.begin(engine.now.boot);
    // Routine polls end here; what is asked from now on is asked to settle the run.
    forget_queued_query(engine, run);
    forget_pause(engine, run);  // a stop is wanted: a pause or resume behind it would only stir
    if (is_resuming(engine, run)) engine.effects.cuts.push_back({*run.pause.call});
    run.asking.wait = kFirstQueryWait;
    run.asking.next.reset();
    engine.runs.look_at(run.row.id, engine.now.boot);
    begin_healing(engine, run);
}

}  // namespace

void admit_stops(EngineState& engine, Account& account) {
    while (!account.stops_wanted.empty()) {
        const std::size_t ahead = account.stops_admitted.all.size();
        if (!may_admit(engine, account, CallClass::stop, ahead, kStopPermitHorizon)) return;
        const RunId id = account.stops_wanted.begin()->second;
        account.stops_wanted.erase(account.stops_wanted.begin());
        LiveRun& run = engine.runs.at(id);
        if (!may_send_stop(engine, run)) continue;
        const CallId call = admit_stop(engine, run, account);
        engine.calls.at(call).wanted = run.wanted_since;
    }
}

void stop_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.stop.call() != call.row.id) return;
    run.stop.end_call();
    if (result.lacks_credentials && leave_account(engine, run)) return;
    // With its account closed, the next probe is the retry with a corrected clock.
    const bool retries_at_once = !account_of(engine, *run.row.plan.provider).closed;
    run.stop.answer(result, retries_at_once, engine.random, engine.now.boot);
    if (result.outcome == Outcome::clock_skew) return;
    run.asking.wait = kFirstQueryWait;
    if (!run.asking.call) query_at(engine, run, engine.now.boot);
}

CallId admit_stop(EngineState& engine, LiveRun& run, Account& account) {
    const RunRow& row = run.row;
    const bool on_schedule = row.reason == Reason::schedule;
    const Action action = run.healing ? Action::heal : Action::stop;
    CallSpec spec = spec_of(row, action);
    spec.parameters_json = on_schedule ? row.plan.task.stop_json : row.plan.task.on_abort_json;
    const auto elapsed = std::chrono::floor<std::chrono::seconds>(engine.now.wall - row.start_due);
    spec.placeholders = {{"run", row.id.text()},
                         {"job", row.job},
                         {"provider", row.provider},
                         {"task_id", row.plan.task.task_id},
                         {"started", to_rfc3339(row.start_due)},
                         {"elapsed", to_text(elapsed)},
                         {"cause", std::string{name_of(row.reason)}},
                         {"actor", run.stop.cause() ? run.stop.cause()->actor : "taktd"},
                         {"reason", run.stop.cause() ? run.stop.cause()->text : ""}};
    PendingCall& call = make_call(engine, std::move(spec), CallClass::stop, ForRun{row.id});
    if (run.healing) {
        run.stop.admit_healing(call.row.id);
        call.row.attempt = run.healing->failures + 1;
    } else {
        call.row.attempt = run.stop.admit(call.row.id);
    }
    call.is_skew_retry = run.stop.take_skew_retry();
    call.due = row.stop_due;
    account.stops_admitted.all.emplace(call.due, call.row.id);
    engine.journal.write_intent(call.row);
    // A stop waits at most this long for its commit and then goes out all the same (R1).
    engine.calls.wait_for_commit(call.row.id, engine.now.boot + kStopCommitWait);
    plan_run(engine, run);
    return call.row.id;
}

void enter_stopping(EngineState& engine, LiveRun& run, StopCause cause) {
    RunRow& row = run.row;
    engine.journal.write(TransitionRow{row.id, ++run.seq, std::nullopt, RunState::stopping, engine.now.wall,
                                       cause.reason, cause.actor, cause.text, nullptr});
    row.state = RunState::stopping;
    row.reason = cause.reason;
    row.obligation = Obligation::open;
    run.stop.ask(std::move(cause));
    touch(engine, run);
    open_obligation(engine, run);
    run.previous_run_id.clear();  // it is the run before
    own_run_changed(engine, row.task_key);
    forget_look(engine, row.task_key);
    pursue_stop(engine, run);
}

void request_end(EngineState& engine, LiveRun& run, const StopCause& cause) {
    if (run.stop.cause() || !owes_stop(run.row.state)) return;
    if (run.row.state != RunState::starting) {
        run.stop.ask(cause);
        begin_stopping(engine, run);
        return;
    }
    if (engine.calls.is_released(run.start.call)) {
        run.stop.ask(cause);
        engine.effects.cuts.push_back({*run.start.call});  // a stop is never sent while its run's start is in flight
        // After a crash, too, this run ends now: somebody may have been told so.
        RunRow& row = run.row;
        row.max_end = std::min(row.max_end, std::max(engine.now.wall, row.start_due + kJustAfter));
        row.max_end_boot = std::min(row.max_end_boot.value_or(engine.now.boot), engine.now.boot);
        touch(engine, run);
        return;
    }
    withdraw_intent(engine, run, skip_reason_of(cause.reason), cause.actor, cause.text);
}

void begin_stopping(EngineState& engine, LiveRun& run) {
    move_to(engine, run, RunState::stopping, run.stop.cause()->reason, run.stop.cause()->actor, run.stop.cause()->text);
    pursue_stop(engine, run);
}

}  // namespace taktd
