// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/ended_runs.hpp"

#include <utility>

namespace taktd {

void EndedRuns::remember(const RunRow& ended) {
    by_task_.erase(ended.task_key);
    by_task_.add(ended.task_key, ended);
}

std::optional<RunRow> EndedRuns::take_last(const std::string& task_key) {
    RunRow* last = by_task_.find(task_key);
    if (last == nullptr) return std::nullopt;
    std::optional<RunRow> taken{std::move(*last)};
    by_task_.erase(task_key);
    return taken;
}

LastLook& EndedRuns::expect(const RunRow& ended, WallTime due, BootTime at) {
    LastLook& look = looks_.add(ended.id);
    look.ended = ended;
    look.due = due;
    looks_.look_at(ended.id, at);
    return look;
}

}  // namespace taktd
