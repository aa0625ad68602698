// SPDX-License-Identifier: Apache-2.0
// Capped exponential backoff with seeded jitter. Starts use the job's policy and end after its attempts; stops use
// kStopBackoff and never end.
#pragma once

#include <algorithm>

#include "daemon/core/base/random.hpp"
#include "daemon/core/base/time.hpp"
#include "daemon/core/model/call.hpp"

namespace taktd {

struct Backoff {
    Duration initial;
    Duration max;
};

inline constexpr Backoff kStopBackoff{std::chrono::seconds{1}, std::chrono::seconds{30}};
inline constexpr Backoff kRefusedStopBackoff{std::chrono::seconds{1}, std::chrono::minutes{5}};
/// A vendor's wait is honoured up to here.
inline constexpr Duration kVendorWaitMax = std::chrono::minutes{5};
/// Likewise by a stop and by the queries that settle it, unless the vendor throttles us: whoever else answers in its
/// place must not hold a stop back for minutes.
inline constexpr Duration kOwedVendorWaitMax = std::chrono::seconds{30};

/// How long the next call has to wait because the vendor asked for it.
inline Duration vendor_wait(const CallResult& result, Duration max_unless_throttled = kVendorWaitMax) {
    const Duration max = result.outcome == Outcome::throttled ? kVendorWaitMax : max_unless_throttled;
    return std::clamp(result.retry_after.value_or(Duration::zero()), Duration::zero(), max);
}

/// The wait before attempt `failures` + 1: initial x 2^(failures-1), capped, then up to a tenth shorter, so that a herd
/// that failed together does not come back together.
inline Duration backoff_after(const Backoff& backoff, int failures, Random& random) {
    Duration wait = backoff.initial;
    for (int i = 1; i < failures && wait < backoff.max; ++i) wait *= 2;
    wait = std::min(wait, backoff.max);
    return wait - std::chrono::duration_cast<Duration>(wait * (random.fraction() / 10.0));
}

}  // namespace taktd
