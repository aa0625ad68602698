// SPDX-License-Identifier: Apache-2.0
// What an account may send now. It is looked at whenever something about it changed; it releases what its limiter
// permits, in order of class (R7), and has the intents written of what will be permitted soon, so that their commit
// costs no waiting.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Sends what the account may send now, and plans when it may send more.
void pump(EngineState& engine, Account& account);

}  // namespace taktd
