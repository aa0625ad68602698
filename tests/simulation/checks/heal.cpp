// SPDX-License-Identifier: Apache-2.0
// Drills: where the guard rail is known to roll back, it is set off before a run's first stop, and the stop leaves it
// the time that the plan allows; and what a run has left behind is told.
#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {
namespace {

bool heals(const StopPlan& plan) { return plan.heal_within && plan.provider->traits.can_heal; }

}  // namespace

/// How long the stop of this run may be held up; nothing where its guard rail has been seen not to roll back.
Duration Checks::healing_takes(const Truth& truth) {
    const StopPlan& plan = truth.intent.plan;
    if (!heals(plan)) return {};
    const auto& baseline = truth.intent.baseline;
    const bool rolled_back_before = !baseline || baseline->seen.rolls_back.value_or(true);
    return truth.rolls_back.value_or(rolled_back_before) ? *plan.heal_within : Duration{};
}

TrueTime Checks::first_shown(const std::string& task_key, const std::string& token) {
    return first_shown_.try_emplace({task_key, token}, stage_.clocks.t).first->second;
}

void Checks::note_drill(Truth& truth, const Answer& look) {
    const Observation& shown = look.shown;
    // An answer out of the past is about an earlier run, whatever it shows.
    const bool is_past = shown.token && first_shown(truth.intent.task_key, *shown.token) < truth.intent_at;
    if (shown.remote == RemoteState::unknown || look.flight.send.spec->batched) return;
    if (shown.rolls_back) truth.rolls_back = shown.rolls_back;
    const bool is_active = shown.activity() == Activity::active;
    const bool is_own = !is_past && (truth.state == RunState::running || truth.state == RunState::paused);
    truth.rail_seen = is_active && shown.rolls_back.value_or(false) && (is_own || truth.rail_seen);
    if (look.flight.sent_at < truth.heal_ended) return;
    if (!is_active || shown.remote == RemoteState::paused || shown.is_recovered) truth.heal_works = false;
}

void Checks::note_heal(Truth& truth, const CallResult& result) {
    truth.heal_ended = stage_.clocks.t;
    truth.heal_works = result.outcome == Outcome::accepted || result.outcome == Outcome::uncertain;
    if (truth.heal_works) ++stage_.figures.heals;
}

/// Of a run's first stop.
void Checks::check_healing(const Send& send, const RunId& run) {
    const Truth& truth = truths_[run];
    if (!heals(truth.intent.plan) || truth.stop_known) return;
    const std::string& account = send.spec->provider->account;
    const auto reopened = reopened_at_.find(account);
    const bool was_closed =
        refused_keys_.contains(account) || (reopened != reopened_at_.end() && reopened->second >= truth.stopping_since);
    const bool is_over = stage_.clocks.t >= truth.stopping_since + *truth.intent.plan.heal_within;
    if (was_closed || is_over) return;
    if (truth.rail_seen && truth.heals == 0)
        return stage_.fail("life: the stop of " + brief(run) + " goes although its guard rail was not set off");
    if (truth.heal_works) stage_.fail("life: the stop of " + brief(run) + " cuts the recovery of its faults");
}

/// The look that has shown the end of a run has shown what it left.
void Checks::check_residue(const RunRow& row) {
    const Answer& look = just_answered_;
    const auto owner = owners_.find(look.call);
    if (!is_terminal(row.state) || !row.residue.empty() || owner == owners_.end() || owner->second != row.id) return;
    if (!look.shown.residue || look.shown.residue->empty()) return;
    const bool is_told_by_look = row.reason != Reason::discharged && row.reason != Reason::superseded &&
                                 row.reason != Reason::start_unconfirmed && row.reason != Reason::no_effect;
    if (!is_told_by_look || vendor_.residue_of(row.id).empty()) return;
    stage_.fail("life: " + brief(row.id) + " has ended, and nobody is told of the faults that it left");
}

}  // namespace taktd::sim
