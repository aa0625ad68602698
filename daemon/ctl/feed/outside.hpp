// SPDX-License-Identifier: Apache-2.0
// What a command that goes on has to do with: whoever reads its output, the signals that end it, and the time. It may
// wait for all of them at once; none of them can keep it when another one calls.
#pragma once

#include <chrono>
#include <csignal>
#include <string_view>

namespace taktd::ctl {

/// All of it, however little is taken at a time. 0, or errno of the write that failed.
int write_all(int fd, std::string_view text);

class Outside {
public:
    using Clock = std::chrono::steady_clock;
    enum class Woken { ready, time, interrupted, reader_gone };

    /// SIGINT and SIGTERM are told by wait() from here on, and end nothing by themselves.
    Outside();
    ~Outside();
    Outside(const Outside&) = delete;
    Outside& operator=(const Outside&) = delete;

    /// Until `fd` can be read (-1: none), that instant, a signal, or the end of whoever reads stdout.
    Woken wait(int fd, Clock::time_point until);
    /// To stdout, as fast as it is taken. `ready`: it is written; else what came before it was.
    Woken write(std::string_view text);
    /// One line for stderr that begins with the program's name.
    static void note(std::string_view text);
    /// The signal that interrupted, and the exit status that says so; 0: none has come.
    int exit_of_signal() const;

private:
    Woken wait_for(int fd, short events, Clock::time_point until);

    int signals_ = -1;
    int caught_ = 0;
    sigset_t mask_before_{};
    struct sigaction pipe_before_ {};
};

}  // namespace taktd::ctl
