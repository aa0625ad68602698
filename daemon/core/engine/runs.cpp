// The life of one run. `move` is the one door through which a state changes; `drive_run` looks at a run and does what
// is due for it, so that whatever woke us, the same facts lead to the same step.
#include <algorithm>

#include "daemon/core/base/check.hpp"
#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/ends.hpp"
#include "daemon/core/rules/lifecycle.hpp"

namespace taktd {
namespace {

constexpr Duration kJustAfter{1};

}  // namespace

LiveRun* Engine::State::find_live(const RunId& id) {
    const auto run = runs.find(id);
    return run == runs.end() || is_terminal(run->second.row.state) ? nullptr : &run->second;
}

LiveRun& Engine::State::create_run(const JobPtr& job, const Window& window, Origin origin,
                                   std::optional<WallTime> occurrence) {
    const RunId id = uuids.next(now.wall);
    LiveRun& run = runs.emplace(id, LiveRun{}).first->second;
    run.job = job;
    run.by_hand = origin == Origin::manual;
    run.known_since = now.boot;
    RunRow& row = run.row;
    row.id = id;
    row.job = job->name;
    row.provider = job->provider->name;
    row.task_key = job->task_key;
    row.occurrence = occurrence;
    row.origin = origin;
    row.start_due = window.start_due;
    row.stop_due = window.stop_due;
    row.max_end = window.max_end;
    row.plan = plan_of(*job, row);
    row.boot_id = boot_id;
    row.created = now.wall;
    runs_by_job[job->name].insert(id);
    due_by_task[job->task_key].insert(id);
    rows.emplace_back(
        TransitionRow{id, ++run.seq, std::nullopt, RunState::due, now.wall, Reason::none, "taktd", "", nullptr});
    touch(run);
    return run;
}

// A run whose task is made from a template keeps the one that it has.
StopPlan Engine::State::plan_of(const Job& job, const RunRow& row) {
    StopPlan plan{.provider = job.provider,
                  .task = job.task,
                  .window = row.stop_due - row.start_due,
                  .ends_itself = std::holds_alternative<StopWhenDone>(job.stop),
                  .on_removal = job.on_removal,
                  .heal_within = job.heal_within};
    if (job.task.is_from_template()) plan.task.task_id = row.vendor_task_id;
    return plan;
}

void Engine::State::set_task_key(LiveRun& run, const std::string& task_key) {
    RunRow& row = run.row;
    if (row.task_key == task_key) return;
    if (row.state == RunState::due) {
        const auto waiting = due_by_task.find(row.task_key);
        waiting->second.erase(row.id);
        if (waiting->second.empty()) due_by_task.erase(waiting);
        due_by_task[task_key].insert(row.id);
    }
    row.task_key = task_key;
}

void Engine::State::touch(LiveRun& run) { touched.insert(run.row.id); }

void Engine::State::move(LiveRun& run, RunState to, Reason reason, const std::string& actor, const std::string& note,
                         std::shared_ptr<const StartFacts> facts) {
    const RunState from = run.row.state;
    TAKTD_CHECK(is_legal(from, to), "R10: only legal transitions");
    const std::string& told = is_terminal(to) && note.empty() ? run.heal_problem : note;
    rows.emplace_back(TransitionRow{run.row.id, ++run.seq, from, to, now.wall, reason, actor, told, std::move(facts)});
    run.row.state = to;
    run.row.reason = reason;
    run.row.obligation = obligation_after(run.row.obligation, to);
    touch(run);

    const RunId& id = run.row.id;
    const std::string& task_key = run.row.task_key;
    Account& account = account_of(*run.row.plan.provider);
    if (to == RunState::due) due_by_task[task_key].insert(id);
    if (from == RunState::due) {
        const auto waiting = due_by_task.find(task_key);
        waiting->second.erase(id);
        if (waiting->second.empty()) due_by_task.erase(waiting);
    }
    if (owes_stop(to)) {
        open_obligation(run);
    } else if (owes_stop(from)) {
        open_by_task.erase(task_key);
        account.runs.erase(id);
    }
    if (owes_stop(from) != owes_stop(to)) note_own_run(task_key);
    // What was seen before a start that may have had an effect is no baseline for the next one.
    const bool may_have_run = to == RunState::unconfirmed || to == RunState::running;
    if (may_have_run || (is_terminal(to) && owes_stop(from))) forget_look(task_key);
    if (to == RunState::due && run.job) {
        // A reload may have changed its job since the intent, or removed it.
        if (const JobPtr job = configured_job(run.row.job)) {
            follow_job(run, job);
        } else {
            run.job = nullptr;
            runs_wall.set(id, now.wall);
        }
    }
    if (!is_terminal(to)) return;
    forget_queued(run);
    look_rows.forget(id);
    runs_wall.set(id, std::nullopt);
    runs_boot.set(id, std::nullopt);
    const auto siblings = runs_by_job.find(run.row.job);
    siblings->second.erase(id);
    if (siblings->second.empty()) runs_by_job.erase(siblings);
    reconsider_job(run.row.job);
    if (!owes_stop(from)) return;
    remember_ended(run);
    reconsider_task(task_key);
    look_ahead_again(run.row.job);
}

void Engine::State::open_obligation(LiveRun& run) {
    open_by_task[run.row.task_key] = run.row.id;
    if (const auto before = ended_by_task.extract(run.row.task_key); !before.empty())
        run.previous_run_id = std::move(before.mapped().vendor_run_id);
    account_of(*run.row.plan.provider).runs.insert(run.row.id);
}

void Engine::State::drive_run(const RunId& id) {
    LiveRun* run = find_live(id);
    if (run == nullptr) return;
    if (run->row.state == RunState::due) {
        consider_start(*run);
    } else if (run->row.state != RunState::stopping) {
        if (const auto cause = end_due(*run)) {
            want_end(*run, *cause);
        } else if (run->row.state == RunState::starting && !calls.at(*run->start_call).released) {
            if (const auto objection = objection_to_release(*run)) withdraw_start(*run, *objection);
        }
    }
    run = find_live(id);
    if (run == nullptr) return;

    Account& account = account_of(*run->row.plan.provider);
    const bool asks = owes_stop(run->row.state) && run->row.state != RunState::starting && !account.closed;
    if (asks && !run->query && !run->queued_query && run->next_query && *run->next_query <= now.boot) {
        const bool settles = run->row.state == RunState::unconfirmed || run->row.state == RunState::stopping;
        run->queued_query = run->next_query;
        if (run->healing) {
            account.heal_looks_wanted.emplace(run->row.stop_due, id);
        } else {
            (settles ? account.settles_wanted : account.polls_wanted).emplace(*run->queued_query, id);
        }
        dirty_accounts.insert(account.name);
    }
    drive_healing(*run);
    if (may_send_stop(*run) && run->next_stop && *run->next_stop <= now.boot) {
        account.stops_wanted.emplace(run->row.stop_due, id);
        dirty_accounts.insert(account.name);
    }
    plan_run(*run);
}

void Engine::State::plan_run(LiveRun& run) {
    std::optional<WallTime> wall;
    std::optional<BootTime> boot;
    const auto at_wall = [&](WallTime t) {
        if (t > now.wall && (!wall || t < *wall)) wall = t;
    };
    const auto at_boot = [&](std::optional<BootTime> t) {
        if (t && *t > now.boot && (!boot || *t < *boot)) boot = t;
    };
    const bool released = run.start_call && calls.at(*run.start_call).released;
    if (run.row.state == RunState::due || (run.row.state == RunState::starting && !released)) {
        const Misfire misfire = run.job && !run.by_hand ? run.job->misfire : Misfire::run_late;
        if (run.job) at_wall(latest_start(window_of_run(run), misfire) + kJustAfter);
        at_wall(run.row.start_due);
        at_boot(run.retry_at);
        at_boot(run.next_prepare);
    }
    if (owes_stop(run.row.state) && run.row.state != RunState::stopping && !run.stop_cause) {
        // An end that has passed is still to come: more of them may fall due than one step handles.
        constexpr Duration kNextStep = std::chrono::milliseconds{1};
        at_wall(std::max(end_of(run.row), now.wall + kNextStep));
        if (run.row.boot_id == boot_id) {
            for (const auto& end : {run.row.stop_due_boot, run.row.max_end_boot})
                if (end) at_boot(std::max(*end, now.boot + kNextStep));
        }
    }
    if (!run.query && !run.queued_query) at_boot(run.next_query);
    if (run.healing) at_boot(run.healing->until);
    if (run.row.state == RunState::stopping && !run.stop_call) {
        if (may_send_stop(run)) {
            at_boot(run.next_stop);
        } else if (run.sight && run.sight->remote == RemoteState::stopping && run.last_stop_ended) {
            at_boot(*run.last_stop_ended + kStoppingResend);
        }
    }
    runs_wall.set(run.row.id, wall);
    runs_boot.set(run.row.id, boot);
}

std::optional<StopCause> Engine::State::end_due(const LiveRun& run) const {
    const auto reason = taktd::end_due(run.row, now, boot_id);
    if (!reason) return std::nullopt;
    return StopCause{*reason, "taktd", *reason == Reason::max_duration ? "the run reached its max_duration" : ""};
}

void Engine::State::want_end(LiveRun& run, const StopCause& cause) {
    if (run.stop_cause || !owes_stop(run.row.state)) return;
    if (run.row.state != RunState::starting) {
        run.stop_cause = cause;
        begin_stopping(run);
        return;
    }
    if (calls.at(*run.start_call).released) {
        run.stop_cause = cause;
        effects.cuts.push_back({*run.start_call});  // a stop is never sent while its run's start is in flight
        // After a crash, too, this run ends now: somebody may have been told so.
        RunRow& row = run.row;
        row.max_end = std::min(row.max_end, std::max(now.wall, row.start_due + kJustAfter));
        row.max_end_boot = std::min(row.max_end_boot.value_or(now.boot), now.boot);
        touch(run);
        return;
    }
    withdraw_start(run, skip_reason_of(cause.reason), cause.actor, cause.text);
}

void Engine::State::begin_stopping(LiveRun& run) {
    move(run, RunState::stopping, run.stop_cause->reason, run.stop_cause->actor, run.stop_cause->text);
    pursue_stop(run);
}

void Engine::State::pursue_stop(LiveRun& run) {
    run.next_stop = now.boot;
    run.sight.reset();
    run.last_stop_ended.reset();
    // Routine polls end here; what is asked from now on is asked to settle the run.
    forget_queued_query(run);
    forget_pause(run);  // a stop is wanted: a pause or resume behind it would only stir
    if (is_resuming(run)) effects.cuts.push_back({*run.pause_call});
    run.query_wait = kFirstQueryWait;
    run.next_query.reset();
    runs_boot.set(run.row.id, now.boot);
    begin_healing(run);
}

/// A resume is on its way to the vendor. One that overtakes a stop, or is overtaken by it, may start the task again.
bool Engine::State::is_resuming(const LiveRun& run) const {
    if (!run.pause_call) return false;
    const PendingCall& call = calls.at(*run.pause_call);
    return call.released && call.row.action == Action::resume;
}

bool Engine::State::may_send_stop(const LiveRun& run) const {
    if (run.row.state != RunState::stopping || run.stop_call || run.start_call || is_resuming(run)) return false;
    if (run.healing) return run.healing->phase == Healing::Phase::wanted;
    if (!run.last_stop_ended) return true;
    if (!run.sight) return !run.last_stop_accepted;
    switch (run.sight->remote) {
        case RemoteState::waiting:
        case RemoteState::running:
        case RemoteState::paused:
            return !run.sight->is_anothers;  // it would hit a stranger; a look will confirm that, or show our own
        case RemoteState::unknown: return true;
        case RemoteState::stopping: return now.boot >= *run.last_stop_ended + kStoppingResend;
        default: return false;  // inactive: let `settle` pass
    }
}

void Engine::State::query_at(LiveRun& run, BootTime when) {
    run.next_query = when;
    if (!run.query && !run.queued_query) runs_boot.set(run.row.id, when);
}

void Engine::State::look_again_by(LiveRun& run, BootTime when) {
    if (when > now.boot && (!run.next_query || when < *run.next_query)) query_at(run, when);
}

}  // namespace taktd
