// An answer ends its call: what it says of the account, and to whom it is given.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void on(EngineState& engine, const Answered& event);

}  // namespace taktd
