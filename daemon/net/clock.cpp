// SPDX-License-Identifier: Apache-2.0
// CLOCK_REALTIME and CLOCK_BOOTTIME, one right after the other.
#include "daemon/net/clock.hpp"

#include <ctime>

namespace taktd {

namespace {

Duration read(clockid_t id) {
    timespec t{};
    ::clock_gettime(id, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

}  // namespace

Now read_clocks() { return {.wall = WallTime{read(CLOCK_REALTIME)}, .boot = BootTime{read(CLOCK_BOOTTIME)}}; }

}  // namespace taktd
