// SPDX-License-Identifier: Apache-2.0
// What every command that shows a store says when the store is ahead of the clock: why nothing starts, and the way out.
#pragma once

#include <string>

#include "daemon/report/context.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::report {

/// A living daemon writes on while we read; an instant so little ahead is not a wrong clock.
inline constexpr Duration kAheadUntold = std::chrono::seconds{5};

/// A sentence; empty as long as the clock is ahead of the store.
std::string clock_note(Queries& queries, const Context& context);

}  // namespace taktd::report
