// Whoever ended without a stop of ours is looked at again, at the instant at which it would have been stopped and once
// more `settle` later: an end that was believed too easily shows there. A run id of ours that is seen active again,
// then or by any later look at the task, is owed again as a run of its own (origin `revived`), and stopped at once.
#include <algorithm>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/retry.hpp"

namespace taktd {
namespace {

constexpr Duration kLastLookPatience = std::chrono::hours{1};  // for an answer that shows the task

}  // namespace

// Called when `run` has just ended with an obligation that was open.
void Engine::State::remember_ended(const LiveRun& run) {
    const RunRow& row = run.row;
    ended_by_task.erase(row.task_key);
    if (row.vendor_run_id.empty() || row.reason == Reason::discharged) return;
    ended_by_task.emplace(row.task_key, row);
    const WallTime end = std::min(row.stop_due, row.max_end);
    if (run.stop_accepted || end <= now.wall) return;
    rows.emplace_back(LastLookRow{row.id, end});
    expect_last_look(row, end);
}

void Engine::State::expect_last_look(const RunRow& ended, WallTime due) {
    BootTime at = now.boot + std::max(due - now.wall, Duration::zero());
    // As for the stop itself (R5): the boot clock of the intent counts as well, and in another boot a wall clock that
    // has gone back counts for nothing.
    if (ended.boot_id == boot_id) {
        for (const auto& end : {ended.stop_due_boot, ended.max_end_boot})
            if (end) at = std::min(at, std::max(*end, now.boot));
    } else if (now.wall < starts_from) {
        at = now.boot;
    }
    LastLook& look = last_looks[ended.id];
    look.ended = ended;
    look.due = due;
    look.give_up_at = at + kLastLookPatience;
    last_looks_boot.set(ended.id, at);
}

void Engine::State::drive_last_look(const RunId& id) {
    const auto found = last_looks.find(id);
    if (found == last_looks.end() || found->second.query) return;
    LastLook& look = found->second;
    if (open_by_task.contains(look.ended.task_key)) {  // a later run of ours has the task: after that
        look.give_up_at = now.boot + kLastLookPatience;
        return last_looks_boot.set(id, now.boot + look.ended.plan.provider->settle);
    }
    if (now.boot >= look.give_up_at) return close_last_look(id);
    // Its key may have been replaced since.
    if (const ProviderPtr successor = successor_of(*look.ended.plan.provider)) look.ended.plan.provider = successor;
    const ProviderSpec& provider = *look.ended.plan.provider;
    account_of(provider).last_looks_wanted.insert(id);
    dirty(provider);
}

void Engine::State::ask_last_look(const RunId& id) {
    const auto found = last_looks.find(id);
    if (found == last_looks.end()) return;
    LastLook& look = found->second;
    const StopPlan& plan = look.ended.plan;
    PendingCall& call = make_call(spec_of(plan.provider, Action::query, plan.task), CallClass::settle);
    call.last_look = id;
    call.row.run = id;
    look.query = call.row.id;
    release(call);
}

void Engine::State::last_look_answered(const PendingCall& call, const CallResult& result) {
    const auto found = last_looks.find(*call.last_look);
    if (found == last_looks.end() || found->second.query != call.row.id) return;
    LastLook& look = found->second;
    look.query.reset();
    const RunRow ended = look.ended;
    const auto seen = result.observations.find(ended.plan.task.task_id);
    const Observation shown = seen == result.observations.end() ? Observation{} : seen->second;
    const bool is_nameless = shown.activity() == Activity::active && !shown.token;
    if (shown.remote == RemoteState::unknown || is_nameless) {
        const Backoff backoff{kFirstQueryWait, std::max<Duration>(ended.plan.provider->poll_interval, kFirstQueryWait)};
        const Duration wait = backoff_after(backoff, ++look.failures, random);
        last_looks_boot.set(ended.id, now.boot + std::max(wait, vendor_wait(result)));
        return;
    }
    if (revive_if_ours(ended, shown)) return close_last_look(ended.id);
    // One answer may be a cache's, or a replica's that lags: a second one, `settle` later, makes it certain.
    const Duration settle = ended.plan.provider->settle;
    if (!look.clear_since) look.clear_since = call.asked_boot;
    if (call.asked_boot < *look.clear_since + settle) {
        const BootTime confirmed_by = *look.clear_since + settle;
        look.give_up_at = std::max(look.give_up_at, confirmed_by + kLastLookPatience);
        return last_looks_boot.set(ended.id, std::max(confirmed_by, now.boot));
    }
    close_last_look(ended.id);
    note_task(ended.task_key, shown, call);
}

void Engine::State::close_last_look(const RunId& id) {
    const auto found = last_looks.find(id);
    if (found == last_looks.end()) return;
    account_of(*found->second.ended.plan.provider).last_looks_wanted.erase(id);
    last_looks_boot.set(id, std::nullopt);
    last_looks.erase(found);
    rows.emplace_back(LastLookRow{id, {}, true});
}

/// For looks at a task that no run of ours owes a stop. A list shows no token: then the task is asked for by itself.
bool Engine::State::is_revived(const std::string& task_key, const Observation& seen) {
    if (seen.activity() != Activity::active) return false;
    const auto found = ended_by_task.find(task_key);
    if (found == ended_by_task.end()) return false;
    const RunRow ended = found->second;
    if (seen.token) return revive_if_ours(ended, seen);
    if (last_looks.contains(ended.id)) {
        if (!last_looks.at(ended.id).query) last_looks_boot.set(ended.id, now.boot);
    } else {
        rows.emplace_back(LastLookRow{ended.id, now.wall});
        expect_last_look(ended, now.wall);
    }
    return false;
}

bool Engine::State::revive_if_ours(const RunRow& ended, const Observation& seen) {
    if (seen.activity() != Activity::active || seen.token != ended.vendor_run_id) return false;
    if (open_by_task.contains(ended.task_key)) return false;
    const RunId id = uuids.next(now.wall);
    LiveRun& run = runs.emplace(id, LiveRun{}).first->second;
    run.row = ended;
    run.row.id = id;
    run.row.occurrence.reset();
    run.row.request_key.reset();
    run.row.origin = Origin::revived;
    run.row.remote_state = seen.remote;
    run.row.seen_active = true;
    run.row.boot_id = boot_id;
    run.row.stop_due_boot = run.row.max_end_boot = now.boot;
    run.row.created = now.wall;
    run.known_since = run.start_ended = now.boot;
    if (const auto job = jobs.find(ended.job); job != jobs.end()) run.job = job->second.job;
    runs_by_job[ended.job].insert(id);
    enter_stopping(run,
                   {Reason::revived, "taktd", "run " + ended.id + " had been seen to end, and its task runs again"});
    return true;
}

// The one way into `stopping` that no start of this run led to.
void Engine::State::enter_stopping(LiveRun& run, StopCause cause) {
    RunRow& row = run.row;
    rows.emplace_back(TransitionRow{row.id, ++run.seq, std::nullopt, RunState::stopping, now.wall, cause.reason,
                                    cause.actor, cause.text, nullptr});
    row.state = RunState::stopping;
    row.reason = cause.reason;
    row.obligation = Obligation::open;
    run.stop_cause = std::move(cause);
    touch(run);
    open_obligation(run);
    run.previous_run_id.clear();  // it is the run before
    note_own_run(row.task_key);
    forget_look(row.task_key);
    pursue_stop(run);
}

}  // namespace taktd
