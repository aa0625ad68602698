// SPDX-License-Identifier: Apache-2.0
// `start` and `stop` as rules, and what can be said of them before any of them fires.
#pragma once

#include <optional>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/settings/sections/zones.hpp"

namespace taktd {

/// `manual`: only started manually.
bool is_manual_start(const YamlNode& node);

/// One start rule or a list of them; nothing after a report.
std::optional<Schedule> read_start(const Field& field, const ZonePtr& zone, Zones& zones, Completion completion,
                                   Findings& findings);

/// One of `after`, `at`, `cron` and `when_done` of a `stop` section; the caller reads the section's other keys.
std::optional<StopRule> read_stop_rule(Section& stop, const Field& field, const ZonePtr& zone, Zones& zones,
                                       Completion completion, Findings& findings);

/// A stop that never comes after its start is an error; `zone` is the job's.
void check_stop_against_start(const Schedule& schedule, const StopRule& stop, const ZonePtr& zone, Position at,
                              Findings& findings);

/// True if the schedule can start the same task more than once.
bool is_recurring(const Schedule& schedule);

/// The next windows of a job after a fixed instant (the loader has no clock); the first of all if none are left by
/// then.
std::vector<Window> sample_windows(const Job& job);

}  // namespace taktd
