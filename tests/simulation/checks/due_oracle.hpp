// SPDX-License-Identifier: Apache-2.0
// Says which instants a schedule names, by plain counting: minute by minute, day by day, over the pinned zones. Knows
// nothing of the core's cron, schedule or zone code, so that one misreading cannot hide in both (R8).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/core/base/time.hpp"

namespace taktd::sim {

/// One rule as its drawer meant it.
struct DueRule {
    enum class Kind : std::uint8_t { every, days, cron, once } kind = Kind::every;
    WallTime from;                           ///< every, once: the instant
    std::int64_t period_seconds = 0;         ///< every; days: a multiple of a day
    std::int64_t local_from = 0;             ///< days: seconds since 1970 on a local clock
    std::set<int> minutes, hours, weekdays;  ///< cron; no weekday: any
    bool is_fixed = false;                   ///< cron: no wildcard and no step in minutes and hours
    std::string zone = "UTC";
};
using DuePlan = std::vector<DueRule>;

/// Every instant in (after, through].
std::set<WallTime> due_between(const DuePlan& plan, WallTime after, WallTime through);

}  // namespace taktd::sim
