// SPDX-License-Identifier: Apache-2.0
// A provider as the API shows it: of its config, its account as the engine has it, and what its calls came to lately.
#pragma once

#include <boost/json.hpp>

#include "daemon/control/provider_watch.hpp"
#include "daemon/core/model/status.hpp"

namespace taktd::control {

/// `facts`: null if no call to it has ended yet.
boost::json::object about_provider(const ProviderSpec& provider, const AccountStatus& account,
                                   const ProviderFacts* facts, WallTime now);

}  // namespace taktd::control
