// SPDX-License-Identifier: Apache-2.0
// What runs in a scope now, as people are shown it before they are asked whether it is to end.
#pragma once

#include <string>

#include "daemon/ctl/commands/daemon_client.hpp"

namespace taktd::ctl {

/// One of them, or none: everything.
struct LiveScope {
    std::string provider{}, job{}, label{};
};

/// A table; empty: nothing runs there.
Result<std::string, Answer> live_runs_in(const Options& options, const LiveScope& scope, const Context& context);

}  // namespace taktd::ctl
