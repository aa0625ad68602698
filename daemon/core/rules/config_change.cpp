// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/config_change.hpp"

#include <tuple>

namespace taktd {
namespace {

/// Any instant serves: whatever ends a window is reckoned from its start.
constexpr WallTime kSample = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

auto policies_of(const Job& job) {
    return std::tie(job.task_key, job.task, job.heal_within, job.max_duration, job.start_grace, job.min_window,
                    job.misfire, job.overlap, job.retry, job.enabled, job.on_removal);
}

auto words_of(const Job& job) { return std::tie(job.description, job.owner, job.runbook, job.labels); }

bool are_equal(const Job& a, const Job& b) {
    if (&a == &b) return true;
    return *a.provider == *b.provider && policies_of(a) == policies_of(b) && words_of(a) == words_of(b) &&
           a.schedule.fingerprint() == b.schedule.fingerprint() && a.stop.index() == b.stop.index() &&
           window_of(a, kSample) == window_of(b, kSample);
}

}  // namespace

ConfigChange change_between(const Config& before, const Config& after) {
    ConfigChange change;
    for (const auto& [name, job] : before.jobs) {
        const auto now = after.jobs.find(name);
        if (now == after.jobs.end()) {
            change.removed.push_back(name);
        } else if (!are_equal(*job, *now->second)) {
            change.changed.push_back(name);
        }
    }
    for (const auto& [name, job] : after.jobs) {
        if (!before.jobs.contains(name)) change.added.push_back(name);
    }
    return change;
}

}  // namespace taktd
