// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/commands.hpp"

#include <algorithm>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/action_rows.hpp"
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

/// What is said to it; nothing: go_on_stopping() says it.
using Said = std::optional<Reply>;

Reply answer(const Command& event, std::optional<RunId> run = std::nullopt) {
    return {event.id, Verdict::done, "", std::move(run)};
}

Reply refuse(const Command& event, Verdict verdict, std::string why, std::optional<RunId> run = std::nullopt) {
    return {event.id, verdict, std::move(why), std::move(run)};
}

Reply refuse_unknown_job(const Command& event, const std::string& job) {
    return refuse(event, Verdict::no_such, "there is no job '" + job + "' in the config");
}

Reply refuse_dead_run(const Command& event, const RunId& run) {
    return refuse(event, Verdict::no_such, "run " + run.text() + " is not live");
}

Said command(EngineState& engine, const Command& event, const StartJob& body) {
    const auto job = engine.config->jobs.find(body.job);
    if (job == engine.config->jobs.end()) return refuse_unknown_job(event, body.job);
    if (!body.request_key.empty()) {
        const RunId* earlier = engine.runs.requested({body.job, body.request_key});
        if (earlier != nullptr) return refuse(event, Verdict::unchanged, "already requested", *earlier);
    }
    if (!engine.gate.accepts_starts(engine.now.wall))
        return refuse(event, Verdict::not_now, std::string{"no starts now: "} + engine.gate.objection());

    Window window = window_of(*job->second, engine.now.wall);
    if (body.run_for) {
        window.stop_due = engine.now.wall + *body.run_for;
        const bool has_ceiling = job->second->max_duration > Duration::zero();
        window.max_end = has_ceiling ? std::min(window.max_end, window.stop_due) : window.stop_due;
    }
    if (window.stop_due <= engine.now.wall)
        return refuse(event, Verdict::invalid, "the job's stop lies in the past; say how long it should run");
    const Maker maker{event.actor, body.reason};
    LiveRun& run = create_run(engine, job->second, window, Origin::manual, std::nullopt, maker);
    if (!body.request_key.empty()) {
        run.row.request_key = body.request_key;
        engine.runs.remember_request({body.job, body.request_key}, run.row.id);
    }
    const RunId id = run.row.id;
    consider_start(engine, run);
    if (is_terminal(run.row.state))
        return refuse(event, Verdict::blocked, "not started: " + std::string{name_of(run.row.reason)}, id);
    return answer(event, id);
}

Said command(EngineState& engine, const Command& event, const StopRun& body) {
    LiveRun* run = find_live(engine, body.run);
    if (run == nullptr) return refuse_dead_run(event, body.run);
    if (end_by_operator(engine, *run, {Reason::operator_request, event.actor, body.reason, body.conclusion}))
        return answer(event, body.run);
    return refuse(event, Verdict::unchanged, "it is being stopped already; the vendor is asked again", body.run);
}

/// Answered by go_on_stopping().
Said stop_all(EngineState& engine, const Command& event, std::deque<RunId> runs, const std::string& reason,
              const Conclusion& conclusion = {}) {
    engine.mass_stops.begin({event.id, {Reason::operator_request, event.actor, reason, conclusion}, std::move(runs)});
    return std::nullopt;
}

/// Until a config is in force every name may be one of its names.
bool is_known(const EngineState& engine, std::string_view scope) {
    constexpr std::string_view kJob = "job:", kProvider = "provider:";
    if (scope.empty() || !engine.configured) return true;
    if (scope.starts_with(kJob)) return engine.config->jobs.contains(std::string{scope.substr(kJob.size())});
    return scope.starts_with(kProvider) &&
           engine.config->providers.contains(std::string{scope.substr(kProvider.size())});
}

// What has left the config may have live runs; what never was in it has none.
Said command(EngineState& engine, const Command& event, const StopMany& body) {
    std::deque<RunId> runs = runs_in(engine, body.scope);
    if (runs.empty() && !body.scope.starts_with("label:") && !is_known(engine, body.scope))
        return refuse(event, Verdict::no_such,
                      "there is nothing named '" + body.scope + "' in the config to be stopped");
    return stop_all(engine, event, std::move(runs), body.reason, body.conclusion);
}

Said change_pause(EngineState& engine, const Command& event, const RunId& id, Action action,
                  const std::string& reason) {
    LiveRun* run = find_live(engine, id);
    if (run == nullptr) return refuse_dead_run(event, id);
    const ProviderPtr provider = run->row.plan.provider;
    if (!provider->traits.can_pause)
        return refuse(event, Verdict::invalid, "provider '" + provider->name + "' cannot pause a task");
    const RunState needed = action == Action::pause ? RunState::running : RunState::paused;
    const RunState wanted = action == Action::pause ? RunState::paused : RunState::running;
    const bool is_on_its_way = run->pause.call || (run->pause.wish && run->pause.wish->look_since);
    if (run->row.state == wanted && !is_on_its_way)
        return refuse(event, Verdict::unchanged, "the run is " + std::string{name_of(wanted)} + " already", id);
    if (run->row.state != needed)
        return refuse(event, Verdict::state, "the run is " + std::string{name_of(run->row.state)});
    if (run->stop.cause()) return refuse(event, Verdict::state, "the run is being stopped");
    if (is_on_its_way) return refuse(event, Verdict::state, "a pause or resume of this run is on its way");

    want_pause(engine, *run, action, event.actor, reason);
    return answer(event, id);
}

Said command(EngineState& engine, const Command& event, const PauseRun& body) {
    return change_pause(engine, event, body.run, Action::pause, body.reason);
}

Said command(EngineState& engine, const Command& event, const ResumeRun& body) {
    return change_pause(engine, event, body.run, Action::resume, body.reason);
}

Said command(EngineState& engine, const Command& event, const DischargeRun& body) {
    LiveRun* run = find_live(engine, body.run);
    if (run == nullptr || !owes_stop(run->row.state))
        return refuse(event, Verdict::state, "run " + body.run.text() + " owes no stop");
    if (body.reason.empty())
        return refuse(event, Verdict::invalid, "a reason is needed: the operator takes the obligation over");
    if (run->row.state == RunState::starting && engine.calls.is_unreleased(run->start.call))
        withdraw_intent(engine, *run, Reason::operator_request, event.actor);
    else
        move_to(engine, *run, RunState::failed, Reason::discharged, event.actor, body.reason);
    return answer(event, body.run);
}

Said command(EngineState& engine, const Command& event, const SetHold& body) {
    HoldRow hold = body.hold;
    if (hold.engaged && hold.until && *hold.until <= engine.now.wall)
        return refuse(event, Verdict::invalid, "the hold would be over before it begins");
    if (hold.engaged && !is_known(engine, hold.scope))
        return refuse(event, Verdict::no_such, "there is nothing named '" + hold.scope + "' in the config to be held");
    if (!hold.engaged && !engine.gate.is_held(hold.scope))
        return refuse(event, Verdict::no_such, "no hold on " + hold.scope_text() + " is engaged");
    hold.actor = event.actor;
    hold.since = engine.now.wall;
    engine.journal.write(hold);
    engine.gate.set(hold);
    for (const auto& [id, run] : engine.runs) {
        if (run.row.state == RunState::due || run.row.state == RunState::starting)
            engine.runs.look_at(id, engine.now.wall);
    }
    if (hold.engaged && body.stop) return stop_all(engine, event, runs_in(engine, hold.scope), hold.reason);
    return answer(event);
}

Said command(EngineState& engine, const Command& event, const SetDisabled& body) {
    if (!configured_job(engine, body.job)) return refuse_unknown_job(event, body.job);
    if (body.disabled && body.until && *body.until <= engine.now.wall)
        return refuse(event, Verdict::invalid, "the job would be enabled again at once");
    adopt(engine, body.job);
    JobState& job = engine.jobs.at(body.job);
    JobStateRow& stored = job.stored;
    stored.disabled = body.disabled;
    stored.until = body.until;
    stored.reason = body.reason;
    stored.actor = event.actor;
    engine.journal.write(stored);
    engine.jobs.note_disablement(job);
    for (const auto& id : engine.runs.of_job(body.job)) engine.runs.look_at(id, engine.now.wall);
    return answer(event);
}

Said command(EngineState& engine, const Command& event, const RetryProvider& body) {
    const auto provider = engine.config->providers.find(body.provider);
    if (provider == engine.config->providers.end())
        return refuse(event, Verdict::no_such, "there is no provider '" + body.provider + "' in the config");
    Account& account = account_of(engine, *provider->second);
    if (!account.closed) return refuse(event, Verdict::unchanged, "the provider takes our credentials");
    account.probes.probe_at_once(engine.now.boot);
    engine.accounts.mark(account.name);
    return answer(event);
}

Said command(EngineState&, const Command& event, const NoteAction&) { return answer(event); }

}  // namespace

void on(EngineState& engine, const Command& event) {
    const Said said = std::visit([&](const auto& body) { return command(engine, event, body); }, event.body);
    const Verdict verdict = said ? said->verdict : Verdict::done;
    // What was refused has changed nothing, and needs no disk to be answered; a start that a rule stood against has
    // left a run.
    if (verdict == Verdict::done || verdict == Verdict::unchanged || verdict == Verdict::blocked)
        engine.journal.write(action_of(engine, event, said));
    if (said) engine.journal.promise(*said);
}

}  // namespace taktd
