// Requests and answers: write-ahead (R1), starts at most once (R2), the limit (R6), priority (R7), and the plan (R11).
#include <algorithm>

#include "tests/simulation/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kProbeInterval = 10min;
constexpr Duration kClockDiffers = 4min;
constexpr Duration kOldDebt = 15s;  // what a slower limit of before may still owe

}  // namespace

const RunId& Checks::owner_of(const CallId& call) const {
    static const RunId kNobody;
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
    if (has_effect && run.empty() && send.spec->provider->foreign == Foreign::stop) {
        if (!store_.calls.contains(send.call)) return stage_.fail("R1: a foreign run's stop is sent before its intent");
    } else if (has_effect) {
        if (run.empty()) return stage_.fail("R1: a call without an intent is sent");
        const std::string key = task_key_of(*send.spec->provider, send.spec->task_ids.front());
        const Truth& truth = truths_[run];
        if (truth.boot != 0 && key != truth.intent.task_key)
            return stage_.fail("R11: a call goes to " + key + " instead of " + truth.intent.task_key);
    }
    if (has_effect && !released_.insert(send.call).second) return stage_.fail("a call is sent twice");
    waiting_stops_.erase(send.call);
    if (action == Action::stop && !run.empty()) check_stop(send, run);
    if (action == Action::start) check_start(send, run);
    flights_[send.call] = {run, send, stage_.clocks.now().wall};
    if (run.empty()) return;
    Truth& truth = truths_[run];
    ++truth.calls[static_cast<int>(action)];
    note_state(truth);
}

// R6: the reference bucket knows true time only, and no restart. What it lacks, it lacks in tokens, whatever the limit
// becomes.
void Checks::limit_becomes(const ProviderSpec& provider) {
    const TrueTime t = stage_.clocks.t;
    const RateLimit& limit = provider.rate_limit;
    Bucket& bucket = buckets_.try_emplace(provider.account, Bucket{t, limit}).first->second;
    const Duration lacks = std::max(bucket.full_at - t, Duration{});
    const double tokens = static_cast<double>(lacks.count()) / static_cast<double>(bucket.limit.interval.count());
    bucket.full_at =
        t + (bucket.limit.interval == limit.interval
                 ? lacks
                 : Duration{static_cast<std::int64_t>(tokens * static_cast<double>(limit.interval.count()))});
    bucket.limit = limit;
}

void Checks::check_limit(const Send& send) {
    const ProviderSpec& provider = *send.spec->provider;
    const TrueTime t = stage_.clocks.t;
    Bucket& bucket = buckets_.try_emplace(provider.account, Bucket{t, provider.rate_limit}).first->second;
    bucket.full_at = std::max(bucket.full_at, t) + bucket.limit.interval;
    if (bucket.full_at - t > bucket.limit.burst * bucket.limit.interval)
        stage_.fail("R6: over the limit of account " + provider.account);
}

void Checks::check_priority(const Send& send) {
    const std::string& account = send.spec->provider->account;
    if (send.call_class != CallClass::stop) {
        for (const auto& [call, waiting] : waiting_stops_) {
            if (waiting.account == account)
                return stage_.fail("R7: a " + std::string{name_of(send.call_class)} + " goes before a stop that waits");
        }
        return;
    }
    const auto own = waiting_stops_.find(send.call);
    for (auto& [call, waiting] : waiting_stops_) {
        if (waiting.account == account) ++waiting.ahead;
    }
    if (own == waiting_stops_.end() || own->second.since < std::max(awake_since_, limits_since_ + kOldDebt)) return;
    const Duration waited = stage_.clocks.t - own->second.since;
    if (waited > own->second.ahead * buckets_.at(account).limit.interval + 1ms)
        stage_.fail("R7: a stop waits " + to_text(waited) + " for the limiter, with " +
                    std::to_string(own->second.ahead - 1) + " stops before it");
}

void Checks::check_stop(const Send& send, const RunId& run) {
    const bool waited = intents_.contains(send.call) && stage_.clocks.t - intents_[send.call] >= 1s;
    if (!store_.calls.contains(send.call) && !waited)
        return stage_.fail("R1: a stop is sent before its intent is durable, and it did not wait a second");
    for (const auto& [id, flight] : flights_) {
        if (flight.run == run && flight.send.spec->action == Action::start)
            return stage_.fail("a stop is sent while its run's start is in flight");
    }
    const Truth& truth = truths_[run];
    if (truth.state != RunState::stopping) return stage_.fail("a stop is sent for a run that is not stopping");
    if (truth.stranger_seen) return stage_.fail("a stop is sent although a stranger was seen in its run's place");
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
    if (store_.is_down) return stage_.fail("a start is sent while the store is down");
    const RunRow& run = store_.runs.at(id);
    if (run.state != RunState::starting) return stage_.fail("R1: a start is sent whose obligation is not durable");
    if (!config_ || !config_->jobs.contains(run.job))
        return stage_.fail("a start is sent for a job that is not in the config");
    const Job& job = *config_->jobs.at(run.job);
    if (send.spec->parameters_json != truth.intent.plan.task.start_json)
        return stage_.fail("R11: a start is not the one that was planned");
    const WallTime now = stage_.clocks.now().wall;
    if (now >= run.stop_due) return stage_.fail("a start is sent at or after its stop instant");
    const Duration half = (run.stop_due - run.start_due) / 2;
    const Duration grace = job.start_grace > 0s ? job.start_grace : std::min<Duration>(1min, half);
    const bool late_is_fine = job.misfire == Misfire::run_late || run.origin == Origin::manual;
    if (!late_is_fine && now > run.start_due + grace) return stage_.fail("a start is sent after its grace");
    if (is_held(run)) return stage_.fail("a start is sent against a hold");
    const auto state = known_jobs_.find(run.job);
    const bool off =
        state != known_jobs_.end() && state->second.disabled && (!state->second.until || now < *state->second.until);
    if (off || !job.enabled) stage_.fail("a start is sent for a job that is disabled");
}

bool Checks::is_held(const RunRow& run) const {
    for (const auto& scope : {std::string{}, "job:" + run.job, "provider:" + run.provider}) {
        const auto hold = known_holds_.find(scope);
        if (hold != known_holds_.end() && (!hold->second.until || stage_.clocks.now().wall < *hold->second.until))
            return true;
    }
    return false;
}

// A vendor locks a key after a few bad signatures: a closed account gets one probe in ten minutes.
void Checks::check_closed(const Send& send) {
    const auto found = closed_.find(send.spec->provider->account);
    if (found == closed_.end()) return;
    Closed& closed = found->second;
    const auto probes = (stage_.clocks.t - closed.since) / kProbeInterval;
    if (++closed.sends > closed.allowed + probes)
        stage_.fail("account " + found->first + " is asked although its key was refused");
}

void Checks::answered(const CallId& id, const CallResult& result) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    const Flight flight = std::move(found->second);
    flight_ends(id);
    const std::string& account = flight.send.spec->provider->account;
    const Outcome outcome = result.outcome;
    const Duration off = result.server_time ? *result.server_time - flight.signed_at : Duration{};
    const bool is_skewed = std::chrono::abs(off) > kClockDiffers / 2 || flight.send.skew != Duration{};
    if (outcome == Outcome::unauthorized || outcome == Outcome::clock_skew) {
        if (const auto closed = closed_.find(account); closed != closed_.end()) {
            if (is_skewed) ++closed->second.allowed;  // one more try for the clock's sake
        } else if (outcome == Outcome::unauthorized && !is_skewed) {
            closed_[account] = {stage_.clocks.t, 0, 0};
        }
    } else if (result.http_status != 0 && outcome != Outcome::uncertain && outcome != Outcome::throttled) {
        closed_.erase(account);
    }
    if (flight.run.empty()) return;
    Truth& truth = truths_[flight.run];
    if (flight.send.spec->action == Action::start && outcome != Outcome::accepted && outcome != Outcome::uncertain)
        truth.open_starts.erase(id);
    const auto seen = flight.send.spec->task_ids.empty() ? result.observations.end()
                                                         : result.observations.find(flight.send.spec->task_ids.front());
    if (flight.send.spec->action == Action::query && truth.boot != 0) {
        truth.seen = seen == result.observations.end() ? RemoteState::unknown : seen->second.remote;
        const std::string& own = truth.intent.vendor_run_id;
        if (seen != result.observations.end() && seen->second.token && !own.empty() &&
            flight.send.spec->provider->traits.token_names_run && seen->second.remote != RemoteState::unknown) {
            const auto& baseline = truth.intent.baseline;
            const bool as_before = baseline && baseline->seen.token == seen->second.token;
            if (*seen->second.token == own) truth.own_seen = true;
            if (truth.own_seen && *seen->second.token != own && !as_before) truth.stranger_seen = true;
        }
    }
    note_state(truth);
}

void Checks::flight_ends(const CallId& id) {
    const auto found = flights_.find(id);
    if (found == flights_.end()) return;
    if (!found->second.run.empty())
        --truths_[found->second.run].calls[static_cast<int>(found->second.send.spec->action)];
    flights_.erase(found);
}

bool Checks::knows_its_run(const RunId& run) const {
    const auto truth = truths_.find(run);
    return truth != truths_.end() && truth->second.own_seen;
}

// --- the vendors

void Checks::start_took_effect(const SimVendor::Effect& effect) {
    if (effect.owner == kStranger) return;
    Truth& truth = truths_[effect.owner];
    if (++truth.effects > 1) return stage_.fail("R2: two starts of " + brief(effect.owner) + " take effect");
    if (truth.discharged) return;
    if (is_terminal(truth.state)) return stage_.fail("R3: a start takes effect after its run was given up");
    const auto run = store_.runs.find(effect.owner);
    if (run == store_.runs.end() || run->second.obligation != Obligation::open)
        stage_.fail("R3: a start takes effect without an open obligation");
}

// Two runs of ours never share a task, so a stop can only hit a stranger whom nobody could tell apart.
void Checks::stop_hit(const RunId& sender, const SimVendor::Effect& active) {
    if (active.owner == sender || active.owner == kStranger) return;
    if (sender.empty()) {
        if (!truths_[active.owner].discharged) stage_.fail("a stop of a foreign run hits our own");
        return;
    }
    if (truths_[active.owner].discharged || truths_[sender].discharged) return;
    const bool is_late = is_terminal(truths_[sender].state);
    if (!is_late) stage_.fail("R9: a stop of " + brief(sender) + " hits the run of " + brief(active.owner));
}

}  // namespace taktd::sim
