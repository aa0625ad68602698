// A job whose next occurrence, or its baseline, is due.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

void drive_job(EngineState& engine, const std::string& name);

}  // namespace taktd
