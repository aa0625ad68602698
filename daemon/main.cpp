// SPDX-License-Identifier: Apache-2.0
// taktd: arguments -> daemon -> exit code (0 done, 1 refused or failed, 2 usage). What happens in between is
// app/daemon.hpp.
#include <cstdlib>

#include "daemon/app/arguments.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/process.hpp"
#include "daemon/log/standard_streams.hpp"

int main(int argc, char** argv) {
    taktd::log::occupy_standard_streams();
    taktd::hold_back_signals();
    taktd::harden_process();
    auto parsed = taktd::parse_arguments(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    auto& options = std::get<taktd::DaemonOptions>(parsed);
    taktd::log::setup(
        {.level = options.log_level, .format = options.log_format, .journal = taktd::log::stderr_is_journal()});
    int code = EXIT_FAILURE;
    try {
        taktd::Daemon daemon{std::move(options)};
        code = daemon.run();
    } catch (const std::exception& e) {
        taktd::log::error("taktd cannot run", {{"cause", e.what()}});
    }
    taktd::log::flush();
    return code;
}
