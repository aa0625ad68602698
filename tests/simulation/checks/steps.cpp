// SPDX-License-Identifier: Apache-2.0
// Rows as the engine appends them: what a run owes (R3), its frozen plan (R11), and that nothing outlasts its end (R5).
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

Checks::Checks(Stage& stage, const SimStore& store, SimVendor& vendor)
    : stage_{stage}, store_{store}, vendor_{vendor} {}

void Checks::appended(const Append& append) {
    newest_wall_ = std::max(newest_wall_, stage_.clocks.now().wall);
    // A step's rows hold together whatever their order: moves first, so that an intent finds every state as it is now.
    for (const auto& row : append.rows) {
        if (const auto* move = std::get_if<TransitionRow>(&row)) appended(*move);
    }
    for (const auto& row : append.rows) {
        if (!std::holds_alternative<TransitionRow>(row)) std::visit([this](const auto& r) { appended(r); }, row);
    }
    for (const auto& row : append.rows) {  // whose look it was is known by now
        if (const auto* run = std::get_if<RunRow>(&row)) check_residue(*run);
    }
}

void Checks::appended(const RunRow& row) {
    Truth& truth = truths_[row.id];
    if (row.state == RunState::starting && truth.boot == 0) return check_intent(row);
    if (row.origin == Origin::revived && truth.boot == 0) return check_revival(row);
    // A start time may change with a resume.
    const bool names_run = truth.intent.plan.provider && truth.intent.plan.provider->traits.token_names_run;
    if (names_run && !truth.intent.vendor_run_id.empty() && owes_stop(row.state) &&
        row.vendor_run_id != truth.intent.vendor_run_id)
        stage_.fail("life: the vendor's run of " + brief(row.id) + " becomes another one");
    if (truth.boot != 0) truth.intent.vendor_run_id = row.vendor_run_id;  // some learn it at their end
    if (owes_stop(row.state) && truth.boot != 0) {
        if (!(row.plan.task == truth.intent.plan.task) || !(*row.plan.provider == *truth.intent.plan.provider) ||
            row.plan.on_removal != truth.intent.plan.on_removal ||
            row.plan.heal_within != truth.intent.plan.heal_within || row.stop_due != truth.intent.stop_due ||
            row.max_end > truth.intent.max_end)
            stage_.fail("R11: the plan of " + brief(row.id) + " changes after its intent");
    }
}

void Checks::appended(const TransitionRow& row) {
    stage_.say([&] {
        return "  run " + brief(row.run) + " " + std::to_string(row.seq) + " -> " + std::string{name_of(row.to)} + " " +
               std::string{name_of(row.reason)} + " (" + row.actor + ") " + row.detail;
    });
    Truth& truth = truths_[row.run];
    truth.state = row.to;
    if (row.to == RunState::stopping) truth.stopping_since = stage_.clocks.t;
    if (owes_stop(row.to)) {
        open_.insert(row.run);
    } else {
        open_.erase(row.run);
    }
    if (row.to == RunState::due) {  // nothing is owed; its next intent fixes new instants
        truth.boot = 0;
        truth.intent = {};
    }
    note_state(truth);
    if (!is_terminal(row.to)) return;
    truth.ended_at = stage_.clocks.t;
    if (!row.from || !owes_stop(*row.from)) return;
    stage_.figures.run_time += stage_.clocks.t - truth.intent_at;
    if (!truth.discharged) check_discharge(truth, row);
}

// What an observation proves: before a run was seen active, idle or ended proves nothing until `settle` has passed
// since the start's connection ended; and absence nothing until it has passed since the last stop's, too.
bool Checks::is_too_early(const Truth& truth, const TransitionRow& row) const {
    const TrueTime t = stage_.clocks.t;
    const ProviderSpec& provider = *truth.intent.plan.provider;
    const auto has_settled = [&](TrueTime ended) { return ended < kNever && t >= ended + provider.settle; };
    if (row.reason == Reason::start_unconfirmed || row.reason == Reason::no_effect)
        return !has_settled(truth.start_ended) || (truth.stop_ended > TrueTime{} && !has_settled(truth.stop_ended));
    const Observation& shown = just_answered_.shown;
    const bool is_told_by_look = row.from != RunState::starting && row.reason != Reason::discharged;
    if (!is_told_by_look || truth.seen_active) return false;
    if (shown.remote != RemoteState::idle && shown.remote != RemoteState::ended) return false;
    // Whatever token a task shows that was made for this run is this run's.
    const bool is_proof = !truth.intent.vendor_task_id.empty() && shown.token && shown.remote == RemoteState::ended;
    return !is_proof && !has_settled(truth.start_ended);
}

void Checks::check_discharge(Truth& truth, const TransitionRow& row) {
    const TrueTime t = stage_.clocks.t;
    if (is_too_early(truth, row))
        return stage_.fail("R3: " + brief(row.run) + " is discharged before `settle` has passed");
    const SimVendor::Effect* active = vendor_.active_on(truth.intent.task_key);
    if (active == nullptr) return;
    if (active->owner != row.run && active->owner != truth.revives) return;
    if (active->was_denied && !truth.revives) return;  // R5 says that it is stopped all the same
    // An effect that comes later than `settle` is out of reach, unless the start is known to have been accepted and the
    // baseline tells the run before it apart; one from a cache shows a run before that.
    const auto& baseline = truth.intent.baseline;
    const bool is_told_apart = row.from == RunState::running && baseline && baseline->seen.token &&
                               baseline->seen.token == just_answered_.shown.token;
    const TrueTime settled = truth.start_ended + truth.intent.plan.provider->settle;
    const bool has_settled = truth.start_ended < kNever && t >= settled;
    if (active->begins > settled && !is_told_apart && has_settled) {
        truth.discharged = true;
        return;
    }
    stage_.fail("R3: the obligation of " + brief(row.run) + " is discharged while the vendor still runs it");
}

void Checks::appended(const CallRow& row) {
    if (row.run) owners_[row.id] = *row.run;
    if (row.result) {
        waiting_stops_.erase(row.id);
        intents_.erase(row.id);
        if (row.action != Action::query) return;
        if (!row.run) return note_list(row);
        if (just_answered_.call == row.id && truths_[*row.run].boot != 0) note_look(truths_[*row.run], just_answered_);
    } else {
        intents_[row.id] = stage_.clocks.t;
    }
}

// A list of many tasks shows whether they are active, and no token.
void Checks::note_list(const CallRow& row) {
    for (const auto& id : row.linked) {
        Truth& truth = truths_[id];
        const auto seen = row.result->observations.find(truth.intent.plan.task.task_id);
        if (seen == row.result->observations.end()) continue;
        truth.seen_active = truth.seen_active || seen->second.activity() == Activity::active;
    }
}

void Checks::appended(const HoldRow& row) {
    known_holds_.erase(row.scope);
    if (row.engaged) known_holds_[row.scope] = row;
}

// An operator's stop that was answered with yes is durable, whatever comes.
void Checks::asked(const Command& command) {
    asked_stops_.erase(command.id);
    asked_conclusions_.erase(command.id);
    if (const auto* stop = std::get_if<StopRun>(&command.body)) {
        asked_stops_[command.id] = {stop->run};
        asked_conclusions_[command.id] = stop->conclusion;
    }
    if (const auto* many = std::get_if<StopMany>(&command.body)) {
        asked_stops_[command.id] = live_in(many->scope);
        asked_conclusions_[command.id] = many->conclusion;
    }
    const auto* hold = std::get_if<SetHold>(&command.body);
    if (hold != nullptr && hold->stop) asked_stops_[command.id] = live_in(hold->hold.scope);
}

std::vector<RunId> Checks::live_in(const std::string& scope) const {
    std::vector<RunId> live;
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (scope.empty() || scope == "job:" + run.job || scope == "provider:" + run.provider) live.push_back(id);
    }
    return live;
}

void Checks::replied(const Reply& reply) {
    const auto asked = asked_stops_.find(reply.command);
    if (asked == asked_stops_.end()) return;
    if (reply.is_ok()) {
        for (const RunId& run : asked->second) {
            end_by(truths_[run], stage_.clocks.t);
            if (const Conclusion& said = asked_conclusions_[reply.command]; !said.says_nothing()) {
                truths_[run].conclusion = said;
                truths_[run].concluded_at = std::min(truths_[run].concluded_at, stage_.clocks.t);
            }
            if (store_.live.contains(run) && store_.runs.at(run).state == RunState::due)
                return stage_.fail("R5: " + brief(run) + " may still start, though its end was answered with yes");
        }
    }
    asked_stops_.erase(asked);
    asked_conclusions_.erase(reply.command);
}

void Checks::step_ends() {
    if (awake_since_ == kNever) return;
    const TrueTime t = stage_.clocks.t;
    const WallTime wall = stage_.clocks.now().wall;
    newest_wall_ = std::max(newest_wall_, wall);
    for (const auto& id : open_) {
        Truth& truth = truths_.at(id);
        if (truth.stranger_seen && truth.state != RunState::unconfirmed)
            return stage_.fail("life: " + brief(id) + " goes on, and its task was seen to run for a stranger");
        if (truth.state == RunState::stopping || truth.boot == 0) continue;
        if (wall >= truth.ends) truth.wanted_at = std::min(truth.wanted_at, t);  // no step back lifts that
        const TrueTime end = std::min(truth.deadline, truth.wanted_at);
        if (t > std::max({end, truth.intent_at, awake_since_}) + kPrompt)
            return stage_.fail("R5: " + brief(id) + " is " + std::string{name_of(truth.state)} + " past its end");
    }
}

void Checks::note_state(Truth& truth) {
    std::uint32_t word = static_cast<std::uint32_t>(truth.state);
    for (const int n : truth.calls) word = word << 1U | (n > 0 ? 1U : 0U);
    word = word << 4U | static_cast<std::uint32_t>(truth.seen);
    word = word << 1U | (store_.is_down ? 1U : 0U);
    word = word << 1U |
           (closed_.contains(truth.intent.plan.provider ? truth.intent.plan.provider->account : "") ? 1U : 0U);
    word = word << 1U | (truth.intent.vendor_run_id.empty() ? 0U : 1U);
    stage_.figures.states.insert(word);
}

}  // namespace taktd::sim
