// SPDX-License-Identifier: Apache-2.0
// A process begins, and ends: what it finds is all that there is (R12), and in another boot its clocks mean something
// else (R5).
#include <algorithm>

#include "daemon/core/engine/engine.hpp"
#include "tests/simulation/checks/checks.hpp"
#include "tests/support/past.hpp"

namespace taktd::sim {

void Checks::process_begins(const Snapshot& found) {
    config_ = nullptr;
    loads_.clear();
    began_at_ = limits_since_ = stage_.clocks.t;
    config_at_ = -Duration{1};
    newest_wall_ = stage_.clocks.now().wall;
    trusted_from_ = found.newest;
    store_damaged_ = found.found_damaged;
    known_holds_ = store_.holds;
    known_jobs_ = store_.jobs;
    closed_.clear();
    refused_keys_.clear();
    refused_before_.clear();
    const Now now = stage_.clocks.now();
    open_.clear();
    for (auto& [id, truth] : truths_) {
        const auto run = store_.runs.find(id);
        truth.state = run == store_.runs.end() ? RunState::skipped : run->second.state;  // what was lost never was
        if (owes_stop(truth.state)) open_.insert(id);
        std::fill(std::begin(truth.calls), std::end(truth.calls), 0);
        for (TrueTime* ended : {&truth.start_ended, &truth.stop_ended}) {
            if (*ended == kNever) *ended = stage_.clocks.t;
        }
        truth.stop_waits_until = truth.look_waits_until = {};  // waits are forgotten
        truth.wanted_at = kNever;
        truth.resend_from.reset();
        truth.rail_seen = truth.heal_works = false;  // what it knew of a guard rail is forgotten
        truth.heals = 0;
        truth.heal_ended = {};
        if (!is_terminal(truth.state)) truth.ended_at = kNever;
    }
    // Until the config comes, the store says what the limit is.
    for (const auto& told : found.limits) limit_becomes(told.account, told.limit);
    for (const auto& live : found.live) {
        Truth& truth = truths_[live.run.id];
        truth.intent = live.run;  // what was appended later never was
        if (live.run.boot_id == stage_.clocks.boot_id()) truth.boot = stage_.clocks.boot;
        truth.own_seen = truth.stranger_seen = false;
        const auto is_stop = [](const CallRow& call) { return call.action == Action::stop; };
        truth.stop_known = std::ranges::any_of(live.calls, is_stop);
        truth.stranger_since.reset();
        if (!owes_stop(live.run.state)) {
            truth.boot = 0;
            truth.intent = {};
        }
        if (!owes_stop(live.run.state)) continue;
        // In another boot only the wall counts (R5); what a process of this boot saw and never wrote down nobody knows.
        const bool is_other_boot = live.run.boot_id != stage_.clocks.boot_id();
        if (is_other_boot || truth.boot != stage_.clocks.boot) {
            truth.boot = stage_.clocks.boot;
            truth.deadline = stage_.clocks.t + std::max(truth.ends - now.wall, Duration::zero());
        }
        // ... and nothing does if that stands before what the run has already seen.
        if (is_other_boot && now.wall < live.newest_row) end_by(truth, stage_.clocks.t);
    }
    // A run that was denied is owed until its last look: in another boot by the wall alone, like the live ones.
    for (const auto& [ended, due] : found.last_looks) {
        Truth& truth = truths_[ended.id];
        if (truth.boot == stage_.clocks.boot) continue;
        truth.boot = stage_.clocks.boot;
        truth.deadline = stage_.clocks.t + std::max(truth.ends - now.wall, Duration::zero());
    }
    process_wakes();
}

void Checks::store_checked(bool is_damaged) {
    store_damaged_ = is_damaged;
    if (!is_damaged) store_sound_since_ = stage_.clocks.t;
}

void Checks::recovered(const Effects& effects) {
    // Every obligation is armed again: the process wants to wake at its end at the latest, or moves it now.
    const Now now = stage_.clocks.now();
    const auto& wake = effects.wake;
    std::set<RunId> stopping;
    for (std::size_t i = 0; effects.append && i < effects.append->rows.size(); ++i) {
        const auto* move = std::get_if<TransitionRow>(&effects.append->rows[i]);
        if (move == nullptr) continue;
        if (!move->from || !owes_stop(*move->from) || !owes_stop(move->to))
            return stage_.fail("R12: recovery does more than arm what is owed");
        if (move->to == RunState::stopping) stopping.insert(move->run);
    }
    for (const auto& id : open_) {
        const Truth& truth = truths_.at(id);
        if (truth.state == RunState::stopping || stopping.contains(id)) continue;  // R4 says when its next stop goes
        const bool is_armed = wake.at_once || (wake.wall && *wake.wall <= std::max(truth.ends, now.wall)) ||
                              (wake.boot && *wake.boot <= now.boot + std::max(truth.ends - now.wall, Duration{}));
        if (!is_armed) return stage_.fail("R12: the end of " + brief(id) + " is not armed again");
    }
    if (!effects.append) return;
    // Crashing once more changes nothing: what it appended, recovered again, tells of no further move or outcome.
    SimStore again = store_;
    for (const auto& row : effects.append->rows) again.apply(row);
    Recovered once_more{again.past(false), stage_.clocks.boot_id()};
    test::take_past(once_more.past);
    const Effects second = Engine{1}.step(once_more, now);
    if (!second.append) return;
    for (const auto& row : second.append->rows) {
        if (const auto* move = std::get_if<TransitionRow>(&row))
            return stage_.fail("R12: recovered twice, " + brief(move->run) + " moves to " +
                               std::string{name_of(move->to)} + " once more");
        const auto* call = std::get_if<CallRow>(&row);
        if (call != nullptr && store_.calls.contains(call->id))
            return stage_.fail("R12: recovered twice, " + std::string{name_of(call->action)} + " " + brief(call->id) +
                               " gets another outcome");
    }
}

// The same of what is told with the rest of the store.
void Checks::remembered(const Effects& effects) {
    if (!effects.append) return;
    std::set<CallId> told;
    SimStore again = store_;
    for (const auto& waiting : store_.pending) {
        for (const auto& row : waiting.rows) again.apply(row);
    }
    for (const auto& row : effects.append->rows) {
        again.apply(row);
        if (const auto* call = std::get_if<CallRow>(&row)) told.insert(call->id);
    }
    const Recovered once_more{again.past(false), stage_.clocks.boot_id()};
    const Effects second = Engine{1}.step(once_more, stage_.clocks.now());
    if (!second.append) return;
    for (const auto& row : second.append->rows) {
        const auto* call = std::get_if<CallRow>(&row);
        if (call != nullptr && told.contains(call->id))
            return stage_.fail("R12: remembered twice, " + std::string{name_of(call->action)} + " " + brief(call->id) +
                               " gets another outcome");
    }
}

void Checks::clocks_stand_still(Duration by) {
    for (auto& [account, refused] : refused_keys_) refused += by;
    for (auto& [id, truth] : truths_) {
        // Also of a run whose end was written and may be lost.
        if (truth.boot != 0 && truth.deadline != kNever) truth.deadline += by;
        truth.stop_waits_until += by;
        truth.look_waits_until += by;
    }
}

void Checks::process_dies() {
    flights_.clear();
    intents_.clear();
    asked_stops_.clear();
    waiting_stops_.clear();
    process_sleeps();
}

}  // namespace taktd::sim
