// SPDX-License-Identifier: Apache-2.0
// Commands that stay until a run has ended: `start --wait`, `stop --wait`, `show --follow`.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"

namespace taktd::ctl {

struct Wait {
    enum class For { start, stop, show };
    For what = For::start;
    bool is_left_when_interrupted = true;  ///< else the run is stopped by the first signal, and left by the second
    std::optional<Duration> timeout{};
    std::string begun{};                                                ///< what is true at first, told before all else
    std::function<std::string(const json::object& said)> tell_whole{};  ///< tells what the API answers of the run
};

/// An exit status that says what became of the run; the transitions are told as they come.
Answer wait_for_run(const Options& options, const Context& context, const json::object& run, const Wait& wait);
/// How long --timeout is; empty text: for ever.
Result<std::optional<Duration>, Answer> read_timeout(const std::string& text);

}  // namespace taktd::ctl
