// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/ended.hpp"

#include <algorithm>

#include "daemon/core/engine/accounts.hpp"

namespace taktd {

void remember_ended(EngineState& engine, const LiveRun& run) {
    const RunRow& row = run.row;
    engine.ended.forget(row.task_key);
    if (row.vendor_run_id.empty() || row.reason == Reason::discharged) return;
    engine.ended.remember(row);
    const WallTime end = std::min(row.stop_due, row.max_end);
    if (run.stop.was_accepted() || end <= engine.now.wall) return;
    engine.journal.write(LastLookRow{row.id, end});
    expect_last_look(engine, row, end);
}

void expect_last_look(EngineState& engine, const RunRow& ended, WallTime due) {
    BootTime at = engine.now.boot + std::max(due - engine.now.wall, Duration::zero());
    // As for the stop itself (R5): the boot clock of the intent counts as well, and in another boot a wall clock that
    // has gone back counts for nothing.
    if (ended.boot_id == engine.boot_id) {
        for (const auto& end : {ended.stop_due_boot, ended.max_end_boot})
            if (end) at = std::min(at, std::max(*end, engine.now.boot));
    } else if (engine.gate.opens_at(engine.now.wall)) {
        at = engine.now.boot;
    }
    engine.ended.expect(ended, due, at);
}

void close_last_look(EngineState& engine, const RunId& id) {
    const LastLook* look = engine.ended.find(id);
    if (look == nullptr) return;
    account_of(engine, *look->ended.plan.provider).last_looks_wanted.erase(id);
    engine.journal.write(LastLookRow{id, {}, true});
    engine.ended.close(id);
}

}  // namespace taktd
