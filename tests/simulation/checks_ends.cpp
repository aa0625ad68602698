// The long run: within R4's bound after the faults have healed nothing is overdue, every due occurrence has exactly one
// disposition (R8), and in the end nothing is left.
#include <algorithm>

#include "tests/simulation/checks.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

// R4: restart + limiter wait + retry cap + vendor's wait + request timeout + settle + the vendor's own stopping time +
// poll interval; just after the faults the cap of a final refusal, a vendor's wait and the probe of a closed account.
Duration Checks::bound_of(const RunRow& run, bool since_healing) const {
    const ProviderSpec& provider = *run.plan.provider;
    long others = 1;
    for (const auto& id : store_.live) others += store_.runs.at(id).obligation == Obligation::open ? 1 : 0;
    const Duration limiter = 4 * (others + provider.rate_limit.burst) * provider.rate_limit.interval;
    const Duration usual = limiter + 30s + provider.timeout + provider.settle + 20s + 2 * provider.poll_interval;
    return since_healing ? usual + 12s + 5min + 5min + 10min : usual;
}

void Checks::health_returns() {
    stage_.healed = true;
    stage_.healed_at = stage_.clocks.t;
}

void Checks::hold_healthy() {
    const TrueTime t = stage_.clocks.t;
    const auto late = [&](const RunRow& run) {
        const Truth& truth = truths_[run.id];
        if (truth.discharged) return false;
        if (t <= stage_.healed_at + bound_of(run, true)) return false;
        return t > truth.deadline + bound_of(run, truth.deadline < stage_.healed_at);
    };
    for (const auto* effect : vendor_.all_active()) {
        const auto run = store_.runs.find(effect->owner);
        if (run != store_.runs.end() && late(run->second))
            return stage_.fail("R5: " + brief(effect->owner) + " still runs, long past its end");
    }
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        if (run.obligation == Obligation::open && late(run))
            return stage_.fail("R4: the obligation of " + brief(id) + " (" + std::string{name_of(run.state)} +
                               ") is not discharged");
    }
}

TrueTime Checks::last_deadline() const {
    TrueTime last{};
    for (const auto& id : store_.live) {
        if (owes_stop(store_.runs.at(id).state)) last = std::max(last, truths_.at(id).deadline);
    }
    return last;
}

void Checks::hold_end() {
    check_occurrences();
    for (const auto& id : store_.live) {
        const RunRow& run = store_.runs.at(id);
        return stage_.fail("R4: " + brief(id) + " of " + run.job + " is still " + std::string{name_of(run.state)});
    }
    for (const auto& [id, call] : store_.calls) {
        if (!call.result) return stage_.fail("call " + id + " has no outcome in the end");
    }
    for (const auto* effect : vendor_.all_active()) {
        if (effect->owner != kStranger && !truths_[effect->owner].discharged)
            return stage_.fail("R4: the vendor still runs " + brief(effect->owner));
    }
}

void Checks::check_occurrences() {
    std::map<std::string, std::set<WallTime>> must;
    for (auto& era : eras_) {
        const auto plan = plans.find(era.fingerprint);
        if (plan == plans.end()) continue;  // "removed"
        const auto due = due_between(plan->second, era.from, era.through);
        must[era.job].insert(due.begin(), due.end());
    }
    std::map<std::string, std::set<WallTime>> found;
    for (const auto& [key, run] : by_occurrence_) found[key.first].insert(key.second);
    for (const auto& [job, instants] : must) {
        for (const WallTime at : instants) {
            int dispositions = found[job].contains(at) ? 1 : 0;
            for (const auto& [key, gap] : store_.gaps) {
                if (key.first == job && gap.first <= at && at <= gap.last) ++dispositions;
            }
            if (dispositions != 1)
                return stage_.fail("R8: occurrence " + to_rfc3339(at) + " of " + job + " has " +
                                   std::to_string(dispositions) + " dispositions");
        }
    }
    for (const auto& [key, gap] : store_.gaps) {
        const auto& instants = must[key.first];
        const auto count = std::distance(instants.lower_bound(gap.first), instants.upper_bound(gap.last));
        if (count != gap.count)
            return stage_.fail("R8: a gap of " + key.first + " counts " + std::to_string(gap.count) + " of " +
                               std::to_string(count));
    }
}

}  // namespace taktd::sim
