// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/waking.hpp"

#include <algorithm>

#include "daemon/core/engine/runs.hpp"
#include "daemon/core/rules/ends.hpp"

namespace taktd {
namespace {

constexpr int kNamingLooksMax = 3;  // a vendor may show no token at all

// A list shows no token, and whoever knows his own is sure of his end: a few looks at the task itself, as soon as they
// can tell it from the runs before.
bool wants_name(const EngineState& engine, const LiveRun& run) {
    if (!run.row.vendor_run_id.empty() || run.asking.naming_looks >= kNamingLooksMax) return false;
    return has_task_of_its_own(run.row) || engine.now.boot >= run.start.ended + run.row.plan.provider->settle;
}

}  // namespace

bool asks_alone(const EngineState& engine, const LiveRun& run) {
    const bool hides_faults = run.row.plan.provider->traits.can_heal && engine.now.boot >= run.next_close_look;
    return run.asking.alone || hides_faults || wants_name(engine, run);
}

void plan_run(EngineState& engine, LiveRun& run) {
    std::optional<WallTime> wall;
    std::optional<BootTime> boot;
    const auto at_wall = [&](WallTime t) {
        if (t > engine.now.wall && (!wall || t < *wall)) wall = t;
    };
    const auto at_boot = [&](std::optional<BootTime> t) {
        if (t && *t > engine.now.boot && (!boot || *t < *boot)) boot = t;
    };
    const bool released = engine.calls.is_released(run.start.call);
    if (run.row.state == RunState::due || (run.row.state == RunState::starting && !released)) {
        const Misfire misfire = run.job && !run.by_hand ? run.job->misfire : Misfire::run_late;
        if (run.job) at_wall(latest_start(window_of_run(run), misfire) + kJustAfter);
        at_wall(run.row.start_due);
        at_boot(run.start.retry_at);
        at_boot(run.making.next);
    }
    if (owes_stop(run.row.state) && run.row.state != RunState::stopping && !run.stop.cause()) {
        // An end that has passed is still to come: more of them may fall due than one step handles.
        constexpr Duration kNextStep = std::chrono::milliseconds{1};
        at_wall(std::max(end_of(run.row), engine.now.wall + kNextStep));
        if (run.row.boot_id == engine.boot_id) {
            for (const auto& end : {run.row.stop_due_boot, run.row.max_end_boot})
                if (end) at_boot(std::max(*end, engine.now.boot + kNextStep));
        }
    }
    if (!run.asking.call && !run.asking.queued) at_boot(run.asking.next);
    if (run.healing) at_boot(run.healing->until);
    if (run.row.state == RunState::stopping) at_boot(run.stop.wake(may_send_stop(engine, run)));
    engine.runs.plan(run.row.id, wall, boot);
}

std::optional<StopCause> end_due(const EngineState& engine, const LiveRun& run) {
    const auto reason = taktd::end_due(run.row, engine.now, engine.boot_id);
    if (!reason) return std::nullopt;
    return StopCause{*reason, "taktd", *reason == Reason::max_duration ? "the run reached its max_duration" : ""};
}

bool is_resuming(const EngineState& engine, const LiveRun& run) {
    if (!run.pause.call) return false;
    const PendingCall& call = engine.calls.at(*run.pause.call);
    return call.released && call.row.action == Action::resume;
}

bool may_send_stop(const EngineState& engine, const LiveRun& run) {
    const bool is_barred = run.start.call || is_resuming(engine, run);
    if (run.row.state != RunState::stopping || run.stop.call() || is_barred) return false;
    if (run.healing) return run.healing->phase == Healing::Phase::wanted;
    return run.stop.wants_stop(engine.now.boot);
}

void query_at(EngineState& engine, LiveRun& run, BootTime when) {
    run.asking.next = when;
    if (!run.asking.call && !run.asking.queued) engine.runs.look_at(run.row.id, when);
}

void look_again_by(EngineState& engine, LiveRun& run, BootTime when) {
    if (when > engine.now.boot && (!run.asking.next || when < *run.asking.next)) query_at(engine, run, when);
}

}  // namespace taktd
