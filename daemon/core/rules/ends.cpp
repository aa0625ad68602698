// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/ends.hpp"

#include <algorithm>

namespace taktd {

WallTime end_of(const RunRow& run) { return std::min(run.stop_due, run.max_end); }

std::optional<Reason> end_due(const RunRow& run, Now now, const std::string& boot_id) {
    const auto passed = [&](WallTime wall, std::optional<BootTime> boot) {
        return now.wall >= wall || (boot && run.boot_id == boot_id && now.boot >= *boot);
    };
    const bool stop = passed(run.stop_due, run.stop_due_boot);
    const bool ceiling = passed(run.max_end, run.max_end_boot);
    if (ceiling && (!stop || run.max_end < run.stop_due || run.plan.ends_itself)) return Reason::max_duration;
    if (stop) return Reason::schedule;
    return std::nullopt;
}

bool has_lost_its_time(const RunRow& run, WallTime newest_row, Now now, const std::string& boot_id) {
    return run.boot_id != boot_id && now.wall < newest_row;
}

bool is_stop_due(const RunRow& run, WallTime newest_row, Now now, const std::string& boot_id) {
    if (run.obligation != Obligation::open) return false;
    return run.state == RunState::stopping || end_due(run, now, boot_id) ||
           has_lost_its_time(run, newest_row, now, boot_id);
}

WallTime should_end_at(const RunRow& run) {
    return run.state == RunState::stopping ? std::min(end_of(run), run.updated) : end_of(run);
}

WallTime overdue_from(const RunRow& run) {
    WallTime from = should_end_at(run) + kOverdueAllowance;
    if (const auto& provider = run.plan.provider)
        from += provider->timeout + provider->settle + provider->poll_interval;
    return from + run.plan.heal_within.value_or(Duration{});
}

bool is_overdue(const RunRow& run, WallTime now) {
    return run.obligation == Obligation::open && now >= overdue_from(run);
}

}  // namespace taktd
