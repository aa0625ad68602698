// SPDX-License-Identifier: Apache-2.0
// How short and how long each duration of the config may be, and why. A value beyond `max` would break the promise (a
// stop repeated after years) and is an error; one beyond `low` or `high` is seldom meant and is warned of.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "daemon/core/base/time.hpp"
#include "daemon/settings/values/fields.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {

struct DurationLimits {
    Duration min{};
    Duration max = kDurationMax;
    std::string_view max_why{};  ///< "at most 10m: ..."
    Duration low{};              ///< shorter: a warning
    std::string_view low_why{};
    Duration high = kDurationMax;  ///< longer: a warning
    std::string_view high_why{};
};

namespace limits {

using namespace std::chrono_literals;

inline constexpr DurationLimits kTimeout{
    .min = 10ms,
    .max = 10min,
    .max_why = "a stop that gets no answer is sent again only after it",
    .low = 1s,
    .low_why = "vendors often take longer to answer, and a start whose answer is lost can only be watched and stopped",
    .high = 1min,
    .high_why = "a stop that gets no answer is sent again only after it",
};
inline constexpr DurationLimits kPollInterval{
    .min = 10ms,
    .max = 24h,
    .max_why = "an end is not seen before the next look",
    .low = 1s,
    .low_why = "looks at running tasks use up the rate limit that starts need, too",
    .high = 10min,
    .high_why = "the end of a run is not seen before the next look, and its job and task are taken until then",
};
inline constexpr DurationLimits kSettle{
    .max = 24h,
    .max_why = "a stop is not believed, and a run not over, until it has passed",
    .low = 10s,
    .low_why =
        "an answer about the previous run may come later than that and be taken for this run's end; this run would "
        "then go on and never be stopped",
    .high = 30min,
    .high_why = "the end of a run without an answer is believed only after it, and its task is taken until then",
};
inline constexpr DurationLimits kRetryPause{
    .min = 1ms,
    .max = 24h,
    .max_why = "no start is worth a longer wait",
};
inline constexpr DurationLimits kStartGrace{
    .min = 1ms,
    .high = 24h,
    .high_why = "a start may come that late, when nobody expects it any more",
};
inline constexpr DurationLimits kMinWindow{};
inline constexpr DurationLimits kMaxDuration{
    .min = 1ms,
    .high = 31 * 24h,
    .high_why = "it is the last resort against a run that nobody ends; so high it protects little",
};
inline constexpr DurationLimits kStopAfter{
    .min = 1ms,
    .high = 31 * 24h,
    .high_why = "a run that long is seldom meant",
};
inline constexpr DurationLimits kRetention{
    .min = 1s,
    .low = 24h,
    .low_why = "`taktctl runs`, `show` and `why` know nothing of older runs",
};

}  // namespace limits

/// With `warn_if_short` off, values below `low` are taken without a word: for vendors' stand-ins on this machine.
std::optional<Duration> read_duration(const Field& field, const DurationLimits& limits, Findings& findings,
                                      bool warn_if_short = true);

}  // namespace taktd
