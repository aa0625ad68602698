// taktd: arguments -> daemon -> exit code (0 done, 1 refused or failed, 2 usage). What happens in between is
// app/daemon.hpp.
#include <cstdlib>

#include "daemon/app/arguments.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/process.hpp"

int main(int argc, char** argv) {
    auto parsed = taktd::parse_arguments(argc, argv);
    if (const int* code = std::get_if<int>(&parsed)) return *code;
    auto& options = std::get<taktd::DaemonOptions>(parsed);
    taktd::harden_process();
    taktd::log::setup(
        {.level = options.log_level, .format = options.log_format, .journal = taktd::log::stderr_is_journal()});
    try {
        taktd::Daemon daemon{std::move(options)};
        return daemon.run();
    } catch (const std::exception& e) {
        taktd::log::error("taktd cannot run", {{"cause", e.what()}});
        taktd::log::flush();
        return EXIT_FAILURE;
    }
}
