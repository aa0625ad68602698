// SPDX-License-Identifier: Apache-2.0
// What other programs write where taktd expects a cron expression: Quartz, AWS, Jenkins, Kubernetes, cronie. Each is
// answered with what has that meaning here, never read as something else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/calendar/cron.hpp"

namespace taktd {

/// Nothing if the expression is written in none of the other dialects. The proposal may have faults of its own.
std::optional<CronError> other_dialect(std::string_view expression);

/// `{every: 90m}` for an expression that steps evenly through time and says no more than that, as `*/90 * * * *` was
/// meant to; empty if there is no such rule.
std::string every_instead_of(std::string_view expression);

}  // namespace taktd
