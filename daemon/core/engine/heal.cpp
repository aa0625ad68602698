// A drill that does not heal by itself: what its actions show is kept with the run, and where its guard rail rolls back
// it is set off before the stop, so that injected faults are undone first. That holds the stop up for at most the
// plan's `heal_within`, and whatever goes wrong here the stop follows at once: healing is tried, the stop is owed.
#include <algorithm>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/retry.hpp"

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
    const bool is_anothers = run.sighting && run.sighting->of == Sighting::Of::another_active;
    return run.row.seen_active && !is_anothers && activity_of(remote) == Activity::active;
}

bool was_automatic(const RunRow& row, const Observation& seen) {
    constexpr std::string_view kAutomatic = "automatic";
    return seen.mode == kAutomatic || (row.baseline && row.baseline->seen.mode == kAutomatic);
}

}  // namespace

/// What a look at our own run showed of its actions.
void Engine::State::note_drill(LiveRun& run, const Observation& seen) {
    if (seen.rolls_back) run.rolls_back = seen.rolls_back;
    if (seen.residue && *seen.residue != run.row.residue) {
        run.row.residue = *seen.residue;
        touch(run);
    }
    const bool is_ours_to_tell = run.row.state != RunState::stopping && run.row.waits_for.empty();
    if (!is_ours_to_tell || seen.waits_for.empty() || !was_automatic(run.row, seen)) return;
    run.row.waits_for = seen.waits_for;
    run.row.waits_since = now.wall;
    touch(run);
}

/// Whether the next routine poll of the run must not be a batched one.
bool Engine::State::asks_alone(const LiveRun& run) const {
    const bool hides_faults = run.row.plan.provider->traits.can_heal && now.boot >= run.next_close_look;
    return run.ask_alone || hides_faults || wants_name(run);
}

void Engine::State::note_close_look(LiveRun& run) const { run.next_close_look = now.boot + kCloseLookEvery; }

/// The run begins to stop. A guard rail that is known not to roll back costs no time; any other is looked at first, for
/// the task may have ended or paused since it was seen last.
void Engine::State::begin_healing(LiveRun& run) {
    run.healing.reset();
    const StopPlan& plan = run.row.plan;
    if (!heals(plan) || account_of(*plan.provider).closed) return;
    if (!rolls_back(run).value_or(true)) return;
    run.healing = Healing{.until = now.boot + *plan.heal_within};
    query_at(run, now.boot);
}

void Engine::State::want_healing(LiveRun& run, RemoteState remote) {
    run.healing->phase = Healing::Phase::wanted;
    run.healing->was_paused = remote == RemoteState::paused;
    run.next_stop = now.boot;
    runs_boot.set(run.row.id, now.boot);
}

/// The stop goes now. `why`: what an operator should know of faults that may not have been undone.
void Engine::State::end_healing(LiveRun& run, const std::string& why) {
    if (!run.healing) return;
    run.healing.reset();
    if (!why.empty()) run.heal_problem = why;
    run.next_stop = now.boot;
    // Never a stop: that one is not made before the healing is over. One that is being answered is not there any more.
    const auto call = run.stop_call ? calls.find(*run.stop_call) : calls.end();
    if (call != calls.end() && call->second.released) {
        effects.cuts.push_back({*run.stop_call});
    } else if (call != calls.end()) {
        account_of(*run.row.plan.provider).stops_admitted.erase({run.row.stop_due, *run.stop_call});
        withdraw_call(*run.stop_call);
        run.stop_call.reset();
    }
    runs_boot.set(run.row.id, now.boot);
}

void Engine::State::drive_healing(LiveRun& run) {
    if (!run.healing || now.boot < run.healing->until) return;
    const std::string within = to_text(run.row.plan.heal_within.value_or(Duration{}));
    end_healing(run, run.healing->phase == Healing::Phase::asked
                         ? "the guard rail was set off, and " + within +
                               " later its recovery actions were not seen to have ended"
                         : "the guard rail could not be set off within " + within);
}

/// A look during the healing, after everything else has been made of it.
void Engine::State::healing_looked(LiveRun& run, const Observation& seen, const PendingCall& call) {
    if (!run.healing || run.row.state != RunState::stopping || call.row.spec->batched) return;
    Healing& healing = *run.healing;
    if (healing.phase == Healing::Phase::looking) {
        if (seen.remote == RemoteState::unknown) {
            // What earlier looks have shown has to do; if they have shown nothing yet, it is looked at again.
            if (run.rolls_back.value_or(false) && is_ours_and_active(run, run.row.remote_state)) {
                want_healing(run, run.row.remote_state);
            } else if (!rolls_back(run).value_or(false)) {
                end_healing(run, "whether its guard rail rolls back could not be seen");
            }
        } else if (is_ours_and_active(run, seen.remote) && seen.rolls_back.value_or(false)) {
            want_healing(run, seen.remote);
        } else if (seen.activity() == Activity::active || !rolls_back(run).value_or(false)) {
            end_healing(run);
        }  // else it has ended, which this look alone does not prove: it may be old
    } else if (healing.phase == Healing::Phase::asked && call.asked_boot >= healing.asked_at) {
        // One that was paused before is paused while its recovery actions run.
        const bool has_paused = seen.remote == RemoteState::paused && !healing.was_paused;
        const bool is_recovered = seen.is_recovered && seen.remote != RemoteState::unknown;
        if (has_paused || is_recovered) end_healing(run);
    }
}

void Engine::State::heal_answered(LiveRun& run, const PendingCall& call, const CallResult& result) {
    if (run.stop_call != call.row.id) return;
    run.stop_call.reset();
    if (result.lacks_credentials) {
        const ProviderPtr successor = successor_of(*run.row.plan.provider);
        if (successor != nullptr && !account_of(*successor).closed) return change_account(run, *successor);
    }
    if (!run.healing) return;  // it was given up meanwhile, and the stop is due already
    switch (result.outcome) {
        case Outcome::accepted:
        case Outcome::uncertain:  // it may be at work: a stop now would cut its recovery actions
            run.healing->phase = Healing::Phase::asked;
            run.healing->asked_at = result.ended_boot;
            run.query_wait = kFirstQueryWait;
            if (!run.query) query_at(run, now.boot);
            return;
        case Outcome::clock_skew:
            run.resign_stop = !account_of(*run.row.plan.provider).closed;
            run.next_stop = now.boot;
            return;
        case Outcome::not_sent:
        case Outcome::throttled:
        case Outcome::refused_retryable: {
            const Duration wait = backoff_after(kStopBackoff, ++run.healing->failures, random);
            run.next_stop = now.boot + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
            return;
        }
        case Outcome::refused_final:
        case Outcome::conflict:
        case Outcome::unauthorized: {
            const std::string said = problem_of(result);
            end_healing(run, "the vendor refused to set off the guard rail" + (said.empty() ? "" : ": " + said));
            return;
        }
    }
}

/// After a crash. What was asked for already is not asked for again; nothing waits longer than it would have. No stop
/// is made before the healing is over, so one that was made, even if it was not sent, says that it is.
void Engine::State::recover_healing(LiveRun& run, const std::vector<CallRow>& stored) {
    const auto is_stop = [](const CallRow& call) { return call.action == Action::stop; };
    if (!heals(run.row.plan) || std::any_of(stored.begin(), stored.end(), is_stop)) return;
    const Duration within = *run.row.plan.heal_within;
    for (const auto& call : stored) {
        if (call.action != Action::heal) continue;
        const Outcome outcome = call.result ? call.result->outcome : Outcome::uncertain;
        if (outcome == Outcome::accepted || outcome == Outcome::uncertain) {
            const Duration left = std::clamp(Duration{call.intent + within - now.wall}, Duration::zero(), within);
            run.healing = Healing{.phase = Healing::Phase::asked, .until = now.boot + left, .asked_at = now.boot};
            return;
        }
        if (outcome == Outcome::refused_final || outcome == Outcome::conflict) return;
    }
    begin_healing(run);
}

}  // namespace taktd
