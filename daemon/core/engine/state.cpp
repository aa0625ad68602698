// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/state.hpp"

#include "daemon/core/base/check.hpp"

namespace taktd {
namespace {

void check_run(const EngineState& engine, const RunId& id, const LiveRun& run) {
    const RunRow& row = run.row;
    const RunId* owner = engine.tasks.owner(row.task_key);
    if (owes_stop(row.state)) {
        TAKTD_CHECK(owner != nullptr && *owner == id, "R9: a run that owes a stop owns its task");
        const Account* account = engine.accounts.find(row.plan.provider->account);
        TAKTD_CHECK(account != nullptr && account->runs.contains(id), "R4: a run that owes a stop is its account's");
    } else {
        TAKTD_CHECK(owner == nullptr || *owner != id, "R9: what owes no stop owns no task");
        TAKTD_CHECK(engine.tasks.waiting(row.task_key).contains(id), "a run of `due` waits for its task");
    }
    TAKTD_CHECK(run.start.call.has_value() == (row.state == RunState::starting),
                "R1: its start is pending in `starting`");
    for (const auto& call : {run.start.call, run.stop.call(), run.asking.call, run.pause.call, run.making.call})
        TAKTD_CHECK(!call || engine.calls.find(*call) != nullptr, "a call that a run waits for is pending");
    TAKTD_CHECK(row.state == RunState::stopping || !run.stop.call(), "R10: a stop is sent in `stopping` only");
}

template <class Queue>
void check_queue(const EngineState& engine, const Queue& queue) {
    for (const auto& [place, id] : queue)
        TAKTD_CHECK(engine.runs.contains(id), "what waits for a permit is a live run");
}

void check_account(const EngineState& engine, const Account& account) {
    for (const auto& id : account.runs) TAKTD_CHECK(engine.runs.contains(id), "R4: an account's runs are live");
    check_queue(engine, account.stops_wanted);
    check_queue(engine, account.starts_wanted);
    check_queue(engine, account.tasks_wanted);
    check_queue(engine, account.heal_looks_wanted);
    check_queue(engine, account.settles_wanted);
    check_queue(engine, account.polls_wanted);
    for (const AdmittedCalls* admitted : {&account.stops_admitted, &account.starts_admitted, &account.foreign_stops})
        for (const auto& [due, id] : admitted->all)
            TAKTD_CHECK(engine.calls.is_unreleased(id), "what is admitted has not left");
    for (const auto& id : account.pauses_admitted)
        TAKTD_CHECK(engine.calls.is_unreleased(id), "what is admitted has not left");
    for (const auto& [due, task_key] : account.looks_wanted) {
        const Look* look = engine.baselines.find(task_key);
        TAKTD_CHECK(look != nullptr && look->is_queued && look->due == due, "a baseline that waits is wanted");
    }
}

}  // namespace

void EngineState::assert_invariants() const {
    journal.assert_invariants();
    tasks.assert_invariants();
    calls.assert_invariants();
    runs.assert_invariants();
    accounts.assert_invariants();
    for (const auto& [id, run] : runs) check_run(*this, id, run);
    for (const auto& [name, account] : accounts) {
        check_account(*this, account);
        TAKTD_CHECK(account.in_flight == calls.in_flight(name), "R7: requests in flight are counted, stops apart");
    }
}

bool may_consume(const EngineState& engine) {
    return engine.gate.accepts_starts(engine.now.wall) && engine.journal.has_room();
}

}  // namespace taktd
