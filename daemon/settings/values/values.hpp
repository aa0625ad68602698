// SPDX-License-Identifier: Apache-2.0
// The config's own notations as values: durations, rates, integers, names, times. Each error says what to write instead
// and does not repeat the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd {

/// Ten years and a bit.
inline constexpr Duration kDurationMax = std::chrono::hours{24 * 3653};
/// `500ms 10s 5m 2h 7d`, also `1h30m`; at most ten years.
Result<Duration> parse_duration(std::string_view text);

/// `10/s`, `100/m` -> the spacing of requests, rounded up to whole nanoseconds.
Result<Duration> parse_rate(std::string_view text);

/// Decimal, without leading zeros.
Result<std::int64_t> parse_integer(std::string_view text);

/// `[a-z0-9][a-z0-9_-]{0,62}`.
bool is_name(std::string_view text);
inline constexpr std::string_view kNameRule =
    "a name is 1 to 63 of a-z, 0-9, '_' and '-', and begins with a letter or digit";

/// A date and time as written. Without an offset it is local to whatever zone the job has.
struct WrittenTime {
    LocalTime local;
    Duration fraction{};
    std::optional<std::chrono::seconds> offset;
};
/// `2026-12-05T03:00:00+08:00`, `2026-12-05 03:00`, `2026-12-05`; years 1970 to 2169.
Result<WrittenTime> parse_time(std::string_view text);

/// The instant; an error for a local time that the zone skips or has twice.
Result<WallTime> instant_of(const WrittenTime& time, const Zone& zone);

}  // namespace taktd
