// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/foreign.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/reviving.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/watching.hpp"
#include "daemon/core/rules/outcomes.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {
namespace {

constexpr Duration kWatchInterval = std::chrono::hours{1};    // between two checks of one task
constexpr Duration kWatchRetry = std::chrono::minutes{1};     // after a check that showed nothing; doubles
constexpr Duration kWatchPatience = std::chrono::minutes{1};  // checks give way to coming starts for that long
constexpr Duration kForeignStopInterval = std::chrono::seconds{30};
constexpr Duration kScarceInterval = std::chrono::milliseconds{10};  // faster limits spare a token for a check
constexpr int kWatchSpacing = 10;  // at most one request in so many is a check, once each task was checked

// Nobody looks at it any more, so nobody would see its end.
void close_foreign(EngineState& engine, ForeignRow row) {
    row.ended = true;
    engine.journal.write(std::move(row));
}

void end_adoption(EngineState& engine) {
    engine.adoption.end();
    engine.jobs.forget_schedules();
    for (const auto& [task_key, row] : engine.foreign.take_all_remembered()) close_foreign(engine, row);
    engine.accounts.mark_all();
}

}  // namespace

void watch_task_of(EngineState& engine, const Job& job) {
    if (job.task.is_from_template() || job.provider->foreign == Foreign::ignore) return;
    WatchedTask& task = engine.foreign.add(job.task_key);
    const std::uint64_t newest = engine.adoption.newest();
    if (std::exchange(task.load, newest) == newest) return;  // an earlier job names it, too
    if (auto remembered = engine.foreign.take_remembered(job.task_key); remembered && !task.found)
        task.found = std::move(remembered);
    const bool may_stop = job.provider->foreign == Foreign::stop;
    const bool may_stop_now = may_stop && task.found && (!task.provider || task.provider->foreign != Foreign::stop);
    const auto next = std::exchange(task.next, std::nullopt);
    if (next)
        account_of(engine, *task.provider).watches.erase({*next, job.task_key});  // which may be another one's by now
    task.provider = job.provider;
    task.task = job.task;
    task.job = job.name;
    if (!task.query) watch_at(engine, job.task_key, may_stop_now ? engine.now.boot : next.value_or(engine.now.boot));
}

void forget_next_watch(EngineState& engine) {
    const auto found =
        engine.adoption.reached() ? engine.foreign.upper_bound(*engine.adoption.reached()) : engine.foreign.begin();
    if (found == engine.foreign.end()) return end_adoption(engine);
    engine.adoption.reach(found->first);
    auto& [task_key, task] = *found;
    if (task.load == engine.adoption.newest()) return;
    if (task.found) close_foreign(engine, *task.found);
    if (task.next) account_of(engine, *task.provider).watches.erase({*task.next, task_key});
    if (engine.calls.is_unreleased(task.stop_call)) {
        const PendingCall& call = engine.calls.at(*task.stop_call);
        engine.accounts.at(call.row.account).foreign_stops.erase({call.due, *task.stop_call});
        withdraw_call(engine, *task.stop_call);
    }
    engine.foreign.erase(task_key);
}

bool pump_watch(EngineState& engine, Account& account) {
    if (account.watches.empty() || account.in_flight >= kCallsInFlightMax) return false;
    if (!account.starts_wanted.empty() || !account.starts_admitted.all.empty()) return false;
    if (!account.tasks_wanted.empty() || !account.polls_wanted.empty()) return false;
    if (!engine.gate.is_store_up() || engine.gate.is_draining() || engine.adoption.is_running()) return false;
    const WatchedTask& first = engine.foreign.at(account.watches.begin()->second);
    const Duration interval = account.limiter.limit().interval;
    BootTime due = account.watches.begin()->first;
    if (first.is_checked) due = std::max(due, account.last_watch + interval * kWatchSpacing);
    if (due > engine.now.boot) {
        account.wake_by(due, engine.now.boot);
        return false;
    }
    const auto next_job = engine.jobs.agenda().next();
    const bool comes_soon = interval > kScarceInterval && next_job && *next_job - engine.now.wall < interval;
    if (comes_soon && engine.now.boot - due < kWatchPatience) {
        account.wake_by(engine.now.boot + interval, engine.now.boot);
        return false;
    }
    if (!account.permits(CallClass::poll, engine.now.boot)) return false;

    const auto batch_max = static_cast<std::size_t>(std::max(first.provider->traits.query_batch_max, 1));
    CallSpec spec = spec_of(first.provider, Action::query, first.task);
    spec.batched = batch_max > 1;
    spec.task_ids.clear();
    std::vector<std::string> asked;
    for (auto it = account.watches.begin(); it != account.watches.end() && it->first <= engine.now.boot;) {
        WatchedTask& task = engine.foreign.at(it->second);
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
    account.last_watch = engine.now.boot;
    PendingCall& call = make_call(engine, std::move(spec), CallClass::poll, ForForeignCheck{asked});
    for (const auto& task_key : asked) engine.foreign.at(task_key).query = call.row.id;
    release(engine, call);
    return true;
}

void watch_answered(EngineState& engine, const std::vector<std::string>& task_keys, const PendingCall& call,
                    const CallResult& result) {
    for (const auto& task_key : task_keys) {
        auto* found = engine.foreign.find(task_key);
        if (found == nullptr || found->query != call.row.id) continue;
        WatchedTask& task = *found;
        task.query.reset();
        const Observation seen = seen_of(result, task.task.task_id);
        if (seen.remote == RemoteState::unknown) {
            const Duration wait = backoff_after({kWatchRetry, kWatchInterval}, ++task.failures, engine.random);
            watch_at(engine, task_key, engine.now.boot + wait);
            continue;
        }
        task.failures = 0;
        task.is_checked = true;
        watch_at(engine, task_key, engine.now.boot + kWatchInterval);
        task_seen(engine, task_key, seen, call);
    }
}

void task_seen(EngineState& engine, const std::string& task_key, const Observation& seen, const PendingCall& call) {
    auto* watch = engine.foreign.find(task_key);
    if (watch == nullptr || seen.remote == RemoteState::unknown) return;
    WatchedTask& task = *watch;
    if (engine.tasks.is_owned(task_key) || (task.own_until && call.asked_boot <= *task.own_until)) return;

    if (seen.activity() == Activity::inactive) {
        if (!task.found) return;
        task.found->ended = true;
        task.found->last_seen = call.asked;
        task.found->remote = seen.remote;
        engine.journal.write(*std::exchange(task.found, std::nullopt));
        task.stops = 0;
        task.next_stop.reset();
        reconsider_task(engine, task_key);
        return;
    }
    if (is_revived(engine, task_key, seen)) return;
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
    engine.journal.write(row);
    if (task.provider->foreign != Foreign::stop || task.stop_call) return;
    // The config names somebody else's task by mistake: what runs there is not ours to stop.
    if (!task.task.expect_name.empty() && seen.name != task.task.expect_name) return;
    if (task.next_stop && *task.next_stop > engine.now.boot) return watch_at(engine, task_key, *task.next_stop);

    CallSpec spec = spec_of(task.provider, Action::stop, task.task);
    spec.parameters_json = task.task.on_abort_json;
    spec.placeholders = {
        {"run", ""},
        {"job", task.job},
        {"provider", task.provider->name},
        {"task_id", task.task.task_id},
        {"started", to_rfc3339(row.first_seen)},
        {"elapsed", to_text(std::chrono::floor<std::chrono::seconds>(engine.now.wall - row.first_seen))},
        {"cause", "foreign"},
        {"actor", "taktd"},
        {"reason", "no run of taktd owes this task a stop"}};
    PendingCall& stop = make_call(engine, std::move(spec), CallClass::stop, ForForeignStop{task_key});
    stop.row.attempt = ++task.stops;
    stop.due = row.first_seen;
    task.stop_call = stop.row.id;
    account_of(engine, *task.provider).foreign_stops.all.emplace(stop.due, stop.row.id);
    engine.journal.write_intent(stop.row);
}

bool pump_foreign_stop(EngineState& engine, Account& account) {
    if (engine.adoption.is_running()) return false;  // the new config may say that it is none of ours
    if (account.foreign_stops.ready.empty() || !account.stops_wanted.empty() || !account.stops_admitted.all.empty())
        return false;
    const AdmittedCalls::Place next = *account.foreign_stops.ready.begin();
    PendingCall& call = engine.calls.at(next.second);
    const std::string task_key = std::get<ForForeignStop>(call.purpose).task_key;
    if (engine.tasks.is_owned(task_key)) {  // it is ours by now
        account.foreign_stops.erase(next);
        engine.foreign.at(task_key).stop_call.reset();
        withdraw_call(engine, next.second);
        return true;
    }
    if (!account.permits(CallClass::stop, engine.now.boot)) return false;
    account.foreign_stops.erase(next);
    release(engine, call);
    return true;
}

void foreign_stop_answered(EngineState& engine, const std::string& task_key, const PendingCall& call,
                           const CallResult& result) {
    auto* found = engine.foreign.find(task_key);
    if (found == nullptr || found->stop_call != call.row.id) return;
    WatchedTask& task = *found;
    task.stop_call.reset();
    if (result.outcome == Outcome::uncertain) task.may_stop_until = result.ended_boot + task.provider->settle;
    const Backoff backoff = result.outcome == Outcome::refused_final ? kRefusedStopBackoff : kStopBackoff;
    const Duration wait = std::max(backoff_after(backoff, task.stops, engine.random), kForeignStopInterval);
    task.next_stop = engine.now.boot + std::max(wait, vendor_wait(result, kOwedVendorWaitMax));
    if (!task.query) watch_at(engine, task_key, engine.now.boot + task.provider->poll_interval);
    reconsider_task(engine, task_key);
}

}  // namespace taktd
