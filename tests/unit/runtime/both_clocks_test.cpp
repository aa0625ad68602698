// SPDX-License-Identifier: Apache-2.0
// What the kernel was really asked for: lengths are measured by CLOCK_BOOTTIME, which runs on while the machine sleeps;
// the wall's timer is always armed and cancelled when somebody sets the clock. /proc tells, so no clock needs setting.
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/timer.hpp"

namespace taktd {
namespace {

using std::chrono_literals::operator""h;

struct TimerFd {
    int clock = -1;
    unsigned flags = 0;  ///< of timerfd_settime, 1: an absolute instant, 2: cancelled when the clock is set
    bool armed = false;
};

/// This process's timers, by descriptor (proc(5), fdinfo).
std::map<std::string, TimerFd> timers() {
    std::map<std::string, TimerFd> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        std::error_code gone;
        if (std::filesystem::read_symlink(entry.path(), gone) != "anon_inode:[timerfd]") continue;
        const std::string number = entry.path().filename().string();
        std::ifstream info{"/proc/self/fdinfo/" + number};
        TimerFd& timer = found[number];
        for (std::string line; std::getline(info, line);) {
            std::istringstream words{line.substr(line.find(':') + 1)};
            if (line.starts_with("clockid:")) words >> timer.clock;
            if (line.starts_with("settime flags:")) words >> std::oct >> timer.flags;
            if (line.starts_with("it_value:")) timer.armed = words.str().find("(0, 0)") == std::string::npos;
        }
    }
    return found;
}

/// The one timer more than there were `before`.
TimerFd newest(const std::map<std::string, TimerFd>& before) {
    TimerFd found;
    int count = 0;
    for (const auto& [number, timer] : timers()) {
        // The event loop has a timer of its own on CLOCK_MONOTONIC, which nothing of ours waits for.
        if (before.contains(number) || timer.clock == CLOCK_MONOTONIC) continue;
        found = timer;
        ++count;
    }
    EXPECT_EQ(count, 1);
    return found;
}

TEST(BothClocks, Lengths_AreMeasuredByTheBootClock) {
    boost::asio::io_context io{1};
    const auto before = timers();
    BootTimer timer{io.get_executor(), [] {}};
    EXPECT_EQ(newest(before).clock, CLOCK_BOOTTIME) << "it counts the time that the machine sleeps";
    EXPECT_FALSE(newest(before).armed);
    timer.arm(read_time().boot + 1h);
    EXPECT_TRUE(newest(before).armed);
    EXPECT_EQ(newest(before).flags, 1U) << "an instant, not a length: arming late shifts nothing";
    timer.arm(std::nullopt);
    EXPECT_FALSE(newest(before).armed) << "an idle daemon is not woken";
}

TEST(BothClocks, WallTimer_AlwaysHearsThatTheClockWasSet) {
    boost::asio::io_context io{1};
    const auto before = timers();
    WallTimer timer{io.get_executor(), [] {}, [](Duration) {}};
    const auto expect_listening = [&](const char* when) {
        const TimerFd now = newest(before);
        EXPECT_EQ(now.clock, CLOCK_REALTIME) << when;
        EXPECT_TRUE(now.armed) << when;
        EXPECT_EQ(now.flags, 3U) << when << ": absolute, and cancelled when the clock is set";
    };
    expect_listening("from the beginning");
    timer.arm(read_time().wall + 1h);
    expect_listening("armed");
    timer.arm(WallTime{});
    io.run_one();
    expect_listening("after it has fired");
    timer.arm(std::nullopt);
    expect_listening("with nothing to wait for");
}

}  // namespace
}  // namespace taktd
