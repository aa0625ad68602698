// An operator takes an obligation over: nobody stops the run any more, and the store says who decided so and why. On
// the store of a dead daemon, through the engine; nothing is sent.
#pragma once

#include <string>

#include "daemon/core/result.hpp"
#include "daemon/core/rows.hpp"

namespace taktd {

struct DischargeOptions {
    std::string store_path;
    RunId run;
    std::string actor, reason;
};

struct DischargeRefusal {
    bool is_held = false;  ///< a living daemon has the store
    std::string why;
};

/// The run as it was left, durable.
Result<RunRow, DischargeRefusal> discharge_run(const DischargeOptions& options);

}  // namespace taktd
