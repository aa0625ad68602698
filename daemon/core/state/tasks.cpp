// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/tasks.hpp"

#include "daemon/core/base/check.hpp"

namespace taktd {

const RunId* Tasks::owner(const std::string& task_key) const {
    const auto found = owners_.find(task_key);
    return found == owners_.end() ? nullptr : &found->second;
}

void Tasks::stop_waiting(const std::string& task_key, const RunId& run) {
    const auto found = waiting_.find(task_key);
    if (found == waiting_.end()) return;
    found->second.erase(run);
    if (found->second.empty()) waiting_.erase(found);
}

const std::set<RunId>& Tasks::waiting(const std::string& task_key) const {
    static const std::set<RunId> kNone;
    const auto found = waiting_.find(task_key);
    return found == waiting_.end() ? kNone : found->second;
}

void Tasks::assert_invariants() const {
    for (const auto& [task_key, runs] : waiting_) {
        TAKTD_CHECK(!runs.empty(), "a task that nobody waits for is not listed");
        for (const auto& run : runs) {
            const auto owner = owners_.find(task_key);
            TAKTD_CHECK(owner == owners_.end() || owner->second != run, "a run does not wait for a task of its own");
        }
    }
}

}  // namespace taktd
