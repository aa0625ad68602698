// SPDX-License-Identifier: Apache-2.0
// One loop: take a line, let go of the lock, write. What was dropped is told before the next line, that is as soon as
// the write that stood still has ended.
#include "daemon/log/line_writer.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace taktd::log {

LineWriter::~LineWriter() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    has_work_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LineWriter::on_dropped(Note note) {
    const std::lock_guard lock{mutex_};
    note_ = std::move(note);
}

void LineWriter::push(Level level, std::string line) {
    {
        const std::lock_guard lock{mutex_};
        if (!queue_.push(level, std::move(line))) return;
        if (!thread_.joinable()) start();
    }
    has_work_.notify_one();
}

bool LineWriter::flush(std::chrono::milliseconds at_most) {
    std::unique_lock lock{mutex_};
    if (!queue_.empty() && !thread_.joinable()) start();
    return is_idle_.wait_for(lock, at_most, [this] { return queue_.empty() && !writing_; });
}

void LineWriter::start() {
    // A signal is for the threads that know what to do with it; SIGPIPE is told by write(2) as well.
    sigset_t all{}, before{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread{[this] { run(); }};
        ::pthread_setname_np(thread_.native_handle(), "log");
    } catch (const std::system_error&) {
        // The process may have no further thread now; the next line tries again.
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void LineWriter::run() {
    std::unique_lock lock{mutex_};
    for (;;) {
        has_work_.wait(lock, [this] { return !queue_.empty() || stopping_; });
        auto line = queue_.pop();
        if (!line) return;
        const Level level = queue_.last_level();
        const Dropped untold = queue_.dropped();
        const std::string note = queue_.has_dropped() && note_ ? note_(untold) : std::string{};
        writing_ = true;
        lock.unlock();
        const bool told = write_out(note);
        const bool written = told && write_out(*line);
        lock.lock();
        writing_ = false;
        if (told && !note.empty()) queue_.forget(untold);
        if (!written) queue_.count_lost(level);
        if (queue_.empty()) is_idle_.notify_all();
    }
}

bool LineWriter::write_out(std::string_view text) {
    if (text.empty()) return true;
    if (!begins_line_) {
        begins_line_ = true;
        if (!write_out("\n")) {
            begins_line_ = false;
            return false;
        }
    }
    const auto size = text.size();
    while (!text.empty()) {
        const auto written = ::write(fd_, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
            continue;
        }
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EAGAIN) {  // somebody else made it non-blocking
            pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
            ::poll(&ready, 1, -1);
            continue;
        }
        begins_line_ = text.size() == size;
        return false;  // nobody reads the log any more, or its disk is full
    }
    return true;
}

}  // namespace taktd::log
