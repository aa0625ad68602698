// SPDX-License-Identifier: Apache-2.0
// Targets of kind `command`: a program that reads the event from its standard input. No shell, a clean environment.
// With a program named sendmail the input is a mail (RFC 5322) instead.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/net/async.hpp"
#include "daemon/notify/message.hpp"
#include "daemon/runtime/worker.hpp"

namespace taktd::notify {

struct CommandInput {
    std::string text;
    std::vector<std::string> environment;  ///< "NAME=value"
};
CommandInput input_of(const NotifyTarget& target, NoticeId id, const std::string& event, const std::string& host,
                      WallTime now);

/// Exit status 0: delivered; 75 (EX_TEMPFAIL, sysexits.h) or too late: again; any other: never.
Verdict run_command(const std::vector<std::string>& argv, const CommandInput& input, Duration timeout);

/// Runs commands off the loop, one after the other.
class CommandRunner {
public:
    Async<Verdict> run(asio::any_io_executor executor, std::vector<std::string> argv, CommandInput input,
                       Duration timeout);
    /// Waits for the one that runs.
    void end(Duration wait) { worker_.end(wait); }

private:
    Worker worker_;
};

}  // namespace taktd::notify
