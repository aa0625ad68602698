#include "daemon/core/engine/commands.hpp"

#include <algorithm>

#include "daemon/core/engine/adoption.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/ending.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/pausing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"

namespace taktd {
namespace {

void answer(EngineState& engine, const Command& event, std::optional<RunId> run = std::nullopt) {
    engine.journal.promise({event.id, Verdict::done, "", std::move(run)});
}

void refuse(EngineState& engine, const Command& event, Verdict verdict, std::string why,
            std::optional<RunId> run = std::nullopt) {
    engine.journal.promise({event.id, verdict, std::move(why), std::move(run)});
}

void refuse_unknown_job(EngineState& engine, const Command& event, const std::string& job) {
    refuse(engine, event, Verdict::no_such, "there is no job '" + job + "' in the config");
}

void refuse_dead_run(EngineState& engine, const Command& event, const RunId& run) {
    refuse(engine, event, Verdict::no_such, "run " + run.text() + " is not live");
}

void command(EngineState& engine, const Command& event, const StartJob& body) {
    const auto job = engine.config->jobs.find(body.job);
    if (job == engine.config->jobs.end()) return refuse_unknown_job(engine, event, body.job);
    if (!body.request_key.empty()) {
        const RunId* earlier = engine.runs.requested({body.job, body.request_key});
        if (earlier != nullptr) return refuse(engine, event, Verdict::unchanged, "already requested", *earlier);
    }
    if (!engine.gate.accepts_starts(engine.now.wall))
        return refuse(engine, event, Verdict::not_now, std::string{"no starts now: "} + engine.gate.objection());

    Window window = window_of(*job->second, engine.now.wall);
    if (body.run_for) {
        window.stop_due = engine.now.wall + *body.run_for;
        const bool has_ceiling = job->second->max_duration > Duration::zero();
        window.max_end = has_ceiling ? std::min(window.max_end, window.stop_due) : window.stop_due;
    }
    if (window.stop_due <= engine.now.wall)
        return refuse(engine, event, Verdict::invalid, "the job's stop lies in the past; say how long it should run");
    const Maker maker{event.actor, body.reason};
    LiveRun& run = create_run(engine, job->second, window, Origin::manual, std::nullopt, maker);
    if (!body.request_key.empty()) {
        run.row.request_key = body.request_key;
        engine.runs.remember_request({body.job, body.request_key}, run.row.id);
    }
    const RunId id = run.row.id;
    consider_start(engine, run);
    if (is_terminal(run.row.state))
        return refuse(engine, event, Verdict::blocked, "not started: " + std::string{name_of(run.row.reason)}, id);
    answer(engine, event, id);
}

void command(EngineState& engine, const Command& event, const StopRun& body) {
    LiveRun* run = find_live(engine, body.run);
    if (run == nullptr) return refuse_dead_run(engine, event, body.run);
    if (end_by_operator(engine, *run, {Reason::operator_request, event.actor, body.reason}))
        return answer(engine, event, body.run);
    refuse(engine, event, Verdict::unchanged, "it is being stopped already; the vendor is asked again", body.run);
}

/// Answered by go_on_stopping().
void stop_all_of(EngineState& engine, const Command& event, const std::string& scope, const std::string& reason) {
    engine.mass_stops.begin({event.id, {Reason::operator_request, event.actor, reason}, runs_in(engine, scope)});
}

void command(EngineState& engine, const Command& event, const StopMany& body) {
    stop_all_of(engine, event, body.scope, body.reason);
}

void change_pause(EngineState& engine, const Command& event, const RunId& id, Action action) {
    LiveRun* run = find_live(engine, id);
    if (run == nullptr) return refuse_dead_run(engine, event, id);
    const ProviderPtr provider = run->row.plan.provider;
    if (!provider->traits.can_pause)
        return refuse(engine, event, Verdict::invalid, "provider '" + provider->name + "' cannot pause a task");
    const RunState needed = action == Action::pause ? RunState::running : RunState::paused;
    const RunState wanted = action == Action::pause ? RunState::paused : RunState::running;
    if (run->row.state == wanted && !run->pause.call)
        return refuse(engine, event, Verdict::unchanged, "the run is " + std::string{name_of(wanted)} + " already", id);
    if (run->row.state != needed)
        return refuse(engine, event, Verdict::state, "the run is " + std::string{name_of(run->row.state)});
    if (run->stop.cause()) return refuse(engine, event, Verdict::state, "the run is being stopped");
    if (run->pause.call) return refuse(engine, event, Verdict::state, "a pause or resume of this run is on its way");

    admit_pause(engine, *run, action, false);
    answer(engine, event, id);
}

void command(EngineState& engine, const Command& event, const PauseRun& body) {
    change_pause(engine, event, body.run, Action::pause);
}

void command(EngineState& engine, const Command& event, const ResumeRun& body) {
    change_pause(engine, event, body.run, Action::resume);
}

void command(EngineState& engine, const Command& event, const DischargeRun& body) {
    LiveRun* run = find_live(engine, body.run);
    if (run == nullptr || !owes_stop(run->row.state))
        return refuse(engine, event, Verdict::state, "run " + body.run.text() + " owes no stop");
    if (body.reason.empty())
        return refuse(engine, event, Verdict::invalid, "a reason is needed: the operator takes the obligation over");
    if (run->row.state == RunState::starting && engine.calls.is_unreleased(run->start.call))
        withdraw_intent(engine, *run, Reason::operator_request, event.actor);
    else
        move_to(engine, *run, RunState::failed, Reason::discharged, event.actor, body.reason);
    answer(engine, event, body.run);
}

void command(EngineState& engine, const Command& event, const SetHold& body) {
    HoldRow hold = body.hold;
    if (!hold.engaged && !engine.gate.is_held(hold.scope))
        return refuse(engine, event, Verdict::no_such, "no hold on " + hold.scope_text() + " is engaged");
    hold.actor = event.actor;
    hold.since = engine.now.wall;
    engine.journal.write(hold);
    engine.gate.set(hold);
    for (const auto& [id, run] : engine.runs) {
        if (run.row.state == RunState::due || run.row.state == RunState::starting)
            engine.runs.look_at(id, engine.now.wall);
    }
    if (hold.engaged && body.stop) return stop_all_of(engine, event, hold.scope, hold.reason);
    answer(engine, event);
}

void command(EngineState& engine, const Command& event, const SetDisabled& body) {
    if (!configured_job(engine, body.job)) return refuse_unknown_job(engine, event, body.job);
    adopt(engine, body.job);
    JobStateRow& stored = engine.jobs.at(body.job).stored;
    stored.disabled = body.disabled;
    stored.until = body.until;
    stored.reason = body.reason;
    stored.actor = event.actor;
    engine.journal.write(stored);
    for (const auto& id : engine.runs.of_job(body.job)) engine.runs.look_at(id, engine.now.wall);
    answer(engine, event);
}

}  // namespace

void on(EngineState& engine, const Command& event) {
    std::visit([&](const auto& body) { command(engine, event, body); }, event.body);
}

}  // namespace taktd
