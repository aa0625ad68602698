// SPDX-License-Identifier: Apache-2.0
// A pursuit whose last stop was answered, for the tests of what comes then.
#pragma once

#include <optional>

#include "daemon/core/state/stop_pursuit.hpp"
#include "tests/support/ids.hpp"

namespace taktd::test {

using namespace std::chrono_literals;

inline constexpr BootTime kBegun{1h};
inline constexpr BootTime kEnded = kBegun + 3s;     // the stop's connection
inline constexpr BootTime kAnswered = kEnded + 2s;  // the engine hears of it in a later step
inline constexpr int kSeeds = 20;

inline CallResult result_of(Outcome outcome, std::optional<Duration> retry_after = {}) {
    CallResult result;
    result.outcome = outcome;
    result.retry_after = retry_after;
    result.ended_boot = kEnded;
    return result;
}

inline void send_stop(StopPursuit& stop, const CallResult& result, Random& random, bool retries_at_once = false,
                      BootTime now = kAnswered) {
    stop.admit("stop"_call);
    stop.end_call();
    stop.answer(result, retries_at_once, random, now);
}

/// One stop was sent since the pursuit began.
inline StopPursuit pursuit_after(const CallResult& result, bool retries_at_once = false, std::uint64_t seed = 1) {
    StopPursuit stop;
    stop.begin(kBegun);
    Random random{seed};
    send_stop(stop, result, random, retries_at_once);
    return stop;
}

}  // namespace taktd::test
