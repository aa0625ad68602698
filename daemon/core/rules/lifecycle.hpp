// SPDX-License-Identifier: Apache-2.0
// The one table that says which moves of a run are legal, and what a move does to the obligation. Nothing else changes
// a run's state (engine/runs.cpp asks here, `taktctl verify` holds stored histories against it).
#pragma once

#include <optional>
#include <span>

#include "daemon/core/model/model.hpp"

namespace taktd {

/// One line of the table; `from` is empty for a run's first transition.
struct Move {
    std::optional<RunState> from;
    RunState to;
};

std::span<const Move> legal_moves();
bool is_legal(std::optional<RunState> from, RunState to);

/// The obligation after entering `to`: open exactly while the task may run, none again after a certain refusal that
/// returns to `due`, discharged once a terminal state was entered from an open one.
Obligation obligation_after(Obligation before, RunState to);

}  // namespace taktd
