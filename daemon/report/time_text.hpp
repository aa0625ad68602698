// SPDX-License-Identifier: Apache-2.0
// Instants as operators write and read them: `now`, `+2h`, `-2h`, `today`, `2026-12-01 02:00` in their own zone, RFC
// 3339; shown as local time with its offset, which is understood as input, too.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"
#include "daemon/core/calendar/zone.hpp"
#include "daemon/core/model/job.hpp"

namespace taktd::report {

Result<WallTime> parse_instant(std::string_view text, WallTime now, const Zone& zone);

/// `+08:00`
std::string offset_text(std::chrono::seconds offset);
/// `02:30`, with seconds if there are any.
std::string clock_text(LocalTime local);
/// `2026-11-22 10:00:00+08:00`; milliseconds only if the instant has a fraction.
std::string local_text(WallTime t, const Zone& zone);
/// The same behind its weekday: `Sun 2026-11-22 10:00:00+08:00`.
std::string local_text_with_day(WallTime t, const Zone& zone);
/// `10:00:00.000`, of one day in the middle of others.
std::string clock_text_ms(WallTime t, const Zone& zone);
/// `3.2s`, `1h5m`: as exact as a reader needs.
std::string rough_text(Duration d);
/// `3/s`, `90/m`, `1 in 20s`: what a limit lets through.
std::string rate_text(const RateLimit& limit);

}  // namespace taktd::report
