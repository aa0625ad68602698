// SPDX-License-Identifier: Apache-2.0
// Jobs by name: what the config and the store say of one.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Null: the newest config has no such job.
JobPtr configured_job(const EngineState& engine, const std::string& name);
/// By the config or by an operator. Of a job that is in no config: false.
bool is_disabled(const EngineState& engine, const std::string& job);
/// Whether it will be, as things are now.
bool is_disabled_at(const EngineState& engine, const std::string& job, WallTime then);

}  // namespace taktd
