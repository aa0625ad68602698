#include "daemon/core/engine/commands.hpp"

#include <algorithm>

#include "daemon/core/engine/adoption.hpp"
#include "daemon/core/engine/driving.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/pausing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/transition.hpp"

namespace taktd {
namespace {

void reply(EngineState& engine, CommandId command, bool ok, std::string text, std::optional<RunId> run = std::nullopt) {
    engine.journal.promise({command, ok, std::move(text), std::move(run)});
}

void command(EngineState& engine, const Command& event, const StartJob& body) {
    const auto job = engine.config->jobs.find(body.job);
    if (job == engine.config->jobs.end())
        return reply(engine, event.id, false, "there is no job '" + body.job + "' in the config");
    if (!body.request_key.empty()) {
        const RunId* earlier = engine.runs.requested({body.job, body.request_key});
        if (earlier != nullptr) return reply(engine, event.id, true, "already requested", *earlier);
    }
    if (!engine.gate.accepts_starts(engine.now.wall))
        return reply(engine, event.id, false, std::string{"no starts now: "} + engine.gate.objection());

    Window window = window_of(*job->second, engine.now.wall);
    if (body.run_for) {
        window.stop_due = engine.now.wall + *body.run_for;
        const bool has_ceiling = job->second->max_duration > Duration::zero();
        window.max_end = has_ceiling ? std::min(window.max_end, window.stop_due) : window.stop_due;
    }
    if (window.stop_due <= engine.now.wall)
        return reply(engine, event.id, false, "the job's stop lies in the past; say how long it should run");
    LiveRun& run = create_run(engine, job->second, window, Origin::manual, std::nullopt);
    if (!body.request_key.empty()) {
        run.row.request_key = body.request_key;
        engine.runs.remember_request({body.job, body.request_key}, run.row.id);
    }
    const RunId id = run.row.id;
    consider_start(engine, run);
    const bool refused = is_terminal(run.row.state);
    reply(engine, event.id, !refused, refused ? "not started: " + std::string{name_of(run.row.reason)} : "", id);
}

void command(EngineState& engine, const Command& event, const StopRun& body) {
    LiveRun* run = find_live(engine, body.run);
    if (run == nullptr) return reply(engine, event.id, false, "run " + body.run + " is not live");
    const StopCause cause{Reason::operator_request, event.actor, body.reason};
    if (run->row.state == RunState::due) {
        move_to(engine, *run, RunState::cancelled, Reason::operator_request, event.actor, body.reason);
    } else {
        request_end(engine, *run, cause);
        drive_run(engine, body.run);
    }
    reply(engine, event.id, true, "", body.run);
}

void change_pause(EngineState& engine, const Command& event, const RunId& id, Action action) {
    LiveRun* run = find_live(engine, id);
    if (run == nullptr) return reply(engine, event.id, false, "run " + id + " is not live");
    const ProviderPtr provider = run->row.plan.provider;
    if (!provider->traits.can_pause)
        return reply(engine, event.id, false, "provider '" + provider->name + "' cannot pause a task");
    const RunState needed = action == Action::pause ? RunState::running : RunState::paused;
    if (run->row.state != needed)
        return reply(engine, event.id, false, "the run is " + std::string{name_of(run->row.state)});
    if (run->pause_call) return reply(engine, event.id, false, "a pause or resume of this run is on its way");

    admit_pause(engine, *run, action, false);
    reply(engine, event.id, true, "", id);
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
        return reply(engine, event.id, false, "run " + body.run + " owes no stop");
    if (body.reason.empty())
        return reply(engine, event.id, false, "a reason is needed: the operator takes the obligation over");
    if (run->row.state == RunState::starting && engine.calls.is_unreleased(run->start_call))
        withdraw_intent(engine, *run, Reason::operator_request, event.actor);
    else
        move_to(engine, *run, RunState::failed, Reason::discharged, event.actor, body.reason);
    reply(engine, event.id, true, "", body.run);
}

void command(EngineState& engine, const Command& event, const SetHold& body) {
    HoldRow hold = body.hold;
    if (!hold.engaged && !engine.gate.is_held(hold.scope))
        return reply(engine, event.id, false, "no hold on " + hold.scope_text() + " is engaged");
    hold.actor = event.actor;
    hold.since = engine.now.wall;
    engine.journal.write(hold);
    engine.gate.set(hold);
    for (const auto& [id, run] : engine.runs) {
        if (run.row.state == RunState::due || run.row.state == RunState::starting)
            engine.runs.look_at(id, engine.now.wall);
    }
    reply(engine, event.id, true, "");
}

void command(EngineState& engine, const Command& event, const SetDisabled& body) {
    if (!configured_job(engine, body.job))
        return reply(engine, event.id, false, "there is no job '" + body.job + "' in the config");
    adopt(engine, body.job);
    JobStateRow& stored = engine.jobs.at(body.job).stored;
    stored.disabled = body.disabled;
    stored.until = body.until;
    stored.reason = body.reason;
    stored.actor = event.actor;
    engine.journal.write(stored);
    for (const auto& id : engine.runs.of_job(body.job)) engine.runs.look_at(id, engine.now.wall);
    reply(engine, event.id, true, "");
}

}  // namespace

void on(EngineState& engine, const Command& event) {
    std::visit([&](const auto& body) { command(engine, event, body); }, event.body);
}

}  // namespace taktd
