// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/recovery.hpp"

#include <utility>

#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/ended.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/pausing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/rules/ends.hpp"

namespace taktd {
namespace {

/// What is known of a call that was in flight when the process died.
CallResult cut_by_crash(Now now) {
    CallResult result;
    result.outcome = Outcome::uncertain;
    result.vendor_message = "no answer was recorded before the daemon ended";
    result.ended = now.wall;
    result.ended_boot = now.boot;
    return result;
}

void remember(EngineState& engine, const Past& known) {
    const Snapshot& past = known.snapshot;
    for (const auto& job : past.jobs) engine.jobs.stored().add(job.job, job);
    for (const auto& row : past.foreign) engine.foreign.remember(row);
    engine.jobs.remember(known.schedules);
    engine.jobs.remember(past.disposed_ahead);
    for (const auto& [key, run] : past.request_keys) engine.runs.remember_request(key, run);
    for (CallRow call : past.cut_calls) {
        call.result = cut_by_crash(engine.now);
        engine.journal.write(std::move(call));
    }
    // What is not known of the past must not be done twice.
    if (!past.damage.empty()) engine.gate.miss_rows();
}

void recover(EngineState& engine, const RecoveredRun& recovered) {
    const RunId id = recovered.run.id;
    LiveRun& run = engine.runs.add(id, recovered.run.job);
    run.row = recovered.run;
    run.seq = recovered.last_seq;
    engine.runs.count(run);
    run.by_hand = run.row.origin == Origin::manual;
    run.known_since = engine.now.boot;
    run.start.refused_before = recovered.refused_before;
    // Connections of the last process ended with it at the latest: now.
    run.start.ended = engine.now.boot;

    for (const auto& stored : recovered.calls) {
        CallRow call = stored;
        if (!call.result) {
            call.result = cut_by_crash(engine.now);
            engine.journal.write(call);
        }
        if (call.action == Action::start) {
            ++run.start.attempts;
            if (call.result->outcome != Outcome::not_sent) ++run.start.tried;
        }
        if (call.action == Action::prepare) ++run.making.attempts;
        if (call.action == Action::resume && call.result->outcome == Outcome::uncertain) {
            run.pause.resume_ended = engine.now.boot;
            forget_name(engine, run);  // the crash may have come before its answer did that
        }
        if (call.action == Action::resume && call.result->outcome == Outcome::accepted) run.pause.was_resumed = true;
        if (call.action == Action::stop && call.result->outcome != Outcome::not_sent)
            run.stop.remember(call.result->outcome, engine.now.boot);
    }

    if (run.row.state == RunState::due) {
        engine.tasks.wait(run.row.task_key, id);
        run.making.finds_task = true;
        return;  // waits for its job to come with the config
    }
    open_obligation(engine, run);
    if (run.row.state == RunState::starting) {
        move_to(engine, run, RunState::unconfirmed, Reason::none, "taktd",
                "the daemon ended before the start was answered");
    }
    if (run.row.state == RunState::stopping) {
        run.stop.ask({run.row.reason, recovered.stop_actor, recovered.stop_text});
        run.stop.at_once(engine.now.boot);
        recover_healing(engine, run, recovered.calls);
    } else if (run.row.boot_id != engine.boot_id) {
        // In another boot only the wall clock counts (R5); what it says now is fixed on the new boot's clock, too, so
        // that a later step back of the wall does not lengthen the run.
        run.row.stop_due_boot = engine.now.boot + (run.row.stop_due - engine.now.wall);
        run.row.max_end_boot = engine.now.boot + (run.row.max_end - engine.now.wall);
        const bool has_lost_time = has_lost_its_time(run.row, recovered.newest_row, engine.now, engine.boot_id);
        run.row.boot_id = engine.boot_id;
        touch(engine, run);
        if (has_lost_time)
            request_end(engine, run,
                        {Reason::max_duration, "taktd", "the wall clock is behind the run's last row after a reboot"});
    }
    run.asking.wait = kFirstQueryWait;
    query_at(engine, run, engine.now.boot);
    drive_run(engine, id);
}

}  // namespace

void on(EngineState& engine, const Recovered& event) {
    engine.boot_id = event.boot_id;
    const Snapshot& snapshot = event.past.snapshot;
    engine.gate.trust_clock_from(snapshot.newest);
    engine.accounts.recover(snapshot);
    for (const auto& hold : snapshot.holds) engine.gate.set(hold);
    engine.gate.judge_store(snapshot.found_damaged);
    for (const auto& run : snapshot.live) recover(engine, run);
    for (const auto& [ended, due] : snapshot.last_looks) {
        if (!engine.tasks.is_owned(ended.task_key)) engine.ended.remember(ended);
        expect_last_look(engine, ended, due);
    }
    remember(engine, event.past);
}

void on(EngineState& engine, const Remembered& event) { remember(engine, event.past); }

}  // namespace taktd
