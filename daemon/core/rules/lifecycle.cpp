// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/lifecycle.hpp"

#include <algorithm>
#include <array>

namespace taktd {
namespace {

using enum RunState;

// In the order of the table in docs/rules.md.
constexpr std::array kMoves{
    Move{std::nullopt, due},     Move{std::nullopt, stopping},  // revived: an earlier run's end was none
    Move{due, starting},                                        // admitted; the obligation opens
    Move{due, skipped},                                         // refused by a policy, never sent
    Move{due, failed},                                          // refused by the vendor earlier, and now given up
    Move{due, cancelled},                                       // withdrawn by an operator
    Move{starting, skipped},                                    // not released: nothing left this process
    Move{starting, cancelled},                                  // likewise
    Move{starting, running},                                    // accepted
    Move{starting, due},                                        // certainly without effect, to be tried again
    Move{starting, failed},                                     // certainly without effect, for good
    Move{starting, unconfirmed},                                // no certain answer
    Move{unconfirmed, running},  Move{unconfirmed, completed}, Move{unconfirmed, failed}, Move{unconfirmed, stopped},
    Move{unconfirmed, stopping}, Move{running, paused},        Move{running, completed},  Move{running, failed},
    Move{running, stopped},      Move{running, stopping},      Move{paused, running},     Move{paused, completed},
    Move{paused, failed},        Move{paused, stopped},        Move{paused, stopping},    Move{stopping, stopped},
    Move{stopping, completed},   Move{stopping, failed},
};

}  // namespace

std::span<const Move> legal_moves() { return kMoves; }

bool is_legal(std::optional<RunState> from, RunState to) {
    return std::ranges::any_of(kMoves, [&](const Move& move) { return move.from == from && move.to == to; });
}

Obligation obligation_after(Obligation before, RunState to) {
    if (owes_stop(to)) return Obligation::open;
    if (!is_terminal(to)) return Obligation::none;
    return before == Obligation::none ? Obligation::none : Obligation::discharged;
}

}  // namespace taktd
