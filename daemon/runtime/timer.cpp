// SPDX-License-Identifier: Apache-2.0
// timerfd on the event loop. A wait shares ownership of its descriptor, so a timer may be closed or destroyed at any
// time.
#include "daemon/runtime/timer.hpp"

#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <system_error>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

#include "daemon/runtime/clock.hpp"

namespace taktd {
namespace {

namespace asio = boost::asio;

/// An armed timer that nobody waits for: the last instant that there is, which no clock reaches.
constexpr Duration kFarAway = Duration::max();

int checked(int fd, const char* what) {
    if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
    return fd;
}

/// Saturates: a test's clock may be centuries off.
Duration difference(Duration a, Duration b) {
    if (b < Duration{} && a > Duration::max() + b) return Duration::max();
    if (b > Duration{} && a < Duration::min() + b) return Duration::min();
    return a - b;
}

timespec to_timespec(Duration d) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(d);
    timespec t{};
    t.tv_sec = static_cast<time_t>(seconds.count());
    t.tv_nsec = static_cast<long>((d - seconds).count());
    return t;
}

/// False: it is armed, but the clock had been set since it was armed last, and no read will tell that any more
/// (ECANCELED; timerfd_create(2)).
bool set_timer(int fd, std::optional<Duration> at, int flags) {
    itimerspec spec{};  // all zero disarms
    // An instant in the past must fire at once and not disarm, hence at least one nanosecond.
    if (at) spec.it_value = to_timespec(std::max(*at, Duration{1}));
    const int result = ::timerfd_settime(fd, TFD_TIMER_ABSTIME | flags, &spec, nullptr);
    if (result < 0 && errno == ECANCELED) return false;
    checked(result, "timerfd_settime");
    return true;
}

/// Reads the expiry away. False: there was none; `clock_set` tells whether the read was cancelled by a clock that was
/// set.
bool consume_expiry(int fd, bool& clock_set) {
    std::uint64_t expirations = 0;
    const ssize_t got = ::read(fd, &expirations, sizeof expirations);
    clock_set = got < 0 && errno == ECANCELED;
    return got == static_cast<ssize_t>(sizeof expirations);
}

/// A descriptor and the handler of its readability. Lives as long as a wait is pending, so that a timer may be
/// destroyed at any moment.
class Readable : public std::enable_shared_from_this<Readable> {
public:
    Readable(asio::any_io_executor executor, int fd) : descriptor_{std::move(executor), fd} {}

    int fd() { return descriptor_.native_handle(); }
    void watch(std::function<void()> on_readable) {
        on_readable_ = std::move(on_readable);
        wait();
    }
    /// Calls `handler` soon, unless it is closed by then.
    void post(std::function<void()> handler) {
        asio::post(descriptor_.get_executor(), [self = shared_from_this(), handler = std::move(handler)] {
            if (self->open_) handler();
        });
    }
    void close() {
        open_ = false;  // the handler stays: it may be the one that closes
        boost::system::error_code ignored;
        descriptor_.close(ignored);
    }

private:
    void wait() {
        auto self = shared_from_this();
        descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [self](boost::system::error_code error) {
            if (error || !self->open_) return;
            self->on_readable_();
            if (self->open_) self->wait();
        });
    }

    asio::posix::stream_descriptor descriptor_;
    std::function<void()> on_readable_;
    bool open_ = true;
};

}  // namespace

class BootTimer::Wait final : public Readable {
    using Readable::Readable;
};

BootTimer::BootTimer(asio::any_io_executor executor, std::function<void()> on_due)
    : wait_{std::make_shared<Wait>(
          std::move(executor),
          checked(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create"))} {
    wait_->watch([this, on_due = std::move(on_due)] {
        bool clock_set = false;
        if (!consume_expiry(wait_->fd(), clock_set)) return;
        armed_.reset();
        on_due();
    });
}

BootTimer::~BootTimer() { wait_->close(); }

void BootTimer::arm(std::optional<BootTime> at) {
    if (at == armed_) return;  // most steps leave it where it is: no system call then
    armed_ = at;
    set_timer(wait_->fd(), at ? std::optional{at->time_since_epoch()} : std::nullopt, 0);
}

void BootTimer::close() { wait_->close(); }

class WallTimer::Wait final {
public:
    Wait(asio::any_io_executor executor, int fd) : timer{std::make_shared<Readable>(executor, fd)} {
        const std::string faulty = wall_fault_file();
        if (faulty.empty()) return;
        const int watch = checked(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "inotify_init1");
        fault = std::make_shared<Readable>(std::move(executor), watch);
        const auto folder = faulty.substr(0, faulty.rfind('/') + 1);
        checked(::inotify_add_watch(watch, folder.empty() ? "." : folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO),
                "inotify_add_watch");
    }
    void close() {
        timer->close();
        if (fault) fault->close();
    }

    std::shared_ptr<Readable> timer;
    std::shared_ptr<Readable> fault;  // a test's clock step, which the kernel does not announce
};

WallTimer::WallTimer(asio::any_io_executor executor, std::function<void()> on_due,
                     std::function<void(Duration)> on_clock_set)
    : wait_{std::make_shared<Wait>(
          std::move(executor),
          checked(::timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd_create"))},
      on_clock_set_{std::move(on_clock_set)} {
    const Now now = read_time();
    wall_minus_boot_ = now.wall.time_since_epoch() - now.boot.time_since_epoch();
    settle();
    wait_->timer->watch([this, on_due = std::move(on_due)] {
        bool clock_set = false;
        const bool due = consume_expiry(wait_->timer->fd(), clock_set);
        if (clock_set) return noticed_clock_set();
        if (!due) return;
        armed_.reset();
        settle();
        on_due();
    });
    if (!wait_->fault) return;
    wait_->fault->watch([this] {
        std::array<char, 4096> events{};
        while (::read(wait_->fault->fd(), events.data(), events.size()) > 0) {}
        noticed_clock_set();
    });
}

WallTimer::~WallTimer() { wait_->close(); }

void WallTimer::arm(std::optional<WallTime> at) {
    if (at == armed_) return;
    armed_ = at;
    settle();
}

void WallTimer::close() { wait_->close(); }

void WallTimer::settle() {
    // Armed even when nothing is awaited: only an armed timer hears that the clock was set.
    const Duration at = armed_ ? difference(armed_->time_since_epoch(), wall_fault()) : kFarAway;
    const bool is_told = set_timer(wait_->timer->fd(), at, TFD_TIMER_CANCEL_ON_SET);
    // Not at once: whoever arms it may be in the middle of a step.
    if (!is_told) wait_->timer->post([this] { noticed_clock_set(); });
}

void WallTimer::noticed_clock_set() {
    const Now now = read_time();
    const Duration wall_minus_boot = now.wall.time_since_epoch() - now.boot.time_since_epoch();
    const Duration step = wall_minus_boot - std::exchange(wall_minus_boot_, wall_minus_boot);
    settle();
    on_clock_set_(step);
}

}  // namespace taktd
