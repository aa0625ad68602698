// SPDX-License-Identifier: Apache-2.0
// When a run should end, whether that instant has come, and when its stop is overdue: one rule each, for the engine,
// for whoever stops runs without a daemon, and for whoever tells people.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/model/rows.hpp"

namespace taktd {

/// Beyond its end, the provider's timeout, settle and poll interval, a stop has that long before it is overdue.
inline constexpr Duration kOverdueAllowance = std::chrono::seconds{30};

/// The end that was planned: the earlier of the stop and the ceiling.
WallTime end_of(const RunRow& run);

/// Why a run should end by now: `schedule`, `max_duration`, or not yet. On the wall clock and on the boot clock of the
/// intent, whichever comes first (R5).
std::optional<Reason> end_due(const RunRow& run, Now now, const std::string& boot_id);

/// In another boot than that of the intent only the wall clock counts. If it stands before the newest thing that the
/// store knows of the run, it has gone back, and nobody knows for how long the run has been running.
bool has_lost_its_time(const RunRow& run, WallTime newest_row, Now now, const std::string& boot_id);

/// Whether a process that begins now would stop the run at once.
bool is_stop_due(const RunRow& run, WallTime newest_row, Now now, const std::string& boot_id);

/// Since when, or from when on, the run should be ending. One that is being stopped should be by now, whatever was
/// planned: an operator or a config wanted it earlier.
WallTime should_end_at(const RunRow& run);

/// Once this has passed the stop is overdue.
WallTime overdue_from(const RunRow& run);
bool is_overdue(const RunRow& run, WallTime now);

}  // namespace taktd
