// An operator's commands on the store of a dead daemon, carried out by the engine as a living one would; nothing is
// sent.
#pragma once

#include <string>

#include "daemon/core/events.hpp"
#include "daemon/core/result.hpp"

namespace taktd {

struct OfflineStore {
    std::string path;
    std::string actor;  ///< on whose behalf it is written
};

struct OfflineRefusal {
    bool is_held = false;  ///< a living daemon has the store
    std::string why;
};

/// An operator takes an obligation over: nobody stops the run any more, and the store says who decided so and why. The
/// run as it was left, durable.
Result<RunRow, OfflineRefusal> discharge_offline(const OfflineStore& store, const DischargeRun& command);

/// Engages a hold, or releases the one of that scope. The holds that are engaged then, durable.
Result<std::vector<HoldRow>, OfflineRefusal> set_hold_offline(const OfflineStore& store, const SetHold& command);

}  // namespace taktd
