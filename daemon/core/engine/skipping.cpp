// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/skipping.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/jobs.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/transition.hpp"
#include "daemon/core/engine/waking.hpp"
#include "daemon/core/engine/watching.hpp"

namespace taktd {
namespace {

std::string until_text(const std::optional<WallTime>& until) { return until ? ", until " + to_rfc3339(*until) : ""; }

std::string on_behalf(const std::string& actor, const std::string& reason) {
    return (actor.empty() ? "" : " by " + actor) + (reason.empty() ? "" : ": " + reason);
}

/// Whether the limiter has kept it from its start, its look or its task.
bool lacks_permit(const EngineState& engine, const LiveRun& run) {
    auto* account = engine.accounts.find(run.job->provider->account);
    if (account == nullptr) return false;
    const std::pair place{run.row.start_due, run.row.id};
    const bool waits = account->starts_wanted.contains(place) || account->tasks_wanted.contains(place);
    if (waits && !account->limiter.permits(CallClass::start, engine.now.boot)) return true;
    auto* look = engine.baselines.find(run.row.task_key);
    if (look == nullptr) return false;
    const bool was_asked = look->query || look->seen || look->failures > 0;
    return !was_asked && !look->next_ask;
}

// What stood in the way of a start, as a sentence for people.
std::string circumstances(const EngineState& engine, const LiveRun& run, Reason reason) {
    switch (reason) {
        case Reason::misfire: {
            if (!run.start.problem.empty()) return "its last attempt: " + run.start.problem;
            if (!run.job || !lacks_permit(engine, run)) return "";
            const RateLimit& limit = engine.accounts.at(run.job->provider->account).limiter.limit();
            return "the provider's limit, one request per " + to_text(limit.interval) + ", left no permit in time";
        }
        case Reason::overlap: {
            const auto earlier = earlier_runs(engine, run);
            if (earlier.empty()) return run.waited ? "it waited too long for the job's earlier run" : "";
            return "run " + earlier.front().text() + " of this job is " +
                   std::string{name_of(engine.runs.at(earlier.front()).row.state)};
        }
        case Reason::task_busy: {
            if (const LiveRun* taker = owner_of_task(engine, run))
                return "run " + taker->row.id.text() + " of job '" + taker->row.job + "' has the task";
            if (has_foreign_stop_pending(engine, run.row.task_key)) return "a foreign run of the task is being stopped";
            auto* look = engine.baselines.find(run.row.task_key);
            if (look == nullptr || !look->seen) return "";
            return "the task was seen " + std::string{name_of(look->seen->seen.remote)} + " at " +
                   to_rfc3339(look->seen->asked);
        }
        case Reason::hold: {
            const HoldRow* hold = engine.gate.hold_on(run.row.job, run.row.provider, engine.now.wall);
            if (hold == nullptr) return "";
            return "hold on " + hold->scope_text() + on_behalf(hold->actor, hold->reason) + until_text(hold->until);
        }
        case Reason::disabled: {
            const JobPtr job = configured_job(engine, run.row.job);
            const JobStateRow* stored = engine.jobs.state_of(run.row.job);
            if (!job || !job->enabled || stored == nullptr) return "the config says enabled: false";
            return "disabled" + on_behalf(stored->actor, stored->reason) + until_text(stored->until);
        }
        case Reason::no_baseline: {
            if (run.making.failures > 0 && run.row.vendor_task_id.empty())
                return "its task could not be made from the template: " + run.making.problem;
            auto* look = engine.baselines.find(run.row.task_key);
            return look == nullptr || look->problem.empty() ? "" : "the last query: " + look->problem;
        }
        case Reason::wrong_task: {
            auto* look = engine.baselines.find(run.row.task_key);
            if (look == nullptr || !look->seen) return "";
            const std::string& name = look->seen->seen.name;
            return (name.empty() ? "the task showed no name" : "the task is called '" + name + "'") + ", not '" +
                   run.row.plan.task.expect_name + "'";
        }
        default: return "";
    }
}

}  // namespace

std::optional<Reason> objection_to_release(const EngineState& engine, const LiveRun& run) {
    const StartVerdict verdict = decide_start(start_facts(engine, run));
    if (verdict.kind == StartVerdict::Kind::skip) return verdict.reason;
    if (end_due(engine, run)) return Reason::misfire;
    return std::nullopt;
}

void withdraw_intent(EngineState& engine, LiveRun& run, Reason reason, const std::string& actor,
                     const std::string& note) {
    const CallId id = *run.start.call;
    run.start.call.reset();
    account_of(engine, *run.row.plan.provider).starts_admitted.erase({run.row.start_due, id});
    withdraw_call(engine, id);
    if (reason == Reason::operator_request) return move_to(engine, run, RunState::cancelled, reason, actor, note);
    if (reason == Reason::none || run.start.refused_before)
        move_to(engine, run, RunState::due, Reason::none, actor, "the start was withdrawn before it was sent");
    if (reason != Reason::none) skip_start(engine, run, reason, actor, note);
}

void withdraw_unreleased_intents(EngineState& engine) {
    for (auto& [name, account] : engine.accounts) {
        const auto admitted = account.starts_admitted.all;
        for (const auto& [due, id] : admitted) {
            LiveRun& run = run_of(engine, id);
            withdraw_intent(engine, run, Reason::none);
            plan_run(engine, run);
            engine.runs.look_at(run.row.id, engine.now.boot + std::chrono::seconds{1});
        }
    }
}

StartFacts start_facts(const EngineState& engine, const LiveRun& run) {
    StartFacts facts;
    facts.window = window_of_run(run);
    facts.now = engine.now.wall;
    facts.misfire = run.job ? run.job->misfire : Misfire::skip;
    facts.overlap = run.job ? run.job->overlap : Overlap::skip;
    facts.by_hand = run.by_hand;
    facts.removed = run.job == nullptr;
    facts.disabled = is_disabled(engine, run.row.job);
    facts.held = engine.gate.hold_on(run.row.job, run.row.provider, engine.now.wall) != nullptr;
    auto* account = engine.accounts.find(run.row.plan.provider->account);
    facts.provider_closed = account != nullptr && account->closed;
    facts.earlier_live = static_cast<int>(earlier_runs(engine, run).size());
    facts.waited = run.waited;
    facts.is_newest_missed = run.is_newest_missed;
    facts.needs_task = run.row.plan.task.is_from_template() && run.row.vendor_task_id.empty();
    facts.prepared_in_vain = facts.needs_task && run.making.failures > 0;
    facts.task_is_taken = owner_of_task(engine, run) != nullptr || has_foreign_stop_pending(engine, run.row.task_key);
    facts.baseline = baseline_state(engine, run);
    if (auto* look = engine.baselines.find(run.row.task_key); look != nullptr && !facts.needs_task) {
        facts.looked_in_vain = look->failures > 0 && facts.baseline == BaselineState::none;
        const std::string& expected = run.row.plan.task.expect_name;
        facts.is_wrong_task = !expected.empty() && look->seen && look->seen->seen.name != expected;
    }
    return facts;
}

void skip_start(EngineState& engine, LiveRun& run, Reason reason, const std::string& actor, const std::string& note) {
    auto facts = std::make_shared<const StartFacts>(start_facts(engine, run));
    // Facts that would have led elsewhere explain nothing.
    if (decide_start(*facts) != StartVerdict{StartVerdict::Kind::skip, reason}) facts.reset();
    move_to(engine, run, run.start.refused_before ? RunState::failed : RunState::skipped, reason, actor,
            note.empty() ? circumstances(engine, run, reason) : note, std::move(facts));
}

void cancel_unsent(EngineState& engine, LiveRun& run, const StopCause& cause) {
    if (cause.reason == Reason::operator_request) {
        move_to(engine, run, RunState::cancelled, cause.reason, cause.actor, cause.text);
        return;
    }
    if (run.row.state == RunState::starting && run.start.refused_before)
        move_to(engine, run, RunState::due, Reason::none);
    skip_start(engine, run, skip_reason_of(cause.reason), cause.actor, cause.text);
}

Reason skip_reason_of(Reason end) {
    const bool by_clock = end == Reason::schedule || end == Reason::max_duration;
    if (by_clock) return Reason::misfire;
    return end == Reason::superseded ? Reason::overlap : end;
}

}  // namespace taktd
