// SPDX-License-Identifier: Apache-2.0
// An operator's commands on the store of a dead daemon, carried out by the engine as a living one would; nothing is
// sent.
#pragma once

#include <string>

#include "daemon/app/store_refusal.hpp"
#include "daemon/core/base/result.hpp"
#include "daemon/core/engine/events.hpp"

namespace taktd {

struct OfflineStore {
    std::string path;
    std::string actor;  ///< on whose behalf it is written
};

/// An operator takes an obligation over: nobody stops the run any more, and the store says who decided so and why. The
/// run as it was left, durable.
Result<RunRow, StoreRefusal> discharge_offline(const OfflineStore& store, const DischargeRun& command);

/// Engages a hold, or releases the one of that scope. The holds that are engaged then, durable.
Result<std::vector<HoldRow>, StoreRefusal> set_hold_offline(const OfflineStore& store, const SetHold& command);

/// Takes the time back in a store whose clock was once ahead (core/clock_correction.hpp). What is owed stays owed. The
/// instant from which schedules count now, durable.
Result<WallTime, StoreRefusal> correct_clock_offline(const OfflineStore& store, const std::string& reason);

}  // namespace taktd
