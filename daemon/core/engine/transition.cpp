// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/transition.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/base/check.hpp"
#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/ended.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/queues.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/schedules.hpp"
#include "daemon/core/engine/watching.hpp"
#include "daemon/core/rules/lifecycle.hpp"

namespace taktd {
namespace {

// Its task was made, or is being made, from what the config says no more: the answer to that means nothing now, and
// the title alone would find that task again.
void forget_task(LiveRun& run) {
    run.row.vendor_task_id.clear();
    run.making.call.reset();
    run.making.next.reset();
    run.making.failures = 0;
    run.making.problem.clear();
    run.making.finds_task = run.making.skew_retry = false;
}

}  // namespace

void follow_job(EngineState& engine, LiveRun& run, const JobPtr& job) {
    if (run.row.state == RunState::due) {
        RunRow& row = run.row;
        forget_queued(engine, run);
        const bool keeps_task = job->task.prepare_json == row.plan.task.prepare_json &&
                                task_key_of(*job->provider, "") == task_key_of(*row.plan.provider, "");
        if (!keeps_task) forget_task(run);
        set_task_key(engine, run,
                     row.vendor_task_id.empty() ? job->task_key : task_key_of(*job->provider, row.vendor_task_id));
        row.provider = job->provider->name;
        if (!run.by_hand) {
            const Window window = window_of(*job, row.start_due);
            row.stop_due = window.stop_due;
            row.max_end = window.max_end;
        } else if (job->max_duration > Duration::zero()) {
            row.max_end = std::min(row.max_end, row.start_due + job->max_duration);
        }
        row.plan = plan_of(*job, row);
        touch(engine, run);
        engine.runs.look_at(row.id, engine.now.wall);
    }
    run.job = job;
}

void move_to(EngineState& engine, LiveRun& run, RunState to, Reason reason, const std::string& actor,
             const std::string& note, std::shared_ptr<const StartFacts> facts) {
    const RunState from = run.row.state;
    TAKTD_CHECK(is_legal(from, to), "R10: only legal transitions");
    const std::string& told = is_terminal(to) && note.empty() ? run.heal_problem : note;
    engine.journal.write(
        TransitionRow{run.row.id, ++run.seq, from, to, engine.now.wall, reason, actor, told, std::move(facts)});
    run.row.state = to;
    run.row.reason = reason;
    run.row.obligation = obligation_after(run.row.obligation, to);
    touch(engine, run);

    const RunId& id = run.row.id;
    const std::string& task_key = run.row.task_key;
    Account& account = account_of(engine, *run.row.plan.provider);
    if (to == RunState::due) engine.tasks.wait(task_key, id);
    if (from == RunState::due) engine.tasks.stop_waiting(task_key, id);
    if (owes_stop(to)) {
        open_obligation(engine, run);
    } else if (owes_stop(from)) {
        engine.tasks.release(task_key);
        account.runs.erase(id);
    }
    if (owes_stop(from) != owes_stop(to)) own_run_changed(engine, task_key);
    // What was seen before a start that may have had an effect is no baseline for the next one.
    const bool may_have_run = to == RunState::unconfirmed || to == RunState::running;
    if (may_have_run || (is_terminal(to) && owes_stop(from))) forget_look(engine, task_key);
    if (to == RunState::due && run.job) {
        // A reload may have changed its job since the intent, or removed it.
        if (const JobPtr job = configured_job(engine, run.row.job)) {
            follow_job(engine, run, job);
        } else {
            run.job = nullptr;
            engine.runs.look_at(id, engine.now.wall);
        }
    }
    if (!is_terminal(to)) return;
    forget_queued(engine, run);
    engine.look_rows.forget(id);
    engine.runs.end(run);
    reconsider_job(engine, run.row.job);
    if (!owes_stop(from)) return;
    remember_ended(engine, run);
    reconsider_task(engine, task_key);
    look_ahead_again(engine, run.row.job);
}

}  // namespace taktd
