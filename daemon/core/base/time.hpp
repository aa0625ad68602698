// SPDX-License-Identifier: Apache-2.0
// The two clocks of taktd as types. Wall time says when a schedule fires; boot time (CLOCK_BOOTTIME) measures
// everything that must not move when somebody sets the wall clock: timeouts, backoff, the limiter, ceilings. The core
// never reads a clock: the shell hands it `Now`.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace taktd {

using Duration = std::chrono::nanoseconds;

/// An instant of the wall clock, nanoseconds since 1970-01-01 UTC.
using WallTime = std::chrono::sys_time<Duration>;

/// Tag of CLOCK_BOOTTIME: monotonic, counts suspend, starts anew at each boot.
struct BootClock {
    using rep = Duration::rep;
    using period = Duration::period;
    using duration = Duration;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

/// One reading of both clocks, taken together.
struct Now {
    WallTime wall;
    BootTime boot;
};

constexpr std::int64_t to_ns(WallTime t) { return t.time_since_epoch().count(); }
constexpr std::int64_t to_ns(BootTime t) { return t.time_since_epoch().count(); }
constexpr WallTime wall_from_ns(std::int64_t ns) { return WallTime{Duration{ns}}; }
constexpr BootTime boot_from_ns(std::int64_t ns) { return BootTime{Duration{ns}}; }

/// RFC 3339 in UTC, with as many fractional digits as are needed (0, 3, 6 or 9): `2026-11-22T02:00:00Z`.
std::string to_rfc3339(WallTime t);

/// The shortest exact form with the config's units: `90s`, `1m30s`, `2h`, `1d`, `500ms`.
std::string to_text(Duration d);

}  // namespace taktd
