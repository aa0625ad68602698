// SPDX-License-Identifier: Apache-2.0
// Recovery: every obligation is armed again before any start is looked at (R12). Nothing is sent from here; what a call
// without an answer did is asked of the vendor.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// See the event: what the last process owed, first; then the rest of what the store knows.
void on(EngineState& engine, const Recovered& event);
void on(EngineState& engine, const Remembered& event);

}  // namespace taktd
