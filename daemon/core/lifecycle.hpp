// The one table that says which moves of a run are legal, and what a move does to the obligation. Nothing else changes a
// run's state (engine_runs.cpp asks here, `taktctl verify` holds stored histories against it).
#pragma once

#include "daemon/core/model.hpp"

#include <optional>
#include <span>

namespace taktd {

/// One line of the table; `from` is empty for a run's first transition.
struct Move {
    std::optional<RunState> from;
    RunState to;
};

std::span<const Move> legal_moves();
bool is_legal(std::optional<RunState> from, RunState to);

/// The obligation after entering `to` with `before` held: open exactly while the task may run, none again after a certain
/// refusal, discharged once a terminal state was entered from an open one that may have had an effect. `sent` is false
/// when the start of a `starting` run never left this process: then nothing was ever owed.
Obligation obligation_after(Obligation before, RunState to, bool sent);

}  // namespace taktd
