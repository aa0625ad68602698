// SPDX-License-Identifier: Apache-2.0
// clock_gettime and /proc. The fault that a test may lay over the wall clock is compiled into builds with crash points
// only.
#include "daemon/runtime/clock.hpp"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace taktd {
namespace {

// An instant is carried over from one clock to the other by such a pair, and compared with what the other end saw.
constexpr int kReadAttempts = 5;
constexpr Duration kCloseEnough = std::chrono::microseconds{20};

Duration read(clockid_t clock) {
    timespec t{};
    if (::clock_gettime(clock, &t) != 0) throw std::runtime_error("clock_gettime failed");
    if (t.tv_sec >= kWallMax.time_since_epoch() / std::chrono::seconds{1}) return kWallMax.time_since_epoch();
    return std::chrono::seconds{t.tv_sec} + Duration{t.tv_nsec};
}

}  // namespace

Now read_time() {
    Now now;
    Duration closest = Duration::max();
    for (int attempt = 0; attempt < kReadAttempts && closest > kCloseEnough; ++attempt) {
        const Duration before = read(CLOCK_BOOTTIME);
        const Duration wall = read(CLOCK_REALTIME);
        const Duration apart = read(CLOCK_BOOTTIME) - before;  // large if another thread ran between the readings
        if (apart >= closest) continue;
        closest = apart;
        now.boot = BootTime{before};
        now.wall = WallTime{wall};
    }
    const Duration fault = wall_fault();
    now.wall = fault > kWallMax - now.wall ? kWallMax : now.wall + fault;
    return now;
}

std::string boot_id_from(const std::string& path) {
    std::ifstream file{path};
    std::string text;
    if (std::getline(file, text) && !text.empty()) return text;
    // Stops may be owed, and the wall clock is enough for them.
    const Now now = read_time();
    return "unknown-" + std::to_string(::getpid()) + "-" + std::to_string(now.boot.time_since_epoch().count()) + "-" +
           std::to_string(now.wall.time_since_epoch().count());
}

std::string read_boot_id() {
    static const std::string id = boot_id_from("/proc/sys/kernel/random/boot_id");
    return id;
}

BootTime process_start() {
    std::ifstream file{"/proc/self/stat"};
    std::string text;
    std::getline(file, text);
    // The second field is the program's name in parentheses and may hold anything; count from behind it. The start time
    // is field 22 of proc(5), in ticks since boot.
    const auto name_end = text.rfind(')');
    std::istringstream rest{name_end == std::string::npos ? std::string{} : text.substr(name_end + 1)};
    std::string field;
    constexpr int kFieldsBehindName = 20;
    for (int i = 0; i < kFieldsBehindName; ++i) rest >> field;
    const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
    const long long ticks = std::strtoll(field.c_str(), nullptr, 10);
    if (!rest || ticks <= 0 || ticks_per_second <= 0) return read_time().boot;
    return BootTime{Duration{std::chrono::seconds{1}} * ticks / ticks_per_second};
}

#ifdef TAKTD_CRASH_POINTS

std::string wall_fault_file() {
    static const std::string path = [] {
        const char* value = std::getenv("TAKTD_TEST_WALL_OFFSET_FILE");
        return std::string{value != nullptr ? value : ""};
    }();
    return path;
}

Duration wall_fault() {
    if (wall_fault_file().empty()) return {};
    std::ifstream file{wall_fault_file()};
    long long offset_ns = 0;
    file >> offset_ns;
    return Duration{file.fail() ? 0 : offset_ns};
}

#else

std::string wall_fault_file() { return {}; }
Duration wall_fault() { return {}; }

#endif

}  // namespace taktd
