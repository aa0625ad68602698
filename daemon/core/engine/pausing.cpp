#include "daemon/core/engine/pausing.hpp"

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/outcomes.hpp"

namespace taktd {

void pause_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.pause.call != call.row.id) return;
    run.pause.call.reset();
    if (call.row.action == Action::resume && result.outcome == Outcome::uncertain)
        run.pause.resume_ended = result.ended_boot;
    if (call.row.action == Action::resume && !had_no_effect(result.outcome)) forget_name(engine, run);
    const bool is_wanted = run.row.state == RunState::running || run.row.state == RunState::paused;
    if (result.outcome == Outcome::clock_skew && is_wanted) return admit_pause(engine, run, call.row.action, true);
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

void admit_pause(EngineState& engine, LiveRun& run, Action action, bool is_skew_retry) {
    PendingCall& call = make_call(engine, spec_of(run.row, action), CallClass::pause_resume, ForRun{run.row.id});
    call.row.attempt = is_skew_retry ? 2 : 1;
    call.is_skew_retry = is_skew_retry;
    run.pause.call = call.row.id;
    account_of(engine, *run.row.plan.provider).pauses_admitted.push_back(call.row.id);
    engine.journal.write_intent(call.row);
}

}  // namespace taktd
