// SPDX-License-Identifier: Apache-2.0
// A run of ours that was believed to have ended and is seen active again is owed again, as a run of its own (origin
// `revived`), and stopped at once.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// For looks at a task that no run of ours owes a stop. A list shows no token: then the task is asked for by itself.
bool is_revived(EngineState& engine, const std::string& task_key, const Observation& seen);
/// True: the task shows the run that had ended, and it is owed again.
bool revive_if_ours(EngineState& engine, const RunRow& ended, const Observation& seen);

}  // namespace taktd
