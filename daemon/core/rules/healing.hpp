// SPDX-License-Identifier: Apache-2.0
// Where a run stands whose faults are being undone before its stop (engine/heal.cpp).
#pragma once

#include <cstdint>

#include "daemon/core/base/time.hpp"

namespace taktd {

/// While a run has one, no stop goes.
struct Healing {
    enum class Phase : std::uint8_t {
        looking,  ///< whether the guard rail rolls back
        wanted,   ///< it is to be set off
        asked     ///< it was, or may have been: its recovery actions are waited for
    };
    Phase phase = Phase::looking;
    BootTime until{};         ///< then the stop goes, whatever has come of it
    bool was_paused = false;  ///< before it was set off, so that being paused says nothing
    BootTime asked_at{};      ///< when the call ended
    int failures = 0;
};

}  // namespace taktd
