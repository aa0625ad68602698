// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/healing.hpp"

#include <algorithm>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/key_change.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/waking.hpp"

namespace taktd {
namespace {

// A poll by the cheap list shows no actions, so that one of these runs is looked at by itself now and then.
constexpr Duration kCloseLookEvery = std::chrono::minutes{2};

bool heals(const StopPlan& plan) { return plan.heal_within && plan.provider->traits.can_heal; }

/// As far as the run and its baseline know; a started task's policy cannot be changed.
std::optional<bool> rolls_back(const LiveRun& run) {
    if (run.rolls_back || !run.row.baseline) return run.rolls_back;
    return run.row.baseline->seen.rolls_back;
}

/// A stranger's guard rail is left alone.
bool is_ours_and_active(const LiveRun& run, RemoteState remote) {
    const bool is_anothers = run.asking.sighting && run.asking.sighting->of == Sighting::Of::another_active;
    return run.row.seen_active && !is_anothers && activity_of(remote) == Activity::active;
}

bool was_automatic(const RunRow& row, const Observation& seen) {
    constexpr std::string_view kAutomatic = "automatic";
    return seen.mode == kAutomatic || (row.baseline && row.baseline->seen.mode == kAutomatic);
}

void want_healing(EngineState& engine, LiveRun& run, RemoteState remote) {
    run.healing->phase = Healing::Phase::wanted;
    run.healing->was_paused = remote == RemoteState::paused;
    run.stop.at_once(engine.now.boot);
    engine.runs.look_at(run.row.id, engine.now.boot);
}

}  // namespace

void drill_seen(EngineState& engine, LiveRun& run, const Observation& seen) {
    if (seen.rolls_back) run.rolls_back = seen.rolls_back;
    if (seen.residue && *seen.residue != run.row.residue) {
        run.row.residue = *seen.residue;
        touch(engine, run);
    }
    const bool is_ours_to_tell = run.row.state != RunState::stopping && run.row.waits_for.empty();
    if (!is_ours_to_tell || seen.waits_for.empty() || !was_automatic(run.row, seen)) return;
    run.row.waits_for = seen.waits_for;
    run.row.waits_since = engine.now.wall;
    touch(engine, run);
}

void note_close_look(const EngineState& engine, LiveRun& run) {
    run.next_close_look = engine.now.boot + kCloseLookEvery;
}

void begin_healing(EngineState& engine, LiveRun& run) {
    run.healing.reset();
    const StopPlan& plan = run.row.plan;
    if (!heals(plan) || account_of(engine, *plan.provider).closed) return;
    if (!rolls_back(run).value_or(true)) return;
    run.healing = Healing{.until = engine.now.boot + *plan.heal_within};
    query_at(engine, run, engine.now.boot);
}

void end_healing(EngineState& engine, LiveRun& run, const std::string& why) {
    if (!run.healing) return;
    run.healing.reset();
    if (!why.empty()) run.heal_problem = why;
    run.stop.at_once(engine.now.boot);
    // Never a stop: that one is not made before the healing is over. One that is being answered is not there any more.
    if (engine.calls.is_released(run.stop.call())) {
        engine.effects.cuts.push_back({*run.stop.call()});
    } else if (engine.calls.is_unreleased(run.stop.call())) {
        account_of(engine, *run.row.plan.provider).stops_admitted.erase({run.row.stop_due, *run.stop.call()});
        withdraw_call(engine, *run.stop.call());
        run.stop.end_call();
    }
    engine.runs.look_at(run.row.id, engine.now.boot);
}

void drive_healing(EngineState& engine, LiveRun& run) {
    if (!run.healing || engine.now.boot < run.healing->until) return;
    const std::string within = to_text(run.row.plan.heal_within.value_or(Duration{}));
    end_healing(
        engine, run,
        run.healing->phase == Healing::Phase::asked
            ? "the guard rail was set off, and " + within + " later its recovery actions were not seen to have ended"
            : "the guard rail could not be set off within " + within);
}

void healing_looked(EngineState& engine, LiveRun& run, const Observation& seen, const PendingCall& call) {
    if (!run.healing || run.row.state != RunState::stopping || call.row.spec->batched) return;
    Healing& healing = *run.healing;
    if (healing.phase == Healing::Phase::looking) {
        if (seen.remote == RemoteState::unknown) {
            // What earlier looks have shown has to do; if they have shown nothing yet, it is looked at again.
            if (run.rolls_back.value_or(false) && is_ours_and_active(run, run.row.remote_state)) {
                want_healing(engine, run, run.row.remote_state);
            } else if (!rolls_back(run).value_or(false)) {
                end_healing(engine, run, "whether its guard rail rolls back could not be seen");
            }
        } else if (is_ours_and_active(run, seen.remote) && seen.rolls_back.value_or(false)) {
            want_healing(engine, run, seen.remote);
        } else if (seen.activity() == Activity::active || !rolls_back(run).value_or(false)) {
            end_healing(engine, run);
        }  // else it has ended, which this look alone does not prove: it may be old
    } else if (healing.phase == Healing::Phase::asked && call.asked_boot >= healing.asked_at) {
        // One that was paused before is paused while its recovery actions run.
        const bool has_paused = seen.remote == RemoteState::paused && !healing.was_paused;
        const bool is_recovered = seen.is_recovered && seen.remote != RemoteState::unknown;
        if (has_paused || is_recovered) end_healing(engine, run);
    }
}

void heal_answered(EngineState& engine, LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.stop.call() != call.row.id) return;
    run.stop.end_call();
    if (result.lacks_credentials && leave_account(engine, run)) return;
    if (!run.healing) return;  // it was given up meanwhile, and the stop is due already
    switch (result.outcome) {
        case Outcome::accepted:
        case Outcome::uncertain:  // it may be at work: a stop now would cut its recovery actions
            run.healing->phase = Healing::Phase::asked;
            run.healing->asked_at = result.ended_boot;
            run.asking.wait = kFirstQueryWait;
            if (!run.asking.call) query_at(engine, run, engine.now.boot);
            return;
        case Outcome::clock_skew:
            run.stop.answer_skew(!account_of(engine, *run.row.plan.provider).closed, engine.now.boot);
            return;
        case Outcome::not_sent:
        case Outcome::throttled:
        case Outcome::refused_retryable:
            run.stop.answer_healing(result, ++run.healing->failures, engine.random, engine.now.boot);
            return;
        case Outcome::refused_final:
        case Outcome::conflict:
        case Outcome::unauthorized: {
            const std::string said = problem_of(result);
            end_healing(engine, run,
                        "the vendor refused to set off the guard rail" + (said.empty() ? "" : ": " + said));
            return;
        }
    }
}

void recover_healing(EngineState& engine, LiveRun& run, const std::vector<CallRow>& stored) {
    const auto is_stop = [](const CallRow& call) { return call.action == Action::stop; };
    if (!heals(run.row.plan) || std::any_of(stored.begin(), stored.end(), is_stop)) return;
    const Duration within = *run.row.plan.heal_within;
    for (const auto& call : stored) {
        if (call.action != Action::heal) continue;
        const Outcome outcome = call.result ? call.result->outcome : Outcome::uncertain;
        if (outcome == Outcome::accepted || outcome == Outcome::uncertain) {
            const Duration left =
                std::clamp(Duration{call.intent + within - engine.now.wall}, Duration::zero(), within);
            run.healing =
                Healing{.phase = Healing::Phase::asked, .until = engine.now.boot + left, .asked_at = engine.now.boot};
            return;
        }
        if (outcome == Outcome::refused_final || outcome == Outcome::conflict) return;
    }
    begin_healing(engine, run);
}

}  // namespace taktd
