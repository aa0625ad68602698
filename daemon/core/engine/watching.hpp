// SPDX-License-Identifier: Apache-2.0
// When a task of the config is next checked for a run that is not ours.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// The task is checked then.
void watch_at(EngineState& engine, const std::string& task_key, BootTime when);
/// An obligation on the task begins or ends: what was found before, or is asked until now, is not foreign.
void own_run_changed(EngineState& engine, const std::string& task_key);
/// A stop of a foreign run is, or may be, on its way: a start now could be its victim.
bool has_foreign_stop_pending(const EngineState& engine, const std::string& task_key);

}  // namespace taktd
