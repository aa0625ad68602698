// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/status.hpp"

#include <algorithm>

#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/schedules.hpp"

namespace taktd {
namespace {

/// A herd is due at one instant; which of it is named is no matter.
constexpr std::size_t kJobsAskedMax = 256;

/// What stands against it as things are now and will still stand against it then.
Reason skip_of(const EngineState& engine, const JobState& job, WallTime due) {
    if (is_disabled_at(engine, job.job->name, due)) return Reason::disabled;
    if (engine.gate.hold_on(job.job->name, job.job->provider->name, due) != nullptr) return Reason::hold;
    return Reason::none;
}

/// The jobs whose next starts are the first ones, in their order. They stand in the order in which they are looked at:
/// at their start, or kBaselineLead before it.
std::vector<const JobState*> first_jobs(const EngineState& engine, std::size_t count) {
    std::vector<const JobState*> first;
    if (count == 0) return first;
    std::size_t asked = 0;
    for (const auto& [when, name] : engine.jobs.agenda()) {
        if (first.size() == count && (when >= *first.back()->next || ++asked > kJobsAskedMax)) break;
        const JobState* job = engine.jobs.find(*name);
        // What left while the daemon was down is only counted: nothing of it starts any more.
        if (job == nullptr || !job->next || !job->job || job->is_only_counted) continue;
        const auto behind =
            std::ranges::upper_bound(first, *job->next, {}, [](const auto* each) { return *each->next; });
        first.insert(behind, job);
        if (first.size() > count) first.pop_back();
    }
    return first;
}

}  // namespace

std::vector<NextStart> next_starts_of(const EngineState& engine, std::size_t count) {
    std::vector<NextStart> starts;
    // Before any start of a further job there are as many starts of these.
    for (const JobState* job : first_jobs(engine, count)) {
        std::optional<WallTime> due = job->next;
        for (std::size_t i = 0; i < count && due; ++i) {
            starts.push_back({job->job->name, *due, skip_of(engine, *job, *due)});
            due = next_start(engine, job->job->name, job->job->schedule, *due);
        }
    }
    std::ranges::stable_sort(starts, {}, &NextStart::at);
    if (starts.size() > count) starts.resize(count);
    return starts;
}

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
    if (const auto first = first_jobs(engine, 1); !first.empty())
        status.next_start = {first[0]->job->name, *first[0]->next, skip_of(engine, *first[0], *first[0]->next)};
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
