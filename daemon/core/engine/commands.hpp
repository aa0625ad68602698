// Operators: each command is answered once, after what it changed is durable. The API that carries them is the shell's.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void on(EngineState& engine, const Command& event);

}  // namespace taktd
