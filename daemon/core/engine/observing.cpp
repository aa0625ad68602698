// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/observing.hpp"

#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/pausing.hpp"
#include "daemon/core/engine/queues.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/observation.hpp"

namespace taktd {
namespace {

// What a look shows since the last stop; one that was asked before that ended is made again.
void sight_since_stop(EngineState& engine, LiveRun& run, const Observation& seen, const PendingCall& call) {
    if (run.row.state != RunState::stopping || run.stop.see(seen.remote, call.asked_boot)) return;
    query_at(engine, run, engine.now.boot);
}

// By its token the run is known again, should its end turn out to be none (last_looks.cpp).
void learn_name_at_end(LiveRun& run, const Observation& seen) {
    if (!run.row.vendor_run_id.empty() || !seen.token || *seen.token == run.previous_run_id) return;
    if (run.row.baseline && run.row.baseline->seen.token == seen.token) return;
    run.row.vendor_run_id = *seen.token;
}

void finish_as_observed(EngineState& engine, LiveRun& run, const Observation& seen) {
    if (run.row.state == RunState::stopping && run.stop.was_accepted()) {
        move_to(engine, run, RunState::stopped, run.row.reason, run.stop.cause() ? run.stop.cause()->actor : "taktd");
        return;
    }
    switch (seen.remote) {
        case RemoteState::failed: move_to(engine, run, RunState::failed, Reason::remote_failed); return;
        case RemoteState::stopped: move_to(engine, run, RunState::stopped, Reason::remote); return;
        default: move_to(engine, run, RunState::completed, Reason::none); return;
    }
}

/// It was paused, or goes on: by an operator's wish, or by somebody else.
void change_seen(EngineState& engine, LiveRun& run, RunState to, Action action) {
    const auto wish = take_wish(run, action);
    if (!wish) return move_to(engine, run, to, Reason::none);
    move_to(engine, run, to, Reason::operator_request, wish->actor, wish->reason);
}

void follow_proof(EngineState& engine, LiveRun& run, Proof proof, const Observation& seen) {
    if (proof == Proof::own_active && !run.row.seen_active) {
        run.row.seen_active = true;
        touch(engine, run);
    }
    const bool is_ours =
        proof == Proof::own_active || proof == Proof::own_inactive || (proof == Proof::absent && run.row.seen_active);
    if (is_ours) drill_seen(engine, run, seen);
    switch (proof) {
        case Proof::nothing: return;
        case Proof::own_inactive:
            learn_name_at_end(run, seen);
            finish_as_observed(engine, run, seen);
            return;
        case Proof::another:
            if (run.row.state == RunState::unconfirmed) return;
            move_to(engine, run, RunState::stopped, Reason::superseded, "taktd", "another run has taken this task");
            return;
        case Proof::absent:
            if (run.row.state == RunState::unconfirmed)
                move_to(engine, run, RunState::failed, Reason::start_unconfirmed);
            if (run.row.state != RunState::stopping) return;
            if (run.row.seen_active) return finish_as_observed(engine, run, seen);
            move_to(engine, run, RunState::failed, Reason::no_effect);
            return;
        case Proof::own_active: break;
    }
    if (run.row.state == RunState::unconfirmed) {
        move_to(engine, run, RunState::running, Reason::none, "taktd", "seen running");
        query_at(engine, run, engine.now.boot + run.row.plan.provider->poll_interval);
    }
    if (run.row.state == RunState::running && seen.remote == RemoteState::paused)
        change_seen(engine, run, RunState::paused, Action::pause);
    else if (run.row.state == RunState::paused && seen.remote == RemoteState::running)
        change_seen(engine, run, RunState::running, Action::resume);
}

}  // namespace

void observe(EngineState& engine, LiveRun& run, const Observation& seen, const PendingCall& call) {
    sight_since_stop(engine, run, seen, call);
    if (seen.remote == RemoteState::unknown) return;
    if (run.row.remote_state != seen.remote) {
        run.row.remote_state = seen.remote;
        touch(engine, run);
    }
    const bool is_batched = call.row.spec->batched;
    if (is_batched && seen.activity() == Activity::inactive) {
        // A list shows no token: it moves no run to its end, it makes us look closely at once.
        run.asking.alone = true;
        query_at(engine, run, engine.now.boot);
        return;
    }
    const bool stop_in_flight = engine.calls.is_released(run.stop.call());
    const RunEvidence evidence{.run = run.row,
                               .start_ended = run.start.ended,
                               .last_stop_ended = run.stop.last_ended(),
                               .stop_in_flight = stop_in_flight,
                               .resume_in_flight = is_resuming(engine, run),
                               .was_resumed = run.pause.was_resumed,
                               .resume_ended = run.pause.resume_ended,
                               .sighting = run.asking.sighting,
                               .previous = run.previous_run_id,
                               .candidate = run.candidate};
    const auto adopted = run_id_to_adopt(evidence, seen, call.asked_boot);
    if (seen.activity() == Activity::active && !is_batched) run.candidate = seen.token.value_or("");
    if (adopted) {
        run.row.vendor_run_id = *adopted;
        touch(engine, run);
    }
    const Judgement judgement = judge(evidence, seen, call.asked_boot);
    run.asking.sighting = judgement.sighting;
    run.stop.see_anothers(run.asking.sighting && run.asking.sighting->of == Sighting::Of::another_active);
    if (run.asking.sighting) look_again_by(engine, run, run.asking.sighting->since + run.row.plan.provider->settle);
    follow_proof(engine, run, judgement.proof, seen);
    if (judgement.proof == Proof::own_active && !is_batched) pause_seen(engine, run, seen.remote, call);
}

}  // namespace taktd
