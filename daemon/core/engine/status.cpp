// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/status.hpp"

#include <algorithm>

#include "daemon/core/engine/jobs.hpp"

namespace taktd {
namespace {

/// A herd is due at one instant; which of it is named is no matter.
constexpr std::size_t kJobsAskedMax = 256;

/// Jobs stand in the order in which they are looked at: at their start, or kBaselineLead before it.
std::optional<NextStart> next_start_of(const EngineState& engine) {
    const JobState* first = nullptr;
    std::size_t asked = 0;
    for (const auto& [when, name] : engine.jobs.agenda()) {
        if (first != nullptr && (when >= *first->next || ++asked > kJobsAskedMax)) break;
        const JobState* job = engine.jobs.find(name);
        // What left while the daemon was down is only counted: nothing of it starts any more.
        if (job == nullptr || !job->next || !job->job || job->is_only_counted) continue;
        if (first == nullptr || *job->next < *first->next) first = job;
    }
    if (first == nullptr) return std::nullopt;
    NextStart next{first->job->name, *first->next};
    if (is_disabled(engine, next.job))
        next.skip = Reason::disabled;
    else if (engine.gate.hold_on(next.job, first->job->provider->name, next.at) != nullptr)
        next.skip = Reason::hold;
    return next;
}

}  // namespace

EngineStatus status_of(const EngineState& engine) {
    EngineStatus status;
    status.live_runs = engine.runs.size();
    status.states = engine.runs.by_state();
    for (const auto& [state, count] : status.states)
        if (owes_stop(state)) status.owed_stops += count;
    status.calls_in_flight = engine.calls.in_flight();
    status.store_up = engine.gate.is_store_up();
    status.store_damaged = engine.gate.is_store_damaged();
    status.uncommitted_rows = engine.journal.uncommitted();
    status.next_start = next_start_of(engine);
    if (const auto next = engine.runs.next_end())
        status.next_stop = {next->second, engine.runs.at(next->second).row.job, next->first};
    return status;
}

AccountStatus status_of(const Account& account, Now now) {
    AccountStatus status;
    status.limit = account.limiter.limit();
    status.full_in = account.limiter.debt(now.boot);
    const double lacking =
        static_cast<double>(status.full_in.count()) / static_cast<double>(status.limit.interval.count());
    status.tokens = std::max(0.0, static_cast<double>(status.limit.burst) - lacking);
    status.waiting = {
        .stop = account.stops_wanted.size() + account.stops_admitted.all.size() + account.foreign_stops.all.size() +
                account.heal_looks_wanted.size(),
        .pause_resume = account.pauses_admitted.size(),
        .settle = account.settles_wanted.size() + account.looks_wanted.size() + account.last_looks_wanted.size(),
        .start = account.starts_wanted.size() + account.starts_admitted.all.size() + account.tasks_wanted.size(),
        .poll = account.polls_wanted.size()};
    status.in_flight = account.in_flight;
    status.owed_stops = account.runs.size();
    status.closed = account.closed;
    if (account.closed) status.next_probe_in = std::max(Duration{}, account.probes.next() - now.boot);
    status.skew = account.skew;
    return status;
}

StopStatus status_of(const StopPursuit& pursuit, Now now) {
    StopStatus status{pursuit.attempts(), std::nullopt};
    if (const auto next = pursuit.next()) status.next_stop_in = std::max(Duration{}, *next - now.boot);
    return status;
}

}  // namespace taktd
