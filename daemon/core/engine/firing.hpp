// SPDX-License-Identifier: Apache-2.0
// A job whose next occurrence, or its baseline, is due.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Settles what has come due of the job, asks for the baseline of what comes next, and plans the next look at it.
void drive_job(EngineState& engine, const std::string& name);

}  // namespace taktd
