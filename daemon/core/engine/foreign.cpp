// Tasks of the config that run although no run of ours owes them a stop: somebody started them by hand, or this store
// was restored from an older copy. Each is asked for once after the daemon's start and then at a slow pace, behind
// everything else; what is found is recorded and left alone, unless the provider says `foreign: stop`.
#include <algorithm>
#include <utility>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {
namespace {

constexpr Duration kWatchInterval = std::chrono::hours{1};    // between two checks of one task
constexpr Duration kWatchRetry = std::chrono::minutes{1};     // after a check that showed nothing; doubles
constexpr Duration kWatchPatience = std::chrono::minutes{1};  // checks give way to coming starts for that long
constexpr Duration kForeignStopInterval = std::chrono::seconds{30};
constexpr Duration kScarceInterval = std::chrono::milliseconds{10};  // faster limits spare a token for a check
constexpr int kWatchSpacing = 10;  // at most one request in so many is a check, once each task was checked

}  // namespace

// A config is adopted, in order of its jobs' names: a task that is new is asked for soon.
void Engine::State::watch_task_of(const Job& job) {
    if (job.task.is_from_template() || job.provider->foreign == Foreign::ignore) return;
    WatchedTask& task = watched[job.task_key];
    const std::uint64_t newest = loads_before + loads.size();
    if (std::exchange(task.load, newest) == newest) return;  // an earlier job names it, too
    if (const auto stored = stored_foreign.find(job.task_key); stored != stored_foreign.end()) {
        if (!task.found) task.found = stored->second;
        stored_foreign.erase(stored);
    }
    const bool may_stop = job.provider->foreign == Foreign::stop;
    const bool may_stop_now = may_stop && task.found && (!task.provider || task.provider->foreign != Foreign::stop);
    const auto next = std::exchange(task.next, std::nullopt);
    if (next) account_of(*task.provider).watches.erase({*next, job.task_key});  // which may be another one's by now
    task.provider = job.provider;
    task.task = job.task;
    task.job = job.name;
    if (!task.query) watch_at(job.task_key, may_stop_now ? now.boot : next.value_or(now.boot));
}

// What the config does not name any more is forgotten.
void Engine::State::forget_next_watch() {
    const auto found = adopted_up_to ? watched.upper_bound(*adopted_up_to) : watched.begin();
    if (found == watched.end()) return end_adoption();
    adopted_up_to = found->first;
    auto& [task_key, task] = *found;
    if (task.load == loads_before + loads.size()) return;
    if (task.found) close_foreign(*task.found);
    if (task.next) account_of(*task.provider).watches.erase({*task.next, task_key});
    const auto call = task.stop_call ? calls.find(*task.stop_call) : calls.end();
    if (call != calls.end() && !call->second.released) {
        accounts.at(call->second.account).foreign_stops.erase({call->second.due, *task.stop_call});
        withdraw_call(*task.stop_call);
    }
    watched.erase(found);
}

// Nobody looks at it any more, so nobody would see its end.
void Engine::State::close_foreign(ForeignRow row) {
    row.ended = true;
    rows.emplace_back(std::move(row));
}

void Engine::State::end_adoption() {
    is_adopting = false;
    loads_before += loads.size();
    loads.clear();
    stored_schedules.clear();
    for (const auto& [task_key, row] : std::exchange(stored_foreign, {})) close_foreign(row);
    for (const auto& [name, account] : accounts) dirty_accounts.insert(name);
}

void Engine::State::watch_at(const std::string& task_key, BootTime when) {
    WatchedTask& task = watched.at(task_key);
    Account& account = account_of(*task.provider);
    if (task.next) account.watches.erase({*task.next, task_key});
    task.next = when;
    account.watches.emplace(when, task_key);
    dirty(*task.provider);
}

// The last of all classes, and not in the moments before a start: its token would be missed.
bool Engine::State::pump_watch(Account& account) {
    if (account.watches.empty() || account.in_flight >= kCallsInFlightMax) return false;
    if (!account.starts_wanted.empty() || !account.starts_admitted.all.empty()) return false;
    if (!account.tasks_wanted.empty() || !account.polls_wanted.empty()) return false;
    if (!store_up || draining || is_adopting) return false;
    const WatchedTask& first = watched.at(account.watches.begin()->second);
    const Duration interval = account.limiter.limit().interval;
    BootTime due = account.watches.begin()->first;
    if (first.is_checked) due = std::max(due, account.last_watch + interval * kWatchSpacing);
    if (due > now.boot) {
        note(account, due);
        return false;
    }
    const auto next_job = jobs_wall.next();
    const bool comes_soon = interval > kScarceInterval && next_job && *next_job - now.wall < interval;
    if (comes_soon && now.boot - due < kWatchPatience) {
        note(account, now.boot + interval);
        return false;
    }
    if (!account.limiter.permits(CallClass::poll, now.boot)) {
        note(account, account.limiter.earliest(CallClass::poll, now.boot));
        return false;
    }

    const auto batch_max = static_cast<std::size_t>(std::max(first.provider->traits.query_batch_max, 1));
    CallSpec spec = spec_of(first.provider, Action::query, first.task);
    spec.batched = batch_max > 1;
    spec.task_ids.clear();
    std::vector<std::string> asked;
    for (auto it = account.watches.begin(); it != account.watches.end() && it->first <= now.boot;) {
        WatchedTask& task = watched.at(it->second);
        if (asked.size() == batch_max) break;
        if (task.provider->name != first.provider->name) {
            ++it;
            continue;
        }
        asked.push_back(it->second);
        spec.task_ids.push_back(task.task.task_id);
        task.next.reset();
        it = account.watches.erase(it);
    }
    account.last_watch = now.boot;
    PendingCall& call = make_call(std::move(spec), CallClass::poll);
    for (const auto& task_key : asked) watched.at(task_key).query = call.row.id;
    call.watch = std::move(asked);
    release(call);
    return true;
}

void Engine::State::watch_answered(const PendingCall& call, const CallResult& result) {
    for (const auto& task_key : call.watch) {
        const auto found = watched.find(task_key);
        if (found == watched.end() || found->second.query != call.row.id) continue;
        WatchedTask& task = found->second;
        task.query.reset();
        const auto seen = result.observations.find(task.task.task_id);
        if (seen == result.observations.end() || seen->second.remote == RemoteState::unknown) {
            const Duration wait = backoff_after({kWatchRetry, kWatchInterval}, ++task.failures, random);
            watch_at(task_key, now.boot + wait);
            continue;
        }
        task.failures = 0;
        task.is_checked = true;
        watch_at(task_key, now.boot + kWatchInterval);
        note_task(task_key, seen->second, call);
    }
}

// Whatever query showed it: a baseline that finds the task busy tells of a foreign run, too.
void Engine::State::note_task(const std::string& task_key, const Observation& seen, const PendingCall& call) {
    const auto watch = watched.find(task_key);
    if (watch == watched.end() || seen.remote == RemoteState::unknown) return;
    WatchedTask& task = watch->second;
    if (open_by_task.contains(task_key) || (task.own_until && call.asked_boot <= *task.own_until)) return;

    if (seen.activity() == Activity::inactive) {
        if (!task.found) return;
        task.found->ended = true;
        task.found->last_seen = call.asked;
        task.found->remote = seen.remote;
        rows.emplace_back(*std::exchange(task.found, std::nullopt));
        task.stops = 0;
        task.next_stop.reset();
        reconsider_task(task_key);
        return;
    }
    if (is_revived(task_key, seen)) return;
    if (!task.found) {
        task.found.emplace().task_key = task_key;
        task.found->first_seen = call.asked;
    }
    ForeignRow& row = *task.found;
    row.provider = task.provider->name;
    row.job = task.job;
    row.last_seen = call.asked;
    row.remote = seen.remote;
    if (seen.token) row.token = seen.token;
    rows.emplace_back(row);
    if (task.provider->foreign != Foreign::stop || task.stop_call) return;
    // The config names somebody else's task by mistake: what runs there is not ours to stop.
    if (!task.task.expect_name.empty() && seen.name != task.task.expect_name) return;
    if (task.next_stop && *task.next_stop > now.boot) return watch_at(task_key, *task.next_stop);

    CallSpec spec = spec_of(task.provider, Action::stop, task.task);
    spec.parameters_json = task.task.on_abort_json;
    spec.placeholders = {{"run", ""},
                         {"job", task.job},
                         {"provider", task.provider->name},
                         {"task_id", task.task.task_id},
                         {"started", to_rfc3339(row.first_seen)},
                         {"elapsed", to_text(std::chrono::floor<std::chrono::seconds>(now.wall - row.first_seen))},
                         {"cause", "foreign"},
                         {"actor", "taktd"},
                         {"reason", "no run of taktd owes this task a stop"}};
    PendingCall& stop = make_call(std::move(spec), CallClass::stop);
    stop.foreign_stop = task_key;
    stop.row.attempt = ++task.stops;
    stop.due = row.first_seen;
    task.stop_call = stop.row.id;
    account_of(*task.provider).foreign_stops.all.emplace(stop.due, stop.row.id);
    write_intent(stop);
}

// Behind every stop that is owed.
bool Engine::State::pump_foreign_stop(Account& account) {
    if (is_adopting) return false;  // the new config may say that it is none of ours
    if (account.foreign_stops.ready.empty() || !account.stops_wanted.empty() || !account.stops_admitted.all.empty())
        return false;
    const AdmittedCalls::Place next = *account.foreign_stops.ready.begin();
    PendingCall& call = calls.at(next.second);
    if (open_by_task.contains(*call.foreign_stop)) {  // it is ours by now
        account.foreign_stops.erase(next);
        watched.at(*call.foreign_stop).stop_call.reset();
        withdraw_call(next.second);
        return true;
    }
    if (!account.limiter.permits(CallClass::stop, now.boot)) {
        note(account, account.limiter.earliest(CallClass::stop, now.boot));
        return false;
    }
    account.foreign_stops.erase(next);
    release(call);
    return true;
}

void Engine::State::foreign_stop_answered(const PendingCall& call, const CallResult& result) {
    const auto found = watched.find(*call.foreign_stop);
    if (found == watched.end() || found->second.stop_call != call.row.id) return;
    WatchedTask& task = found->second;
    task.stop_call.reset();
    if (result.outcome == Outcome::uncertain) task.may_stop_until = result.ended_boot + task.provider->settle;
    const Backoff backoff = result.outcome == Outcome::refused_final ? kRefusedStopBackoff : kStopBackoff;
    const Duration wait = std::max(backoff_after(backoff, task.stops, random), kForeignStopInterval);
    task.next_stop = now.boot + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
    if (!task.query) watch_at(found->first, now.boot + task.provider->poll_interval);
    reconsider_task(found->first);
}

// An obligation on the task begins or ends: what was found before, or is asked until now, is not foreign.
void Engine::State::note_own_run(const std::string& task_key) {
    const auto found = watched.find(task_key);
    if (found == watched.end()) return;
    WatchedTask& task = found->second;
    task.own_until = now.boot;
    if (!task.found) return;
    task.found->ended = true;
    rows.emplace_back(*std::exchange(task.found, std::nullopt));
}

/// A stop of a foreign run is, or may be, on its way: a start now could be its victim.
bool Engine::State::is_being_cleared(const std::string& task_key) const {
    const auto found = watched.find(task_key);
    if (found == watched.end()) return false;
    return found->second.stop_call || found->second.may_stop_until > now.boot;
}

}  // namespace taktd
