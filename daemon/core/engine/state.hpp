// SPDX-License-Identifier: Apache-2.0
// What the engine remembers between two steps, for its chapters only. A chapter is a file of free functions over this
// state; its header names what others may call, and it includes the headers of the chapters that it calls. So the
// includes are the call graph, and it has no cycle.
#pragma once

#include "daemon/core/base/random.hpp"
#include "daemon/core/engine/events.hpp"
#include "daemon/core/rules/look_rows.hpp"
#include "daemon/core/rules/policies.hpp"
#include "daemon/core/state/accounts.hpp"
#include "daemon/core/state/adoption.hpp"
#include "daemon/core/state/baselines.hpp"
#include "daemon/core/state/budget.hpp"
#include "daemon/core/state/calls.hpp"
#include "daemon/core/state/ended_runs.hpp"
#include "daemon/core/state/foreign_runs.hpp"
#include "daemon/core/state/gate.hpp"
#include "daemon/core/state/jobs.hpp"
#include "daemon/core/state/journal.hpp"
#include "daemon/core/state/mass_stops.hpp"
#include "daemon/core/state/runs.hpp"
#include "daemon/core/state/tasks.hpp"

namespace taktd {

/// Before taktd was, nothing was due: a clock that is not set yet (1970) must not make decades of misfires.
inline constexpr WallTime kFirstDue = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
inline constexpr std::size_t kCallsInFlightMax = 256;  // per account, stops apart
inline constexpr Duration kFirstQueryWait = std::chrono::seconds{1};
inline constexpr Duration kLastLookPatience = std::chrono::hours{1};  // with answers that do not show the task...
inline constexpr int kLastLookAnswers = 5;                            // ...so many at least
inline constexpr Duration kJustAfter{1};

struct EngineState {
    EngineState(std::uint64_t seed, SliceSizes slices) : random{seed}, uuids{seed ^ 0x1d5ULL}, budget{slices} {}

    // The world as remembered. Ordered maps: decisions must not depend on hashing.
    Random random;
    UuidSource uuids;
    Now now{};
    std::string boot_id;
    ConfigPtr config = std::make_shared<const Config>();
    bool configured = false;  ///< the first config has taken over

    Runs runs;
    Calls calls;
    Tasks tasks;
    Accounts accounts;
    Jobs jobs;
    Adoption adoption;
    Baselines baselines;
    ForeignRuns foreign;
    EndedRuns ended;
    MassStops mass_stops;
    LookRows look_rows;  ///< those that the store keeps
    Gate gate;
    Journal journal;
    // Of this step.
    Budget budget;
    Effects effects;

    /// Each member's own, and those between members. Throws BrokenRule. Walks over everything: for tests.
    void assert_invariants() const;
};

/// While nothing may start, or the store is far behind, no occurrence is consumed: what was decided could be forgotten.
bool may_consume(const EngineState& engine);

}  // namespace taktd
