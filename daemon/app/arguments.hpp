// SPDX-License-Identifier: Apache-2.0
// taktd's command line as a value.
#pragma once

#include <string>
#include <variant>

#include "daemon/log/log.hpp"

namespace taktd {

struct DaemonOptions {
    std::string config_path = "/etc/taktd/taktd.yaml";
    log::Level log_level = log::Level::info;
    log::Format log_format = log::Format::text;
    bool stop_all_on_exit = false;  ///< SIGTERM ends every live run before the daemon ends
};

/// The options, or the exit code of a command line that was answered already (0: --help, --version; 2: usage).
std::variant<DaemonOptions, int> parse_arguments(int argc, const char* const* argv);

}  // namespace taktd
