// How taktctl speaks of runs: the end of an id, the colour of a state, what is overdue.
#pragma once

#include <string>

#include "daemon/core/rows.hpp"
#include "daemon/ctl/table.hpp"

namespace taktd::ctl {

/// The last 8 characters, which `taktctl show` takes.
std::string short_id(const RunId& id);

Colour colour_of(RunState state);
Colour colour_of(Outcome outcome);

/// The run should have been stopped, and the provider's own times for that have passed, too.
bool is_overdue(const RunRow& run, WallTime now);

}  // namespace taktd::ctl
