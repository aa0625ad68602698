// SPDX-License-Identifier: Apache-2.0
// Schedules: the next occurrence of each job, and those that were missed.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// What was disposed of while the clock was ahead does not come again.
std::optional<WallTime> next_start(const EngineState& engine, const std::string& job, const Schedule& schedule,
                                   WallTime after);
/// Usually one occurrence; after an outage or a clock step as many as passed. A year of seconds must not stall the
/// loop.
void scan_missed(EngineState& engine, JobState& job, WallTime until);
/// Occurrences that were missed and get no run of their own are told in one row.
void record_gap(EngineState& engine, JobState& job);
/// When the job is looked at again.
void plan_job(EngineState& engine, JobState& job);
/// The next occurrence of a job may be near when its run ends: only now its task can be seen as it will be found.
void look_ahead_again(EngineState& engine, const std::string& job);
/// Whether its task can be looked at before an occurrence comes due.
bool looks_ahead(const Job& job);

}  // namespace taktd
