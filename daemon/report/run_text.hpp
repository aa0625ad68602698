// SPDX-License-Identifier: Apache-2.0
// How taktctl speaks of runs: the end of an id, the colour of a state.
#pragma once

#include <string>

#include "daemon/core/model/rows.hpp"
#include "daemon/report/table.hpp"

namespace taktd::report {

/// The last 8 characters, which `taktctl show` takes.
std::string short_id(const RunId& id);

/// `02:00:03.250` on the local day of `day`, with its date and offset on any other; rounded to milliseconds.
std::string short_text(WallTime t, WallTime day, const Zone& zone);
/// `idle, token 12, asked at 01:59:51`
std::string baseline_text(const Baseline& baseline, WallTime day, const Zone& zone);

Colour colour_of(RunState state);
Colour colour_of(Outcome outcome);

/// What is to be said of a drill in a list: that it has left faults behind, or waits for a person.
Cell drill_of(const RunRow& run);

}  // namespace taktd::report
