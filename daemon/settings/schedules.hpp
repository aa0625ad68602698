// `start` and `stop` as rules, and what can be said of them before any of them fires.
#pragma once

#include <optional>

#include "daemon/settings/zones.hpp"

namespace taktd {

/// One start rule or a list of them; nothing after a report.
std::optional<Schedule> read_start(const Field& field, const ZonePtr& zone, Zones& zones, Findings& findings);

/// `after` or `at` of a `stop` section; the caller reads the section's other keys.
std::optional<StopRule> read_stop_rule(Section& stop, const Field& field, const ZonePtr& zone, Findings& findings);

/// A stop that never comes after its start is an error.
void check_stop_against_start(const Schedule& schedule, const StopRule& stop, Position at, Findings& findings);

/// True if the schedule can start the same task more than once.
bool is_recurring(const Schedule& schedule);

/// The shortest time between two starts among the next ones after a fixed instant (the loader has no clock); nothing if
/// there are fewer than two.
std::optional<Duration> shortest_period(const Schedule& schedule);

}  // namespace taktd
