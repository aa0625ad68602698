// SPDX-License-Identifier: Apache-2.0
// What a config will do in a stretch of time: its windows in order of their starts, each with the policy that will skip
// it and what an operator should know. Pure; the daemon's own engine does the reckoning
// (daemon/core/forecast/forecast).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/forecast/forecast.hpp"

namespace taktd::report {

struct PlannedWindow {
    JobPtr job;
    Window window;
    ZonePtr zone;  ///< of the rule that names the start; the config's for a one-shot
    Reason skip = Reason::none;
    std::vector<std::string> notes;
};

struct PlanRequest {
    WallTime from, until;  ///< windows that start in [from, until)
    std::string job;       ///< only this one's are shown; empty: every job's
    std::size_t windows_max = 10'000;
    /// What a store held at `past_at`: live runs, holds, what is disabled. Not used for a stretch that begins
    /// earlier.
    std::optional<Past> past{};
    WallTime past_at{};
};

struct Plan {
    std::vector<PlannedWindow> windows;
    std::optional<WallTime> cut_at;  ///< windows from here on are left out: there are too many
};

/// Windows of other jobs count (they take tasks and permits), even where only one job is asked for.
inline constexpr std::size_t kReckonedMax = 100'000;

/// What the engine would do in the stretch, the snapshot taken up as the request says.
Forecast forecast_of(const Config& config, const PlanRequest& request);

Plan make_plan(const Config& config, const PlanRequest& request, const ZonePtr& default_zone);

/// The job's next windows at or after `from`, by its schedule alone.
std::vector<PlannedWindow> next_windows(const JobPtr& job, WallTime from, std::size_t count,
                                        const ZonePtr& default_zone);

}  // namespace taktd::report
