// SPDX-License-Identifier: Apache-2.0
// Named moments at which a test can kill the daemon: TAKTD_CRASH_AT=<name>[:n] raises SIGKILL at the n-th passage. Only
// in builds with TAKTD_CRASH_POINTS; in a release build a passage is nothing at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace taktd {

enum class CrashPoint : std::uint8_t {
    due_committed,          ///< a run that came due is durable
    intent_committed,       ///< a start's intent is durable, nothing sent
    start_sent,             ///< a start's request has left whole, its answer was not read
    start_answered,         ///< the answer was read, nothing of it is durable
    outcome_committed,      ///< a start's outcome is durable
    stop_intent_committed,  ///< the same three of a stop
    stop_sent,
    stop_answered,
    discharged,         ///< an obligation's discharge is durable
    recovery_half_done  ///< obligations are armed again, the config is not loaded
};

std::string_view name_of(CrashPoint point);

struct CrashPlan {
    CrashPoint point = CrashPoint::due_committed;
    int passage = 1;  ///< the n-th
};
/// `start_sent` or `start_sent:2`; nothing if it is neither.
std::optional<CrashPlan> parse_crash_plan(std::string_view text);

#ifdef TAKTD_CRASH_POINTS
inline constexpr bool kCrashPoints = true;
/// Does not return if the plan says here and now.
void pass(CrashPoint point);
#else
inline constexpr bool kCrashPoints = false;
inline void pass(CrashPoint) {}
#endif

}  // namespace taktd
