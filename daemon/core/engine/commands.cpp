// Operators: each command is answered once, after what it changed is durable. The API that carries them is the shell's.
#include "daemon/core/engine/state.hpp"

namespace taktd {

void Engine::State::on(const Command& event) {
    std::visit([&](const auto& body) { command(event, body); }, event.body);
}

void Engine::State::command(const Command& event, const StartJob& body) {
    const auto job = config->jobs.find(body.job);
    if (job == config->jobs.end()) return reply(event.id, false, "there is no job '" + body.job + "' in the config");
    if (!body.request_key.empty()) {
        const auto earlier = request_keys.find({body.job, body.request_key});
        if (earlier != request_keys.end()) return reply(event.id, true, "already requested", earlier->second);
    }
    if (!accepts_starts()) {
        const char* why = "the daemon is stopping or its clock is behind the store";
        if (store_damaged) why = "the store is damaged";
        if (!store_up) why = "the store cannot be written";
        return reply(event.id, false, std::string{"no starts now: "} + why);
    }

    Window window = window_of(*job->second, now.wall);
    if (body.run_for) {
        window.stop_due = now.wall + *body.run_for;
        const bool has_ceiling = job->second->max_duration > Duration::zero();
        window.max_end = has_ceiling ? std::min(window.max_end, window.stop_due) : window.stop_due;
    }
    if (window.stop_due <= now.wall)
        return reply(event.id, false, "the job's stop lies in the past; say how long it should run");
    LiveRun& run = create_run(job->second, window, Origin::manual, std::nullopt);
    if (!body.request_key.empty()) {
        run.row.request_key = body.request_key;
        request_keys[{body.job, body.request_key}] = run.row.id;
    }
    const RunId id = run.row.id;
    consider_start(run);
    const bool refused = is_terminal(run.row.state);
    reply(event.id, !refused, refused ? "not started: " + std::string{name_of(run.row.reason)} : "", id);
}

void Engine::State::command(const Command& event, const StopRun& body) {
    LiveRun* run = find_live(body.run);
    if (run == nullptr) return reply(event.id, false, "run " + body.run + " is not live");
    const StopCause cause{Reason::operator_request, event.actor, body.reason};
    if (run->row.state == RunState::due) {
        move(*run, RunState::cancelled, Reason::operator_request, event.actor, body.reason);
    } else {
        want_end(*run, cause);
        drive_run(body.run);
    }
    reply(event.id, true, "", body.run);
}

void Engine::State::command(const Command& event, const PauseRun& body) {
    change_pause(event, body.run, Action::pause);
}
void Engine::State::command(const Command& event, const ResumeRun& body) {
    change_pause(event, body.run, Action::resume);
}

void Engine::State::change_pause(const Command& event, const RunId& id, Action action) {
    LiveRun* run = find_live(id);
    if (run == nullptr) return reply(event.id, false, "run " + id + " is not live");
    const ProviderPtr provider = run->row.plan.provider;
    if (!provider->traits.can_pause)
        return reply(event.id, false, "provider '" + provider->name + "' cannot pause a task");
    const RunState needed = action == Action::pause ? RunState::running : RunState::paused;
    if (run->row.state != needed) return reply(event.id, false, "the run is " + std::string{name_of(run->row.state)});
    if (run->pause_call) return reply(event.id, false, "a pause or resume of this run is on its way");

    admit_pause(*run, action, false);
    reply(event.id, true, "", id);
}

void Engine::State::admit_pause(LiveRun& run, Action action, bool is_resign) {
    const StopPlan& plan = run.row.plan;
    PendingCall& call = make_call(spec_of(plan.provider, action, plan.task), CallClass::pause_resume);
    call.run = run.row.id;
    call.row.run = run.row.id;
    call.row.attempt = is_resign ? 2 : 1;
    call.is_resign = is_resign;
    run.pause_call = call.row.id;
    account_of(*plan.provider).pauses_admitted.push_back(call.row.id);
    write_intent(call);
}

void Engine::State::command(const Command& event, const DischargeRun& body) {
    LiveRun* run = find_live(body.run);
    if (run == nullptr || !owes_stop(run->row.state))
        return reply(event.id, false, "run " + body.run + " owes no stop");
    if (body.reason.empty())
        return reply(event.id, false, "a reason is needed: the operator takes the obligation over");
    if (run->row.state == RunState::starting && !calls.at(*run->start_call).released)
        withdraw_start(*run, Reason::operator_request, event.actor);
    else
        move(*run, RunState::failed, Reason::discharged, event.actor, body.reason);
    reply(event.id, true, "", body.run);
}

void Engine::State::command(const Command& event, const SetHold& body) {
    HoldRow hold = body.hold;
    if (!hold.engaged && !holds.contains(hold.scope))
        return reply(event.id, false, "no hold on " + hold.scope_text() + " is engaged");
    hold.actor = event.actor;
    hold.since = now.wall;
    rows.emplace_back(hold);
    if (hold.engaged) {
        holds[hold.scope] = hold;
    } else {
        holds.erase(hold.scope);
    }
    for (const auto& [id, run] : runs) {
        if (run.row.state == RunState::due || run.row.state == RunState::starting) runs_wall.set(id, now.wall);
    }
    reply(event.id, true, "");
}

void Engine::State::command(const Command& event, const SetDisabled& body) {
    if (!configured_job(body.job)) return reply(event.id, false, "there is no job '" + body.job + "' in the config");
    adopt(body.job);
    JobStateRow& stored = jobs.at(body.job).stored;
    stored.disabled = body.disabled;
    stored.until = body.until;
    stored.reason = body.reason;
    stored.actor = event.actor;
    rows.emplace_back(stored);
    if (const auto found = runs_by_job.find(body.job); found != runs_by_job.end()) {
        for (const auto& id : found->second) runs_wall.set(id, now.wall);
    }
    reply(event.id, true, "");
}

}  // namespace taktd
