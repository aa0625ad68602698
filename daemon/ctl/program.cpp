// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/program.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sys/ioctl.h>

#include <unistd.h>

#include "daemon/ctl/arguments.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/feed/outside.hpp"
#include "daemon/ctl/local_zone.hpp"
#include "daemon/log/log.hpp"
#include "daemon/net/clock.hpp"

namespace taktd::ctl {
namespace {

bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    const bool is_dumb = terminal != nullptr && std::string_view{terminal} == "dumb";
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') && !is_dumb;
}

/// What the terminal says, or COLUMNS does; none if stdout is no terminal.
std::optional<std::size_t> terminal_width() {
    if (::isatty(STDOUT_FILENO) != 1) return std::nullopt;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char* columns = std::getenv("COLUMNS");
    const long written = columns != nullptr ? std::strtol(columns, nullptr, 10) : 0;
    return written > 0 ? std::optional{static_cast<std::size_t>(written)} : std::nullopt;
}

Answer answer_to(const Options& options) {
    try {
        const Context context{
            .now = read_clocks().wall, .zone = local_zone(), .colour = wants_colour(), .width = terminal_width()};
        return run_command(options, context);
    } catch (const std::exception& error) {
        return failure(error.what());
    }
}

}  // namespace

int run_program(int argc, const char* const* argv) {
    auto parsed = parse_arguments(argc, argv);
    const auto* options = std::get_if<Options>(&parsed);
    const Answer answer = options != nullptr ? answer_to(*options) : std::get<Answer>(std::move(parsed));
    log::flush();  // its lines come before the answer
    write_all(STDERR_FILENO, answer.err);
    const int error = write_all(STDOUT_FILENO, answer.out);
    if (error == 0) return answer.exit_code;
    // Whoever read from us has seen enough; there is nobody to tell.
    if (error != EPIPE)
        write_all(STDERR_FILENO, std::string{"taktctl: cannot write the output: "} + std::strerror(error) + "\n");
    return kFailed;
}

}  // namespace taktd::ctl
