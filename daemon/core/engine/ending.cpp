// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/ending.hpp"

#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"

namespace taktd {
namespace {

constexpr std::string_view kLabel = "label:";

bool is_in(const std::string& scope, const LiveRun& run) {
    // A run whose job has left the config bears no label any more.
    if (scope.starts_with(kLabel)) return run.job && run.job->bears(std::string_view{scope}.substr(kLabel.size()));
    return scope.empty() || scope == "job:" + run.row.job || scope == "provider:" + run.row.provider;
}

// In the run's plan, and so in the commit of the stop itself: a crash forgets neither.
void keep_conclusion(EngineState& engine, LiveRun& run, const Conclusion& said) {
    if (said.says_nothing()) return;
    Conclusion& kept = run.row.plan.conclusion;
    if (said.is_expected) kept.is_expected = said.is_expected;
    if (!said.summary.empty()) kept.summary = said.summary;
    touch(engine, run);
}

}  // namespace

bool end_by_operator(EngineState& engine, LiveRun& run, const StopCause& cause) {
    const RunId id = run.row.id;
    if (run.row.state != RunState::due) keep_conclusion(engine, run, cause.conclusion);
    if (run.row.state == RunState::due) {
        move_to(engine, run, RunState::cancelled, cause.reason, cause.actor, cause.text);
        return true;
    }
    if (run.stop.cause()) {
        if (run.row.state != RunState::stopping) return false;
        run.stop.at_once(engine.now.boot);
        drive_run(engine, id);
        return false;
    }
    request_end(engine, run, cause);
    drive_run(engine, id);
    return true;
}

std::deque<RunId> runs_in(const EngineState& engine, const std::string& scope) {
    std::deque<RunId> ids;
    for (const auto& [id, run] : engine.runs) {
        if (is_in(scope, run) && !is_terminal(run.row.state)) ids.push_back(id);
    }
    return ids;
}

void go_on_stopping(EngineState& engine) {
    while (!engine.mass_stops.is_idle()) {
        if (engine.budget.due() == 0) return engine.budget.leave_over();
        const auto id = engine.mass_stops.take_next();
        if (!id) {
            MassStop done = engine.mass_stops.take_done();
            engine.journal.promise({done.command, Verdict::done, "", std::nullopt, std::move(done.asked)});
            continue;
        }
        engine.budget.spend_due();
        LiveRun* run = find_live(engine, *id);
        if (run != nullptr && end_by_operator(engine, *run, engine.mass_stops.current().cause))
            engine.mass_stops.current().asked.push_back(*id);
    }
}

}  // namespace taktd
