// Recovery: every obligation is armed again before any start is looked at (R12). Nothing is sent from here; what a call
// without an answer did is asked of the vendor.
#include "daemon/core/engine/state.hpp"
#include "daemon/core/rules/ends.hpp"

namespace taktd {
namespace {

/// What is known of a call that was in flight when the process died.
CallResult cut_by_crash(const CallRow& call, Now now) {
    CallResult result;
    result.outcome = Outcome::uncertain;
    result.vendor_message = "no answer was recorded before the daemon ended";
    result.record = call.record;
    result.ended = now.wall;
    result.ended_boot = now.boot;
    return result;
}

}  // namespace

void Engine::State::on(const Recovered& event) {
    boot_id = event.boot_id;
    const Snapshot& snapshot = event.snapshot;
    starts_from = snapshot.newest;  // a wall clock behind its own past is not trusted with starts
    buckets_full = snapshot.clean_stop || snapshot.first_start;
    for (const auto& debt : snapshot.limiters) stored_debts.emplace(debt.account, debt);
    for (const auto& told : snapshot.limits) told_limits.emplace(told.account, told.limit);
    for (const auto& hold : snapshot.holds) holds.emplace(hold.scope, hold);
    store_damaged = snapshot.found_damaged;
    for (const auto& run : snapshot.live) recover(run);
    for (const auto& [ended, due] : snapshot.last_looks) {
        if (!open_by_task.contains(ended.task_key)) ended_by_task.insert_or_assign(ended.task_key, ended);
        expect_last_look(ended, due);
    }
    remember(snapshot);
}

void Engine::State::remember(const Snapshot& past) {
    for (const auto& job : past.jobs) stored_jobs.emplace(job.job, job);
    for (const auto& row : past.foreign) stored_foreign.emplace(row.task_key, row);
    stored_schedules.insert(past.schedules.begin(), past.schedules.end());
    disposed_ahead.insert(past.disposed_ahead.begin(), past.disposed_ahead.end());
    request_keys.insert(past.request_keys.begin(), past.request_keys.end());
    for (CallRow call : past.cut_calls) {
        call.result = cut_by_crash(call, now);
        rows.emplace_back(std::move(call));
    }
    // What is not known of the past must not be done twice.
    if (!past.damage.empty()) lacks_rows = store_damaged = true;
}

void Engine::State::recover(const RecoveredRun& recovered) {
    const RunId id = recovered.run.id;
    LiveRun& run = runs.emplace(id, LiveRun{}).first->second;
    run.row = recovered.run;
    run.seq = recovered.last_seq;
    run.by_hand = run.row.origin == Origin::manual;
    run.known_since = now.boot;
    run.refused_before = recovered.refused_before;
    // Connections of the last process ended with it at the latest: now.
    run.start_ended = now.boot;
    runs_by_job[run.row.job].insert(id);

    for (const auto& stored : recovered.calls) {
        CallRow call = stored;
        if (!call.result) {
            call.result = cut_by_crash(call, now);
            rows.emplace_back(call);
        }
        if (call.action == Action::start) {
            ++run.start_attempts;
            if (call.result->outcome != Outcome::not_sent) ++run.starts_tried;
        }
        if (call.action == Action::prepare) ++run.prepare_attempts;
        if (call.action == Action::resume && call.result->outcome == Outcome::uncertain) {
            run.resume_ended = now.boot;
            forget_name(run);  // the crash may have come before its answer did that
        }
        if (call.action == Action::resume && call.result->outcome == Outcome::accepted) run.was_resumed = true;
        if (call.action == Action::stop && call.result->outcome != Outcome::not_sent) {
            ++run.stop_attempts;
            run.last_stop_ended = now.boot;
            run.last_stop_accepted = call.result->outcome == Outcome::accepted;
            run.stop_accepted = run.stop_accepted || run.last_stop_accepted;
        }
    }

    if (run.row.state == RunState::due) {
        due_by_task[run.row.task_key].insert(id);
        run.finds_task = true;
        return;  // waits for its job to come with the config
    }
    open_obligation(run);
    if (run.row.state == RunState::starting) {
        move(run, RunState::unconfirmed, Reason::none, "taktd", "the daemon ended before the start was answered");
    }
    if (run.row.state == RunState::stopping) {
        run.stop_cause = StopCause{run.row.reason, recovered.stop_actor, recovered.stop_text};
        run.next_stop = now.boot;
        recover_healing(run, recovered.calls);
    } else if (run.row.boot_id != boot_id) {
        // In another boot only the wall clock counts (R5); what it says now is fixed on the new boot's clock, too, so
        // that a later step back of the wall does not lengthen the run.
        run.row.stop_due_boot = now.boot + (run.row.stop_due - now.wall);
        run.row.max_end_boot = now.boot + (run.row.max_end - now.wall);
        const bool has_lost_time = has_lost_its_time(run.row, recovered.newest_row, now, boot_id);
        run.row.boot_id = boot_id;
        touch(run);
        if (has_lost_time)
            want_end(run,
                     {Reason::max_duration, "taktd", "the wall clock is behind the run's last row after a reboot"});
    }
    run.query_wait = kFirstQueryWait;
    query_at(run, now.boot);
    drive_run(id);
}

}  // namespace taktd
