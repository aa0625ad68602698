// What a config would do in a stretch of time: its windows in order of their starts, each with the policy that would
// skip it and what an operator should know. Pure; it supposes that nothing runs at the beginning and that every run
// lasts until its stop.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/job.hpp"

namespace taktd::ctl {

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
};

struct Plan {
    std::vector<PlannedWindow> windows;
    std::optional<WallTime> cut_at;  ///< windows from here on are left out: there are too many
};

/// Windows of other jobs count (they take tasks and permits), even where only one job is asked for.
inline constexpr std::size_t kReckonedMax = 100'000;

Plan make_plan(const Config& config, const PlanRequest& request, const ZonePtr& default_zone);

/// The job's next windows at or after `from`, by its schedule alone.
std::vector<PlannedWindow> next_windows(const JobPtr& job, WallTime from, std::size_t count,
                                        const ZonePtr& default_zone);

}  // namespace taktd::ctl
