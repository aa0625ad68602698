// SPDX-License-Identifier: Apache-2.0
// The daemon's time: the wall clock and CLOCK_BOOTTIME, read together so that an instant on one can be carried to the
// other. Whatever the shell stamps or waits for comes from here (the net layer below has its own reading for bytes on
// the wire).
#pragma once

#include <string>

#include "daemon/core/base/time.hpp"

namespace taktd {

/// A wall clock that shows more is taken to show this: nanoseconds end in 2262, and what is counted from the clock, ten
/// years at most, must not wrap. Schedules end with 2199.
inline constexpr WallTime kWallMax = std::chrono::sys_days{std::chrono::year{2250} / 1 / 1};

/// CLOCK_REALTIME and CLOCK_BOOTTIME, at most a millisecond apart unless the machine is starved.
Now read_time();

/// Names this boot; boot times of another one mean nothing. Where the kernel does not tell, it is a name that no other
/// process has: then for whatever an earlier one wrote the wall clock alone counts.
std::string read_boot_id();
/// The same from `path`, read anew.
std::string boot_id_from(const std::string& path);

/// When this process was started (exec), on CLOCK_BOOTTIME, to the kernel's tick (10 ms).
BootTime process_start();

/// What a test adds to the wall clock (TAKTD_TEST_WALL_OFFSET_FILE, in builds with crash points); else zero. A timer
/// that waits for a wall instant subtracts it, since the kernel knows nothing of it.
Duration wall_fault();
/// The file that holds it, which is worth watching; empty: none, as always in release builds.
std::string wall_fault_file();

}  // namespace taktd
