// SPDX-License-Identifier: Apache-2.0
// The long run: within R4's bound after the faults have healed nothing is owed or outlives its end (R5), and in the end
// nothing is left.
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kRetryCap = 30s;          // of the waits between two stops
constexpr Duration kThrottleMax = 5min;      // of a vendor's wait, if it throttles us; and the cap of a final refusal
constexpr Duration kHonouredWaitMax = 30s;   // of any other wait
constexpr Duration kVendorStopsWithin = 8s;  // as random_world.cpp draws it
constexpr Duration kProbeInterval = 10min;   // of a closed account
constexpr Duration kRound = 2s;              // commits and answers on their way, none of them slow any more

Duration honoured(const CallResult& result) {
    const Duration max = result.outcome == Outcome::throttled ? kThrottleMax : kHonouredWaitMax;
    return std::min(result.retry_after.value_or(Duration{}), max);
}

}  // namespace

void Checks::health_returns() {
    stage_.healed = true;
    stage_.healed_at = stage_.clocks.t;
}

// (stops before it + 1) / rate, on its account.
Duration Checks::limiter_wait(const RunId& id, TrueTime from) const {
    const std::string& account = truths_.at(id).intent.plan.provider->account;
    long stops = 1;
    for (const auto& [other, it] : truths_) {
        if (other == id || it.boot == 0 || it.ended_at < from) continue;
        stops += it.intent.plan.provider->account == account ? 1 : 0;
    }
    return stops * buckets_.at(account).limit.interval;
}

// Between two stops of a run lies no more than R4's retry cap, or the wait that the vendor asked for, once a look has
// shown that the last one did not work.
void Checks::note_stop(Truth& truth, const CallResult& result) {
    const TrueTime t = stage_.clocks.t;
    const bool is_refused = result.outcome == Outcome::refused_final;
    truth.stop_waits_until = t + (is_refused ? kThrottleMax : honoured(result));
    truth.looked_over = false;
    truth.resend_from = result.outcome == Outcome::accepted ? std::nullopt : std::optional{t};
}

void Checks::note_retry(Truth& truth, const Answer& look) {
    truth.look_waits_until = stage_.clocks.t + honoured(look.result);
    // Before its first stop it may still be healed; one whose row a crash has lost is made anew.
    if (truth.state != RunState::stopping || !truth.stop_known || look.flight.sent_at < truth.stop_ended) return;
    // What cannot be read takes nothing back; and another's run, if it is one, is nobody's to stop.
    const Activity activity = activity_of(truth.seen);
    if (activity != Activity::unknown) truth.looked_over = activity == Activity::inactive || truth.stranger_since;
    if (truth.looked_over || truth.seen == RemoteState::stopping) {
        truth.resend_from.reset();
    } else if (!truth.resend_from) {
        truth.resend_from = stage_.clocks.t;
    }
}

void Checks::check_retry(const Send& send, const RunId& run) {
    const Truth& truth = truths_[run];
    const std::string& account = send.spec->provider->account;
    if (!truth.resend_from || awake_since_ == kNever || refused_keys_.contains(account)) return;
    const TrueTime awake = std::max({awake_since_, limits_since_, reopened_at_[account]});
    const TrueTime from = std::max({*truth.resend_from, truth.stop_waits_until, awake, truth.stop_ended});
    const TrueTime cap = std::max(awake, truth.stop_ended) + kRetryCap;
    if (stage_.clocks.t > std::max(from, cap) + limiter_wait(run, from) + kRound)
        stage_.fail("R4: the next stop of " + brief(run) + " comes " + to_text(stage_.clocks.t - truth.stop_ended) +
                    " after the last one");
}

// R4's bound begins to count when a run should end, faults have healed and the process is there, and a vendor's wait
// that was really asked for is over; a final refusal of the last stop counts as such a wait. An account that is closed
// then has its next probe ten minutes after its last one, which may come back refused once more: a vendor locks a key
// for minutes, and the clock may have been wrong.
TrueTime Checks::counts_from(const Truth& truth) const {
    const std::string& account = truth.intent.plan.provider->account;
    const TrueTime healthy = std::max(stage_.healed_at, began_at_);
    TrueTime from = std::max({truth.deadline, healthy, truth.stop_waits_until, truth.look_waits_until});
    const auto refused = refused_keys_.find(account);
    if (refused != refused_keys_.end() && refused->second <= healthy + kProbeInterval)
        from = std::max(from, refused->second + kProbeInterval);
    const auto reopened = reopened_at_.find(account);
    return reopened == reopened_at_.end() ? from : std::max(from, reopened->second);
}

// B = limiter wait + retry cap + request timeout + settle + the vendor's own stopping time + poll interval.
bool Checks::is_late(const RunId& id) const {
    const Truth& truth = truths_.at(id);
    if (truth.discharged || truth.boot == 0) return false;
    const TrueTime t = stage_.clocks.t, from = counts_from(truth);
    const ProviderSpec& provider = *truth.intent.plan.provider;
    const TrueTime until = from + kRetryCap + provider.timeout + 2 * provider.settle + kVendorStopsWithin +
                           provider.poll_interval + kRound + healing_takes(truth);
    if (t <= until) return false;
    // Its settling query waits for as many stops, as many such queries, and leaves the last token. Each stop may have a
    // call before it that undoes faults.
    const Duration wait = limiter_wait(id, from);
    const Duration heals = provider.traits.can_heal ? wait : Duration{};
    return t > until + wait + heals + 2 * wait + buckets_.at(provider.account).limit.interval;
}

void Checks::hold_healthy() {
    for (const auto* effect : vendor_.all_active()) {
        if (truths_.contains(effect->owner) && is_late(effect->owner))
            return stage_.fail("R5: " + brief(effect->owner) + " still runs, long past its end");
    }
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.obligation == Obligation::open && is_late(id))
            return stage_.fail("R4: the obligation of " + brief(id) + " (" + std::string{name_of(run.state)} +
                               ") is not discharged");
    }
    check_due_by_now();
}

TrueTime Checks::last_deadline() const {
    TrueTime last{};
    for (const auto& id : store_.live) {
        if (owes_stop(store_.runs.at(id).state)) last = std::max(last, truths_.at(id).deadline);
    }
    // An end that a look has told of falsely is only found out at the run's own end.
    for (const auto& [id, due] : store_.last_looks) last = std::max(last, truths_.at(id).deadline);
    return last;
}

void Checks::hold_end() {
    check_occurrences();
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        return stage_.fail("R4: " + brief(id) + " of " + run.job + " is still " + std::string{name_of(run.state)});
    }
    for (const auto& [id, call] : store_.calls) {
        if (!call.result) return stage_.fail("life: call " + id.text() + " has no outcome in the end");
    }
    for (const auto* effect : vendor_.all_active()) {
        if (effect->owner != kStranger && !truths_[effect->owner].discharged)
            return stage_.fail("R4: the vendor still runs " + brief(effect->owner));
    }
}

}  // namespace taktd::sim
