// SPDX-License-Identifier: Apache-2.0
// The engine's state as people are shown it. None of it walks over the live runs.
#pragma once

#include "daemon/core/engine/state.hpp"
#include "daemon/core/model/status.hpp"

namespace taktd {

EngineStatus status_of(const EngineState& engine);
/// As of `now`, which is not before the last step's.
AccountStatus status_of(const Account& account, Now now);
StopStatus status_of(const StopPursuit& pursuit, Now now);

}  // namespace taktd
