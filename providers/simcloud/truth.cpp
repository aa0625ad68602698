// SPDX-License-Identifier: Apache-2.0
// The runs come in order of start; so do those of each task.
#include "providers/simcloud/truth.hpp"

#include <algorithm>

namespace taktd::simcloud {

namespace {

bool is_on(const TwinRun& run, WallTime at) { return run.started < at && (!run.ended || *run.ended > at); }

}  // namespace

Truth truth_of(std::vector<TwinRun> runs, const Journal& journal, const std::map<std::string, Duration>& starts_apart) {
    Truth truth;
    std::map<std::string, std::vector<const TwinRun*>> by_task;
    for (const auto& run : runs) {
        ++truth.starts;
        if (!run.ended) ++truth.still_running;
        auto& earlier = by_task[run.task_id];
        const bool overlaps = std::ranges::any_of(
            earlier, [&](const TwinRun* other) { return !other->ended || *other->ended > run.started; });
        const auto apart = starts_apart.find(run.task_id);
        const bool too_near =
            apart != starts_apart.end() && !earlier.empty() && run.started - earlier.back()->started < apart->second;
        if (overlaps || too_near) ++truth.doubled;
        earlier.push_back(&run);
    }
    for (const auto& entry : journal.entries()) {
        if (entry.call.action != Action::start || !entry.reached || entry.call.task_ids.empty()) continue;
        const auto& of_task = by_task[entry.call.task_ids.front()];
        if (std::ranges::any_of(of_task, [&](const TwinRun* run) { return is_on(*run, entry.at); }))
            ++truth.starts_while_running;
    }
    truth.runs = std::move(runs);
    return truth;
}

}  // namespace taktd::simcloud
