// SPDX-License-Identifier: Apache-2.0
// An answer ends its call: what it says of the account, and to whom it is given.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Ends the call, judges what its answer says of the account, and gives it to those that the call was for.
void on(EngineState& engine, const Answered& event);

}  // namespace taktd
