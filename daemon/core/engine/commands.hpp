// SPDX-License-Identifier: Apache-2.0
// Operators: each command is answered once, after what it changed is durable. The API that carries them is the shell's.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Carries a command out, or refuses it with a verdict and a sentence.
void on(EngineState& engine, const Command& event);

}  // namespace taktd
