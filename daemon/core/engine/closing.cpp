// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/closing.hpp"

#include <utility>

#include "daemon/core/engine/accounts.hpp"
#include "daemon/core/engine/calls.hpp"
#include "daemon/core/engine/healing.hpp"
#include "daemon/core/engine/key_change.hpp"
#include "daemon/core/engine/runs.hpp"
#include "daemon/core/engine/skipping.hpp"

namespace taktd {

void close_account(EngineState& engine, Account& account) {
    const bool was_closed = std::exchange(account.closed, true);
    if (!was_closed) account.probes.close(engine.now.boot, engine.random);
    account.probes.note_refusal(engine.now.boot);
    if (was_closed) return;
    const auto starts = account.starts_admitted.all;
    for (const auto& [due, id] : starts) withdraw_intent(engine, run_of(engine, id), Reason::none);
    const auto stops = account.stops_admitted.all;
    for (const auto& [deadline, id] : stops) {
        LiveRun& run = run_of(engine, id);
        account.stops_admitted.erase({deadline, id});
        withdraw_call(engine, id);
        run.stop.end_call();
    }
    const auto foreign_stops = account.foreign_stops.all;
    for (const auto& [since, id] : foreign_stops) {
        WatchedTask& task = engine.foreign.at(std::get<ForForeignStop>(engine.calls.at(id).purpose).task_key);
        account.foreign_stops.erase({since, id});
        withdraw_call(engine, id);
        task.stop_call.reset();
    }
    account.stops_wanted.clear();
    account.heal_looks_wanted.clear();
    account.settles_wanted.clear();
    account.polls_wanted.clear();
    for (const auto& id : account.runs) {
        LiveRun& run = engine.runs.at(id);
        run.asking.queued.reset();
        run.stop.forgo_new_time();  // `at once` is over
        run.asking.skew_retry = false;
        end_healing(engine, run, "the provider refuses our credentials");
    }
    for (const auto& [id, run] : engine.runs) {
        if (run.row.state == RunState::due) engine.runs.look_at(id, engine.now.wall);
    }
}

void reopen_account(EngineState& engine, Account& account) {
    if (!account.closed) return;
    account.closed = false;
    account.probes.reopen(engine.now.boot);
    for (const auto& id : account.runs) {
        LiveRun& run = engine.runs.at(id);
        run.stop.at_once(engine.now.boot);
        if (!run.asking.call && run.row.state != RunState::starting) run.asking.next = engine.now.boot;
        engine.runs.look_at(id, engine.now.boot);
    }
}

void leave_closed(EngineState& engine, Account& account) {
    const std::set<RunId> owing = account.runs;
    for (const auto& id : owing) leave_account(engine, engine.runs.at(id));
}

}  // namespace taktd
