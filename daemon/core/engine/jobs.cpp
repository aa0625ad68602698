// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/jobs.hpp"

namespace taktd {

JobPtr configured_job(const EngineState& engine, const std::string& name) {
    const auto found = engine.config->jobs.find(name);
    return found == engine.config->jobs.end() ? nullptr : found->second;
}

bool is_disabled(const EngineState& engine, const std::string& job) {
    return is_disabled_at(engine, job, engine.now.wall);
}

bool is_disabled_at(const EngineState& engine, const std::string& job, WallTime then) {
    const JobPtr current = configured_job(engine, job);
    if (!current) return false;
    const JobStateRow* stored = engine.jobs.state_of(job);
    return !current->enabled || (stored != nullptr && stored->is_disabled_at(then));
}

}  // namespace taktd
