// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/pausing.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/outcomes.hpp"

namespace taktd {
namespace {

/// Writes the intent.
void admit_pause(EngineState& engine, LiveRun& run, Action action, bool is_skew_retry) {
    PendingCall& call = make_call(engine, spec_of(run.row, action), CallClass::pause_resume, ForRun{run.row.id});
    call.row.attempt = is_skew_retry ? 2 : 1;
    call.is_skew_retry = is_skew_retry;
    run.pause.call = call.row.id;
    account_of(engine, *run.row.plan.provider).pauses_admitted.push_back(call.row.id);
    engine.journal.write_intent(call.row);
}

}  // namespace

void want_pause(EngineState& engine, LiveRun& run, Action action, const std::string& actor, const std::string& reason) {
    run.pause.wish = {action, actor, reason, std::nullopt};
    if (action == Action::pause) return admit_pause(engine, run, action, false);
    run.pause.wish->look_since = engine.now.boot;
    run.asking.alone = true;
    query_at(engine, run, engine.now.boot);
}

void pause_seen(EngineState& engine, LiveRun& run, RemoteState remote, const PendingCall& look) {
    if (!run.pause.wish || !run.pause.wish->look_since || look.asked_boot < *run.pause.wish->look_since) return;
    if (remote == RemoteState::running) run.pause.wish.reset();
    if (remote != RemoteState::paused || run.row.state != RunState::paused) return;
    run.pause.wish->look_since.reset();
    admit_pause(engine, run, Action::resume, false);
}

std::optional<Pausing::Wish> take_wish(LiveRun& run, Action action) {
    if (!run.pause.wish || run.pause.wish->action != action) return std::nullopt;
    return std::exchange(run.pause.wish, std::nullopt);
}

void pause_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.pause.call != call.row.id) return;
    run.pause.call.reset();
    if (call.row.action == Action::resume && result.outcome == Outcome::uncertain)
        run.pause.resume_ended = result.ended_boot;
    if (call.row.action == Action::resume && !had_no_effect(result.outcome)) forget_name(engine, run);
    const bool is_wanted = run.row.state == RunState::running || run.row.state == RunState::paused;
    if (result.outcome == Outcome::clock_skew && is_wanted) return admit_pause(engine, run, call.row.action, true);
    if (had_no_effect(result.outcome)) run.pause.wish.reset();
    query_at(engine, run, engine.now.boot);
}

void forget_name(EngineState& engine, LiveRun& run) {
    run.pause.was_resumed = true;
    if (run.row.plan.provider->traits.token_names_run) return;
    run.row.vendor_run_id.clear();
    run.candidate.clear();
    run.asking.naming_looks = 0;
    touch(engine, run);
}

}  // namespace taktd
