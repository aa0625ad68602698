// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/reviving.hpp"

#include "daemon/core/engine/ended.hpp"
#include "daemon/core/engine/stopping.hpp"

namespace taktd {

bool is_revived(EngineState& engine, const std::string& task_key, const Observation& seen) {
    if (seen.activity() != Activity::active) return false;
    const RunRow* found = engine.ended.last_of(task_key);
    if (found == nullptr) return false;
    const RunRow ended = *found;
    if (seen.token) return revive_if_ours(engine, ended, seen);
    if (const LastLook* look = engine.ended.find(ended.id)) {
        if (!look->query) engine.ended.look_at(ended.id, engine.now.boot);
    } else {
        engine.journal.write(LastLookRow{ended.id, engine.now.wall});
        expect_last_look(engine, ended, engine.now.wall);
    }
    return false;
}

bool revive_if_ours(EngineState& engine, const RunRow& ended, const Observation& seen) {
    if (seen.activity() != Activity::active || seen.token != ended.vendor_run_id) return false;
    if (engine.tasks.is_owned(ended.task_key)) return false;
    const RunId id{engine.uuids.next(engine.now.wall)};
    LiveRun& run = engine.runs.add(id, ended.job);
    run.row = ended;
    run.row.id = id;
    run.row.occurrence.reset();
    run.row.request_key.reset();
    run.row.origin = Origin::revived;
    run.row.remote_state = seen.remote;
    run.row.seen_active = true;
    run.row.boot_id = engine.boot_id;
    run.row.stop_due_boot = run.row.max_end_boot = engine.now.boot;
    run.row.created = engine.now.wall;
    run.known_since = run.start.ended = engine.now.boot;
    if (auto* job = engine.jobs.find(ended.job)) run.job = job->job;
    enter_stopping(
        engine, run,
        {Reason::revived, "taktd", "run " + ended.id.text() + " had been seen to end, and its task runs again"});
    return true;
}

}  // namespace taktd
