// SPDX-License-Identifier: Apache-2.0
// Requests and answers: write-ahead (R1), starts at most once (R2), whether a start or a stop may go now, and what the
// vendors really did (R3).
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

const RunId& Checks::owner_of(const CallId& call) const {
    const auto owner = owners_.find(call);
    return owner == owners_.end() ? kNobody : owner->second;
}

void Checks::sent(const Send& send) {
    check_limit(send);
    check_priority(send);
    check_closed(send);
    const Action action = send.spec->action;
    ++stage_.figures.sends;
    if (action == Action::start) ++stage_.figures.starts;
    if (action == Action::stop) ++stage_.figures.stops;
    const RunId run = owner_of(send.call);
    const bool has_effect = action != Action::query && action != Action::prepare;
    if (has_effect && run == kNobody && send.spec->provider->foreign == Foreign::stop) {
        if (!store_.calls.contains(send.call)) return stage_.fail("R1: a foreign run's stop is sent before its intent");
    } else if (has_effect) {
        if (run == kNobody) return stage_.fail("R1: a call without an intent is sent");
        const std::string key = task_key_of(*send.spec->provider, send.spec->task_ids.front());
        const Truth& truth = truths_[run];
        if (truth.boot != 0 && key != truth.intent.task_key)
            return stage_.fail("R11: a call goes to " + key + " instead of " + truth.intent.task_key);
    }
    if (has_effect && !released_.insert(send.call).second) return stage_.fail("life: a call is sent twice");
    waiting_stops_.erase(send.call);
    if (action == Action::stop && run != kNobody) {
        check_stop(send, run);
        check_retry(send, run);
        check_healing(send, run);
    }
    if (action == Action::heal) check_stop(send, run);
    if (action == Action::start) check_start(send, run);
    const Now now = stage_.clocks.now();
    flights_[send.call] = {run, send, now.wall, stage_.clocks.t, now.boot};
    if (run == kNobody) return;
    Truth& truth = truths_[run];
    if (action == Action::start) truth.start_ended = kNever;
    if (action == Action::stop) {
        truth.stop_ended = kNever;
        truth.stop_known = true;
    }
    if (action == Action::heal) {
        ++truth.heals;
        truth.heal_works = true;
        truth.heal_ended = kNever;
    }
    ++truth.calls[static_cast<int>(action)];
    note_state(truth);
}

void Checks::check_stop(const Send& send, const RunId& run) {
    const bool waited = intents_.contains(send.call) && stage_.clocks.t - intents_[send.call] >= 1s;
    if (!store_.calls.contains(send.call) && !waited)
        return stage_.fail("R1: a stop is sent before its intent is durable, and it did not wait a second");
    for (const auto& [id, flight] : flights_) {
        if (flight.run == run && flight.send.spec->action == Action::start)
            return stage_.fail("life: a stop is sent while its run's start is in flight");
    }
    const Truth& truth = truths_[run];
    if (truth.state != RunState::stopping) return stage_.fail("life: a stop is sent for a run that is not stopping");
    if (truth.stranger_seen) return stage_.fail("life: a stop is sent although a stranger was seen in its run's place");
    // All operators of a world say the same; what was admitted before may go without it.
    const bool is_concluded = intents_.contains(send.call) && intents_[send.call] > truth.concluded_at;
    if (send.spec->action == Action::stop && is_concluded && send.spec->conclusion != truth.conclusion)
        return stage_.fail("R5: a stop lacks what its operator has said of the run");
    const TaskSpec& task = truth.intent.plan.task;
    if (send.spec->parameters_json != task.stop_json && send.spec->parameters_json != task.on_abort_json)
        stage_.fail("R11: a stop is not the one that was planned");
}

void Checks::check_start(const Send& send, const RunId& id) {
    if (!store_.calls.contains(send.call)) return stage_.fail("R1: a start is sent before its intent is durable");
    Truth& truth = truths_[id];
    if (truth.effects > 0) return stage_.fail("R2: a start is sent again after one took effect");
    if (!truth.open_starts.empty())
        return stage_.fail("R2: a start is sent again after one that may have had an effect");
    truth.open_starts.insert(send.call);
    if (store_.is_down) return stage_.fail("life: a start is sent while the store is down");
    if (store_damaged_) return stage_.fail("life: a start is sent though the store was found damaged");
    const RunRow& run = store_.runs.at(id);
    if (run.state != RunState::starting) return stage_.fail("R1: a start is sent whose obligation is not durable");
    if (!config_ || !config_->jobs.contains(run.job))
        return stage_.fail("life: a start is sent for a job that is not in the config");
    const Job& job = *config_->jobs.at(run.job);
    if (send.spec->parameters_json != truth.intent.plan.task.start_json)
        return stage_.fail("R11: a start is not the one that was planned");
    const WallTime now = stage_.clocks.now().wall;
    if (now >= run.stop_due) return stage_.fail("life: a start is sent at or after its stop instant");
    const Duration half = (run.stop_due - run.start_due) / 2;
    const Duration grace = job.start_grace > 0s ? job.start_grace : std::min<Duration>(1min, half);
    const bool late_is_fine = job.misfire == Misfire::run_late || run.origin == Origin::manual;
    if (!late_is_fine && now > run.start_due + grace) return stage_.fail("life: a start is sent after its grace");
    if (is_held(run)) return stage_.fail("life: a start is sent against a hold");
    const auto state = known_jobs_.find(run.job);
    const bool off =
        state != known_jobs_.end() && state->second.disabled && (!state->second.until || now < *state->second.until);
    if (off || !job.enabled) stage_.fail("life: a start is sent for a job that is disabled");
}

bool Checks::is_held(const RunRow& run) const {
    for (const auto& scope : {std::string{}, "job:" + run.job, "provider:" + run.provider}) {
        const auto hold = known_holds_.find(scope);
        if (hold != known_holds_.end() && (!hold->second.until || stage_.clocks.now().wall < *hold->second.until))
            return true;
    }
    return false;
}

void Checks::answered(const CallId& id, const CallResult& result) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    const Flight flight = found->second;
    flight_ends(id);
    note_authentication(flight, result);
    just_answered_ = {id, flight, result, {}};
    if (!flight.send.spec->task_ids.empty()) {
        const auto seen = result.observations.find(flight.send.spec->task_ids.front());
        if (seen != result.observations.end()) just_answered_.shown = seen->second;
    }
    if (flight.run == kNobody) return;
    Truth& truth = truths_[flight.run];
    const Action action = flight.send.spec->action;
    if (action == Action::start && result.outcome != Outcome::accepted && result.outcome != Outcome::uncertain)
        truth.open_starts.erase(id);
    if (action == Action::stop) note_stop(truth, result);
    if (action == Action::heal) note_heal(truth, result);
    note_state(truth);
}

// Whose look it was its row tells, which the engine appends when the answer has come.
void Checks::note_look(Truth& truth, const Answer& look) {
    const Observation& shown = look.shown;
    truth.seen = shown.remote;
    truth.seen_active = truth.seen_active || shown.activity() == Activity::active;
    note_stranger(truth, look);
    note_retry(truth, look);
    note_drill(truth, look);
    note_state(truth);
}

void Checks::note_stranger(Truth& truth, const Answer& look) {
    const Observation& shown = look.shown;
    if (shown.activity() == Activity::inactive) truth.stranger_since.reset();
    const std::string& own = truth.intent.vendor_run_id;
    if (shown.remote == RemoteState::unknown || !shown.token || own.empty()) return;
    if (!look.flight.send.spec->provider->traits.token_names_run) return;
    const auto& baseline = truth.intent.baseline;
    const bool as_before = baseline && baseline->seen.token == shown.token;
    if (*shown.token == own) truth.own_seen = true;
    if (*shown.token == own) truth.stranger_since.reset();
    if (*shown.token == own || as_before || shown.activity() != Activity::active) return;
    // One answer may be a cache's: a second one, asked `settle` later, makes it certain. While a start is unconfirmed
    // nobody knows which of two tokens is its own: the stop stays owed.
    const BootTime asked = look.flight.sent_boot;
    const ProviderSpec& provider = *look.flight.send.spec->provider;
    const Duration longest = 2 * (provider.settle + provider.poll_interval);  // with nothing readable in between
    if (!truth.stranger_since || asked > *truth.stranger_since + longest) truth.stranger_since = asked;
    const bool is_certain = asked >= *truth.stranger_since + provider.settle;
    if (is_certain && truth.state != RunState::unconfirmed) truth.stranger_seen = true;
}

void Checks::flight_ends(const CallId& id) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    const Action action = found->second.send.spec->action;
    if (found->second.run != kNobody) {
        Truth& truth = truths_[found->second.run];
        --truth.calls[static_cast<int>(action)];
        if (action == Action::start) truth.start_ended = stage_.clocks.t;
        if (action == Action::stop) truth.stop_ended = stage_.clocks.t;
    }
    flights_.erase(found);
}

bool Checks::knows_its_run(const RunId& run) const {
    const auto truth = truths_.find(run);
    return truth != truths_.end() && truth->second.own_seen;
}

bool Checks::is_untroubled(const RunId& run) const {
    const auto truth = truths_.find(run);
    if (truth == truths_.end() || truth->second.discharged) return false;
    const Truth& it = truth->second;
    const bool runs = it.state == RunState::running || it.state == RunState::paused;
    return runs && it.stop_ended == TrueTime{} && stage_.clocks.t + 1min < it.deadline;
}

// --- the vendors

void Checks::start_took_effect(const SimVendor::Effect& effect) {
    if (effect.owner == kStranger) return;
    Truth& truth = truths_[effect.owner];
    if (!effect.by_resume && ++truth.effects > 1)
        return stage_.fail("R2: two starts of " + brief(effect.owner) + " take effect");
    if (truth.discharged) return;
    if (is_terminal(truth.state)) return stage_.fail("R3: a start or resume takes effect after its run was given up");
    const auto run = store_.runs.find(effect.owner);
    if (run == store_.runs.end() || run->second.obligation != Obligation::open)
        stage_.fail("R3: a start takes effect without an open obligation");
}

// Two runs of ours never share a task, so a stop can only hit a stranger whom nobody could tell apart.
void Checks::stop_hit(const RunId& sender, const SimVendor::Effect& active) {
    if (active.owner == sender || active.owner == kStranger || active.was_denied) return;
    if (sender == kNobody) {
        if (!truths_[active.owner].discharged) stage_.fail("life: a stop of a foreign run hits our own");
        return;
    }
    if (truths_[active.owner].discharged || truths_[sender].discharged) return;
    if (truths_[sender].revives == active.owner) return;
    const bool is_late = is_terminal(truths_[sender].state);
    if (!is_late) stage_.fail("R9: a stop of " + brief(sender) + " hits the run of " + brief(active.owner));
}

}  // namespace taktd::sim
