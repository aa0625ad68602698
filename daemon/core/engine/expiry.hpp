// SPDX-License-Identifier: Apache-2.0
// What operators asked for until an instant ends by itself: its rows say so, and whoever follows them hears of it.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Holds and disablements whose time is over.
void expire(EngineState& engine);
/// When the next one is.
std::optional<WallTime> next_expiry(const EngineState& engine);

}  // namespace taktd
