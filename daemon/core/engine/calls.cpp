// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/calls.hpp"

#include <utility>

#include "daemon/core/engine/runs.hpp"

namespace taktd {

PendingCall& make_call(EngineState& engine, CallSpec spec, CallClass call_class, Purpose purpose) {
    const CallId id{engine.uuids.next(engine.now.wall)};
    return engine.calls.make(id, std::move(spec), call_class, std::move(purpose), engine.now, engine.boot_id);
}

void make_ready(EngineState& engine, PendingCall& call) {
    call.ready = true;
    if (call.released) return;  // a stop that could not wait for its commit
    Account& account = engine.accounts.at(call.row.account);
    if (call.row.action == Action::start) account.starts_admitted.ready.emplace(call.due, call.row.id);
    if (call.call_class == CallClass::stop) {
        const bool is_foreign = std::holds_alternative<ForForeignStop>(call.purpose);
        AdmittedCalls& stops = is_foreign ? account.foreign_stops : account.stops_admitted;
        stops.ready.emplace(call.due, call.row.id);
    }
    engine.accounts.mark(account.name);
}

void release(EngineState& engine, PendingCall& call) {
    Account& account = engine.accounts.at(call.row.account);
    account.limiter.charge(engine.now.boot);
    if (call.call_class != CallClass::stop) ++account.in_flight;
    engine.effects.sends.push_back(engine.calls.release(call, account.skew, engine.now));
    const auto* owner = std::get_if<ForRun>(&call.purpose);
    if (call.row.action != Action::stop || owner == nullptr) return;
    if (LiveRun* run = find_live(engine, owner->run)) run->stop.leave(engine.now.boot);
}

void withdraw_call(EngineState& engine, const CallId& id) {
    engine.journal.write(engine.calls.withdraw(id, engine.now));
}

CallSpec spec_of(const ProviderPtr& provider, Action action, const TaskSpec& task) {
    CallSpec spec;
    spec.action = action;
    spec.provider = provider;
    spec.task_ids = {task.task_id};
    spec.parameters_json = task.start_json;
    return spec;
}

CallSpec spec_of(const RunRow& run, Action action) {
    CallSpec spec = spec_of(run.plan.provider, action, run.plan.task);
    spec.run = run.id;
    spec.vendor_run_id = run.vendor_run_id;
    if (action == Action::stop) spec.conclusion = run.plan.conclusion;
    return spec;
}

Placeholders start_placeholders(const RunRow& row) {
    return {{"run", row.id.text()}, {"job", row.job}, {"provider", row.provider}, {"task_id", row.plan.task.task_id}};
}

std::string problem_of(const CallResult& result) {
    return result.vendor_code.empty() ? result.vendor_message : result.vendor_code + ": " + result.vendor_message;
}

}  // namespace taktd
