// SPDX-License-Identifier: Apache-2.0
// CLI11 reads the command line; only this file sees it.
#include "daemon/app/arguments.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "daemon/version.hpp"

namespace taktd {

std::variant<DaemonOptions, int> parse_arguments(int argc, const char* const* argv) {
    constexpr int kUsage = 2;
    DaemonOptions options;
    CLI::App app{
        "taktd starts and stops scheduled tasks at their providers: whatever it may have started, it stops.\n"
        "SIGHUP reads the config again; SIGTERM ends the daemon and leaves live runs to its next start."};
    app.name("taktd");
    app.set_version_flag("--version", std::string{"taktd "} + kTaktdVersion);
    app.add_option("--config", options.config_path, "the config file")->capture_default_str();
    app.add_option("--log-level", options.log_level, "debug, info, warning or error (info)")
        ->transform(CLI::CheckedTransformer(std::map<std::string, log::Level>{{"debug", log::Level::debug},
                                                                              {"info", log::Level::info},
                                                                              {"warning", log::Level::warning},
                                                                              {"error", log::Level::error}})
                        .description("LEVEL"));
    app.add_option("--log-format", options.log_format, "text or json (text)")
        ->transform(CLI::CheckedTransformer(
                        std::map<std::string, log::Format>{{"text", log::Format::text}, {"json", log::Format::json}})
                        .description("FORMAT"));
    app.add_flag("--stop-all-on-exit", options.stop_all_on_exit,
                 "at SIGTERM stop every live run first; a second SIGTERM ends the wait");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e, std::cout, std::cerr) == 0 ? 0 : kUsage;
    }
    return options;
}

}  // namespace taktd
