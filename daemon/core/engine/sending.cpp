// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/sending.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/engine/baselines.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/closing.hpp"
#include "daemon/core/engine/foreign.hpp"
#include "daemon/core/engine/last_looks.hpp"
#include "daemon/core/engine/polling.hpp"
#include "daemon/core/engine/preparing.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"
#include "daemon/core/engine/starting.hpp"
#include "daemon/core/engine/stopping.hpp"
#include "daemon/core/engine/waking.hpp"

namespace taktd {
namespace {

bool pump_stop(EngineState& engine, Account& account) {
    if (account.stops_admitted.ready.empty()) return false;
    account.stops_blocked = !account.permits(CallClass::stop, engine.now.boot);
    if (account.stops_blocked) return false;
    const AdmittedCalls::Place next = *account.stops_admitted.ready.begin();
    account.stops_admitted.erase(next);
    release(engine, engine.calls.at(next.second));
    return true;
}

bool pump_pause(EngineState& engine, Account& account) {
    const auto ready =
        std::ranges::find_if(account.pauses_admitted, [&](const CallId& id) { return engine.calls.at(id).ready; });
    if (ready == account.pauses_admitted.end()) return false;
    if (!account.permits(CallClass::pause_resume, engine.now.boot)) return false;
    const CallId id = *ready;
    account.pauses_admitted.erase(ready);
    release(engine, engine.calls.at(id));
    return true;
}

bool pump_confirming(EngineState& engine, Account& account) {
    if (account.heal_looks_wanted.empty() && account.settles_wanted.empty() && account.last_looks_wanted.empty())
        return false;
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.permits(CallClass::settle, engine.now.boot)) return false;
    if (!account.heal_looks_wanted.empty()) {
        query_run(engine, engine.runs.at(account.heal_looks_wanted.begin()->second), CallClass::settle);
    } else if (!account.settles_wanted.empty()) {
        query_run(engine, engine.runs.at(account.settles_wanted.begin()->second), CallClass::settle);
    } else {
        const RunId id = *account.last_looks_wanted.begin();
        account.last_looks_wanted.erase(id);
        ask_last_look(engine, id);
    }
    return true;
}

// A look whose start could not follow in time takes a permit from one that can.
void forgo_late_looks(EngineState& engine, Account& account) {
    const Duration wait = account.limiter.earliest(CallClass::start, engine.now.boot, 1) - engine.now.boot;
    while (!account.looks_wanted.empty()) {
        const std::string task_key = account.looks_wanted.begin()->second;
        Look& look = engine.baselines.at(task_key);
        if (engine.now.wall + wait <= look.wanted_until) return;
        unqueue_look(engine, task_key, look);
        look.wanted_since.reset();
        engine.baselines.look_at(
            task_key,
            engine.now.boot + std::max(look.wanted_until - engine.now.wall, Duration::zero()) + kFirstQueryWait);
    }
}

bool pump_look(EngineState& engine, Account& account) {
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.permits(CallClass::settle, engine.now.boot)) return false;
    const std::string task_key = account.looks_wanted.begin()->second;
    unqueue_look(engine, task_key, engine.baselines.at(task_key));
    ask_look(engine, task_key);
    return true;
}

bool pump_start(EngineState& engine, Account& account) {
    if (account.starts_admitted.ready.empty()) return false;
    const AdmittedCalls::Place next = *account.starts_admitted.ready.begin();
    PendingCall& call = engine.calls.at(next.second);
    LiveRun& run = run_of(engine, next.second);
    if (const auto objection = objection_to_release(engine, run)) {
        withdraw_intent(engine, run, *objection);
        return true;
    }
    if (baseline_state(engine, run) == BaselineState::none) {  // it has waited behind stops until that was too old
        withdraw_intent(engine, run, Reason::none);
        return true;
    }
    if (account.in_flight >= kCallsInFlightMax) return false;
    if (!account.permits(CallClass::start, engine.now.boot)) return false;
    account.starts_admitted.erase(next);
    release(engine, call);
    plan_run(engine, run);
    return true;
}

// A start takes up to three requests: its task is made, its task is looked at, it is started. The earliest start goes
// first with whatever it needs next; of those that are due together, the one that has come furthest. Were all of them
// looked at before one is started, a herd would use up its grace and the permits of starts that were due before it.
bool pump_coming_start(EngineState& engine, Account& account) {
    admit_starts(engine, account);
    forgo_late_looks(engine, account);
    std::optional<WallTime> first;
    const auto is_first = [&first](const auto& waiting) {
        if (waiting.empty() || (first && *first <= waiting.begin()->first)) return false;
        first = waiting.begin()->first;
        return true;
    };
    auto pump_one = &pump_start;
    is_first(account.starts_admitted.all);
    if (may_consume(engine)) is_first(account.starts_wanted);
    if (is_first(account.looks_wanted)) pump_one = &pump_look;
    if (may_consume(engine) && is_first(account.tasks_wanted)) pump_one = &pump_prepare;
    return pump_one(engine, account);
}

bool pump_poll(EngineState& engine, Account& account) {
    if (account.polls_wanted.empty() || account.in_flight >= kCallsInFlightMax) return false;
    // A start that waits for a permit or for its commit goes before routine polls.
    if (!account.heal_looks_wanted.empty() || !account.settles_wanted.empty() || !account.last_looks_wanted.empty() ||
        !account.looks_wanted.empty() || !account.starts_admitted.all.empty() ||
        (!account.tasks_wanted.empty() && may_consume(engine)))
        return false;
    if (!account.permits(CallClass::poll, engine.now.boot)) return false;
    poll_batch(engine, engine.runs.at(account.polls_wanted.begin()->second), account);
    return true;
}

// A query of a task that the config names. Where there are only templates: the search for a task that no run has.
std::optional<CallSpec> harmless_call(const EngineState& engine, const Account& account) {
    std::optional<CallSpec> search;
    for (const auto& [name, job] : engine.config->jobs) {
        if (job->provider->account != account.name) continue;
        if (!job->task.is_from_template()) return spec_of(job->provider, Action::query, job->task);
        if (search) continue;
        search = spec_of(job->provider, Action::prepare, job->task);
        search->parameters_json = job->task.prepare_json;
        search->finds = true;
        search->placeholders = {{"run", "none"}, {"job", name}, {"provider", job->provider->name}, {"task_id", ""}};
    }
    return search;
}

// A closed account gets one request whenever its plan says so: its owed stops in turn, else a query.
bool pump_probe(EngineState& engine, Account& account) {
    for (const auto& [deadline, id] : account.stops_admitted.all) {
        PendingCall& call = engine.calls.at(id);
        if (!call.ready || !account.limiter.permits(CallClass::stop, engine.now.boot)) {
            account.wake_by(account.limiter.earliest(CallClass::stop, engine.now.boot), engine.now.boot);
            return false;
        }
        account.stops_admitted.erase({deadline, id});
        release(engine, call);
        return true;
    }
    if (engine.now.boot < account.probes.next()) return false;
    if (!account.permits(CallClass::settle, engine.now.boot)) return false;
    account.probes.probe(engine.now.boot, engine.random);
    const bool is_skew_retry = std::exchange(account.probe_skew_retry, false);
    LiveRun* longest_waiting = nullptr;
    LiveRun* any = nullptr;
    for (const auto& id : account.runs) {
        LiveRun& run = engine.runs.at(id);
        if (!run.asking.call && run.row.state != RunState::starting) any = &run;
        if (!may_send_stop(engine, run)) continue;
        if (longest_waiting == nullptr || run.stop.last_sent() < longest_waiting->stop.last_sent())
            longest_waiting = &run;
    }
    if (longest_waiting != nullptr) {
        longest_waiting->stop.retry_with_new_time(is_skew_retry);
        admit_stop(engine, *longest_waiting, account);
        return false;  // sent as soon as its intent is durable
    }
    if (any != nullptr) {
        any->asking.skew_retry |= is_skew_retry;
        query_run(engine, *any, CallClass::settle);
        return true;
    }
    if (auto spec = harmless_call(engine, account)) {
        PendingCall& call = make_call(engine, std::move(*spec), CallClass::settle, ForProbe{});
        call.is_skew_retry = is_skew_retry;
        release(engine, call);
        return true;
    }
    return false;
}

}  // namespace

void pump(EngineState& engine, Account& account) {
    account.wake.reset();
    if (account.closed) leave_closed(engine, account);
    if (account.closed) {
        while (pump_probe(engine, account)) {}
        account.wake_by(account.probes.next(), engine.now.boot);
    } else {
        bool progress = true;
        while (progress) {
            account.stops_blocked = false;
            admit_stops(engine, account);
            progress = pump_stop(engine, account);
            if (progress || account.stops_blocked) continue;
            progress = pump_foreign_stop(engine, account) || pump_pause(engine, account) ||
                       pump_confirming(engine, account) || pump_coming_start(engine, account) ||
                       pump_poll(engine, account) || pump_watch(engine, account);
        }
    }
    engine.accounts.look_at(account.name, account.wake);
}

}  // namespace taktd
