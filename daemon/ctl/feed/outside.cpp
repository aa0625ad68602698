// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/feed/outside.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/signalfd.h>

#include <poll.h>
#include <unistd.h>

#include "daemon/ctl/answer.hpp"

namespace taktd::ctl {
namespace {

constexpr int kSignalExit = 128;  // what shells add to a signal's number

sigset_t ending_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

int milliseconds_to(Outside::Clock::time_point until) {
    constexpr auto kLongest = std::chrono::milliseconds{60'000};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Outside::Clock::now());
    return static_cast<int>(std::clamp(left, std::chrono::milliseconds{0}, kLongest).count());
}

}  // namespace

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

Outside::Outside() {
    const sigset_t ending = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &ending, &mask_before_);
    signals_ = ::signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals_ < 0) throw std::runtime_error{"signals cannot be waited for"};
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignored, &pipe_before_);
}

Outside::~Outside() {
    ::close(signals_);
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

Outside::Woken Outside::wait(int fd, Clock::time_point until) { return wait_for(fd, POLLIN, until); }

Outside::Woken Outside::wait_for(int fd, short events, Clock::time_point until) {
    for (;;) {
        // A pipe whose reader is gone says so by an error, whatever is asked of it.
        pollfd asked[] = {{signals_, POLLIN, 0}, {STDOUT_FILENO, 0, 0}, {fd, events, 0}};
        const int count = ::poll(asked, std::size(asked), milliseconds_to(until));
        if (count < 0 && errno != EINTR) throw std::runtime_error{"nothing can be waited for"};
        if (count > 0) {
            signalfd_siginfo info{};
            if (asked[0].revents != 0 && ::read(signals_, &info, sizeof info) == sizeof info) {
                caught_ = static_cast<int>(info.ssi_signo);
                return Woken::interrupted;
            }
            if ((asked[1].revents & (POLLERR | POLLHUP)) != 0) return Woken::reader_gone;
            if (asked[2].revents != 0) return Woken::ready;
        }
        if (Clock::now() >= until) return Woken::time;
    }
}

// A pipe that can be written takes PIPE_BUF bytes at once, so that no write keeps us from hearing a signal.
Outside::Woken Outside::write(std::string_view text) {
    while (!text.empty()) {
        const Woken woken = wait_for(STDOUT_FILENO, POLLOUT, Clock::now() + std::chrono::hours{1});
        if (woken == Woken::time) continue;
        if (woken != Woken::ready) return woken;
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (written < 0 && errno == EPIPE) return Woken::reader_gone;
        if (written < 0) throw std::runtime_error{"cannot write the output: " + std::string{std::strerror(errno)}};
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return Woken::ready;
}

void Outside::note(std::string_view text) { write_all(STDERR_FILENO, failure(std::string{text}).err); }

int Outside::exit_of_signal() const { return caught_ == 0 ? 0 : kSignalExit + caught_; }

}  // namespace taktd::ctl
