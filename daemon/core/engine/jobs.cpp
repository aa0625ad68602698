#include "daemon/core/engine/jobs.hpp"

namespace taktd {

JobPtr configured_job(const EngineState& engine, const std::string& name) {
    const auto found = engine.config->jobs.find(name);
    return found == engine.config->jobs.end() ? nullptr : found->second;
}

const JobStateRow* stored_state(const EngineState& engine, const std::string& job) {
    const auto state = engine.jobs.find(job);
    if (state != engine.jobs.end()) return &state->second.stored;
    const auto stored = engine.stored_jobs.find(job);
    return stored == engine.stored_jobs.end() ? nullptr : &stored->second;
}

bool is_disabled(const EngineState& engine, const std::string& job) {
    const JobPtr current = configured_job(engine, job);
    if (!current) return false;
    const JobStateRow* stored = stored_state(engine, job);
    return !current->enabled || (stored && stored->disabled && (!stored->until || engine.now.wall < *stored->until));
}

}  // namespace taktd
