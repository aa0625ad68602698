// SPDX-License-Identifier: Apache-2.0
// What an account may be asked, and when: the limit (R6), priority and the token that is kept for stops (R7), and
// accounts that are closed because their key was refused.
#include <algorithm>

#include "tests/simulation/checks/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

// After a refusal a closed account is asked again within seconds, then ever more slowly; jitter may bring each of these
// instants a tenth nearer. Three probes in the first five minutes, with the refusal four: the fifth would lock the key.
constexpr Duration kFirstProbes[] = {4500ms, 58500ms, 193500ms, 517500ms};
constexpr Duration kProbeInterval = 9min;  // from there on
constexpr Duration kClockDiffers = 4min;
constexpr Duration kOldDebt = 15s;  // what a slower limit of before may still owe

long probes_within(Duration closed) {
    const auto first = std::ranges::count_if(kFirstProbes, [closed](Duration at) { return at <= closed; });
    return first + std::max<long>((closed - kFirstProbes[3]) / kProbeInterval, 0);
}

}  // namespace

// R6: the reference bucket knows true time only, and no restart. What it lacks, it lacks in tokens, whatever the limit
// becomes.
void Checks::limit_becomes(const std::string& account, const RateLimit& limit) {
    const TrueTime t = stage_.clocks.t;
    Bucket& bucket = buckets_.try_emplace(account, Bucket{t, limit}).first->second;
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
        return stage_.fail("R6: over the limit of account " + provider.account);
    const bool is_stop = send.spec->action == Action::stop || send.spec->action == Action::heal;
    if (!is_stop && bucket.full_at - t > (bucket.limit.burst - 1) * bucket.limit.interval)
        stage_.fail("R7: a " + std::string{name_of(send.spec->action)} + " takes the token that is kept for stops");
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

// A vendor locks a key after a few bad signatures.
void Checks::check_closed(const Send& send) {
    if (const auto refused = refused_keys_.find(send.spec->provider->account); refused != refused_keys_.end())
        refused->second = stage_.clocks.t;
    const auto found = closed_.find(send.spec->provider->account);
    if (found == closed_.end()) return;
    Closed& closed = found->second;
    if (++closed.sends > closed.allowed + probes_within(stage_.clocks.t - closed.since))
        stage_.fail("life: account " + found->first + " is asked although its key was refused");
}

void Checks::note_authentication(const Flight& flight, const CallResult& result) {
    const std::string& account = flight.send.spec->provider->account;
    const Outcome outcome = result.outcome;
    const Duration off = result.server_time ? *result.server_time - flight.signed_at : Duration{};
    const bool is_skewed = std::chrono::abs(off) > kClockDiffers / 2 || flight.send.skew != Duration{};
    if (outcome == Outcome::unauthorized || outcome == Outcome::clock_skew) {
        refused_keys_[account] = stage_.clocks.t;
        if (const auto closed = closed_.find(account); closed != closed_.end()) {
            if (is_skewed) ++closed->second.allowed;  // one more try for the clock's sake
        } else if (outcome == Outcome::unauthorized && !is_skewed) {
            // The engine may have taken an earlier refusal for one of the key, though our clock was wrong then, too.
            const auto earlier = refused_before_.find(account);
            closed_[account] = {earlier == refused_before_.end() ? stage_.clocks.t : earlier->second, 0, 0};
        }
        if (outcome == Outcome::unauthorized) refused_before_.try_emplace(account, stage_.clocks.t);
    } else if (result.http_status != 0 && outcome != Outcome::uncertain && outcome != Outcome::throttled) {
        closed_.erase(account);
        refused_before_.erase(account);
        if (refused_keys_.erase(account) > 0) reopened_at_[account] = stage_.clocks.t;
    }
}

}  // namespace taktd::sim
