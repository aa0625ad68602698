// SPDX-License-Identifier: Apache-2.0
// The engine's state as people are shown it. None of it walks over the live runs.
#pragma once

#include <vector>

#include "daemon/core/engine/state.hpp"
#include "daemon/core/model/status.hpp"

namespace taktd {

EngineStatus status_of(const EngineState& engine);
/// The schedules' next starts, in order of time, `count` of them at most.
std::vector<NextStart> next_starts_of(const EngineState& engine, std::size_t count);
/// As of `now`, which is not before the last step's.
AccountStatus status_of(const Account& account, Now now);
StopStatus status_of(const StopPursuit& pursuit, Now now);

}  // namespace taktd
