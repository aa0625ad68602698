// SPDX-License-Identifier: Apache-2.0
// Every error and warning says the limit and the reason.
#include "daemon/settings/sections/duration_limits.hpp"

#include <string>

namespace taktd {

std::optional<Duration> read_duration(const Field& field, const DurationLimits& limits, Findings& findings,
                                      bool warn_if_short) {
    const auto duration = read_duration(field, limits.min, findings);
    if (!duration) return std::nullopt;
    const std::string key = "'" + field.name() + "' ";
    const auto because = [](std::string_view why) { return ": " + std::string{why}; };
    if (*duration > limits.max) {
        findings.error(field.at(), key + "is " + to_text(*duration) + "; write at most " + to_text(limits.max) +
                                       because(limits.max_why));
        return std::nullopt;
    }
    if (*duration < limits.low && warn_if_short)
        findings.warning(field.at(), key + "is " + to_text(*duration) + ", shorter than " + to_text(limits.low) +
                                         because(limits.low_why));
    if (*duration > limits.high)
        findings.warning(field.at(), key + "is " + to_text(*duration) + ", longer than " + to_text(limits.high) +
                                         because(limits.high_why));
    return duration;
}

}  // namespace taktd
