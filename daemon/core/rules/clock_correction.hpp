// SPDX-License-Identifier: Apache-2.0
// Taking the time back in a store whose clock was once ahead. Until the wall clock has passed the store's newest
// instant nothing is started, and every job's schedule counts from its watermark; both may lie years ahead. The
// correction moves them back to now. What ran under the wrong clock keeps its times and its occurrence, which never
// starts a second time; what was only skipped then has not come yet. Live runs are not touched: they are stopped as
// ever.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/past.hpp"

namespace taktd {

struct ClockCorrection {
    WallTime now;
    std::string actor, reason;
};

/// Whether the store has seen a later instant than `now`.
bool is_clock_behind(const Snapshot& snapshot, WallTime now);

/// What is to be written, all in one step; the ClockRow is the last.
std::vector<Row> correct_clock(const Past& past, const std::vector<GapRow>& gaps, const ClockCorrection& correction);

}  // namespace taktd
