// SPDX-License-Identifier: Apache-2.0
// What the audit says of a command.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// `said` is the engine's answer, if it has come already.
ActionRow action_of(const EngineState& engine, const Command& command, const std::optional<Reply>& said);

}  // namespace taktd
