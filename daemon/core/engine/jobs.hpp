// Jobs by name: what the config and the store say of one.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Null: the newest config has no such job.
JobPtr configured_job(const EngineState& engine, const std::string& name);
/// Null: the store has never heard of it.
const JobStateRow* stored_state(const EngineState& engine, const std::string& job);
bool is_disabled(const EngineState& engine, const std::string& job);

}  // namespace taktd
