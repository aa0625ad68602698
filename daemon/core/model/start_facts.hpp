// SPDX-License-Identifier: Apache-2.0
// What the decision on a start is made by, as plain facts: rules/policies.hpp decides by them, and the store keeps
// those of a start that was not made, so that `taktctl why` can tell it later.
#pragma once

#include <cstdint>

#include "daemon/core/model/job.hpp"

namespace taktd {

/// What is known of the task itself before a start.
enum class BaselineState : std::uint8_t {
    not_needed,  ///< the provider says `baseline: false`
    none,        ///< not asked, not readable, or over kBaselineMaxAge old
    inactive,
    active_early,  ///< active, asked before the start was due: to be asked again
    active         ///< active, asked at or after it: somebody else's run
};

struct StartFacts {
    Window window;
    WallTime now;
    Misfire misfire = Misfire::skip;
    Overlap overlap = Overlap::skip;
    bool by_hand = false;   ///< a manual start has no misfire
    bool disabled = false;  ///< `enabled: false`, or disabled by an operator
    bool removed = false;   ///< the job has left the config
    bool held = false;
    bool provider_closed = false;
    int earlier_live = 0;          ///< runs of this job, due before this one, that are not finished
    bool waited = false;           ///< for those, under another policy than `overlap: skip`
    bool is_newest_missed = true;  ///< of the occurrences that passed unseen only the newest may run
    bool needs_task = false;       ///< its own task is yet to be made from a template
    bool task_is_taken = false;    ///< another run owes a stop on this task (R9)
    BaselineState baseline = BaselineState::none;
    bool looked_in_vain = false;    ///< a baseline was asked for and could not be read
    bool prepared_in_vain = false;  ///< likewise its own task
    bool is_wrong_task = false;     ///< it bears another name than `expect_name`
    bool operator==(const StartFacts&) const = default;
};

}  // namespace taktd
