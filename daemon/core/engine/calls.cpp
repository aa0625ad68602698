#include "daemon/core/engine/calls.hpp"

#include <utility>

#include "daemon/core/engine/runs.hpp"

namespace taktd {

PendingCall& make_call(EngineState& engine, CallSpec spec, CallClass call_class) {
    const CallId id = engine.uuids.next(engine.now.wall);
    PendingCall& call = engine.calls[id];
    call.row.id = id;
    call.row.provider = spec.provider->name;
    call.row.account = spec.provider->account;
    call.row.action = spec.action;
    call.row.intent = engine.now.wall;
    call.row.boot_id = engine.boot_id;
    call.call_class = call_class;
    call.account = spec.provider->account;
    call.row.spec = std::make_shared<const CallSpec>(std::move(spec));
    return call;
}

void write_intent(EngineState& engine, PendingCall& call) { engine.journal.write_intent(call.row); }

void make_ready(EngineState& engine, PendingCall& call) {
    call.ready = true;
    if (call.released) return;  // a stop that could not wait for its commit
    Account& account = engine.accounts.at(call.account);
    if (call.row.action == Action::start) account.starts_admitted.ready.emplace(call.due, call.row.id);
    if (call.call_class == CallClass::stop) {
        AdmittedCalls& stops = call.foreign_stop ? account.foreign_stops : account.stops_admitted;
        stops.ready.emplace(call.due, call.row.id);
    }
    engine.dirty_accounts.insert(account.name);
}

void release(EngineState& engine, PendingCall& call) {
    Account& account = engine.accounts.at(call.account);
    account.limiter.charge(engine.now.boot);
    if (call.call_class != CallClass::stop) ++account.in_flight;
    engine.commits_boot.set(call.row.id, std::nullopt);
    call.released = true;
    call.asked = engine.now.wall;
    call.asked_boot = engine.now.boot;
    call.skew = account.skew;
    if (call.row.action == Action::query) call.row.intent = engine.now.wall;
    if (call.row.action == Action::stop && call.run) {
        if (LiveRun* run = find_live(engine, *call.run)) run->last_stop_sent = engine.now.boot;
    }
    engine.effects.sends.push_back(
        {call.row.id, call.row.spec, call.call_class, call.row.spec->provider->timeout, account.skew});
}

void withdraw_call(EngineState& engine, const CallId& id) {
    const auto found = engine.calls.find(id);
    CallRow row = std::move(found->second.row);
    CallResult result;
    result.outcome = Outcome::not_sent;
    result.vendor_message = "withdrawn before it was sent";
    result.ended = engine.now.wall;
    result.ended_boot = engine.now.boot;
    row.result = std::move(result);
    engine.journal.write(std::move(row));
    engine.commits_boot.set(id, std::nullopt);
    engine.calls.erase(found);
}

CallSpec spec_of(const ProviderPtr& provider, Action action, const TaskSpec& task) {
    CallSpec spec;
    spec.action = action;
    spec.provider = provider;
    spec.task_ids = {task.task_id};
    spec.parameters_json = task.start_json;
    return spec;
}

Placeholders start_placeholders(const RunRow& row) {
    return {{"run", row.id}, {"job", row.job}, {"provider", row.provider}, {"task_id", row.plan.task.task_id}};
}

std::string problem_of(const CallResult& result) {
    return result.vendor_code.empty() ? result.vendor_message : result.vendor_code + ": " + result.vendor_message;
}

}  // namespace taktd
