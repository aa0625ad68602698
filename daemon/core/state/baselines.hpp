// SPDX-License-Identifier: Apache-2.0
// What tasks showed before a start of ours, and the wish to know it. By task key.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/core/state/book.hpp"

namespace taktd {

/// The newest baseline of a task, or the wish for one.
struct Look {
    ProviderPtr provider;
    TaskSpec task;
    WallTime due;           ///< of the start that it is for, the earliest of them
    WallTime wanted_until;  ///< no one needs it later
    bool is_queued = false;
    std::optional<BootTime> wanted_since;  ///< it waits for its permit
    std::optional<Baseline> seen;
    BootTime seen_boot{};        ///< when it was asked
    std::optional<CallRow> row;  ///< of the query that `seen` comes from
    std::optional<CallId> query;
    int failures = 0;
    std::string problem;  ///< of the last failure
    bool is_skew_retry = false;
    std::optional<BootTime> next_ask;
};

/// The start that a baseline is wanted for: when it is due, and until when it may be made.
struct LookSpan {
    WallTime due, until;
};

/// By task key; each is looked at when it is asked again, or forgotten.
using Baselines = TimedBook<Look, BootTime>;

}  // namespace taktd
