// SPDX-License-Identifier: Apache-2.0
// An occurrence that came due gets exactly one durable disposition (R8).
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A one-shot that is already past when it is first seen is a misfire, recorded once.
void record_past_one_shots(EngineState& engine, const JobState& state, WallTime known_until);
/// As many of the missed occurrences as this step may, the oldest first.
void dispose_missed(EngineState& engine, JobState& job);

}  // namespace taktd
