// SPDX-License-Identifier: Apache-2.0
// The config in force, and those before it until nothing refers to them any more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/engine/engine.hpp"
#include "daemon/runtime/worker.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd {

class ConfigInForce {
public:
    ConfigInForce() { settings_.config = std::make_shared<const Config>(); }

    const Settings& settings() const { return settings_; }
    const ConfigPtr& jobs() const { return settings_.config; }
    /// Of the store that is open, whatever a later config says.
    const std::string& store_path() const { return settings_.store_path; }
    /// 0: none has been accepted.
    std::uint64_t generation() const { return generation_; }
    std::optional<WallTime> loaded() const { return loaded_; }
    bool has_come() const { return generation_ > 0; }

    /// Why `next` must not take over, though nothing is wrong with it: what the engine says (R11), and that a file
    /// which lost its jobs would stop every run.
    std::vector<std::string> objections_to(const Settings& next, const Engine& engine) const {
        std::vector<std::string> objections = engine.objections(*next.config);
        if (!next.lists_jobs && next.config->jobs.empty() && !jobs()->jobs.empty())
            objections.push_back("the config has no jobs: the " + std::to_string(jobs()->jobs.size()) +
                                 " in force would all leave, and their runs be stopped; if that is meant, write "
                                 "'jobs: {}'");
        return objections;
    }

    void use_store(const std::string& path) { settings_.store_path = path; }
    /// What comes out was in force before.
    ConfigPtr take(Settings next, WallTime now) {
        ConfigPtr before = std::move(settings_.config);
        retire(before);
        next.store_path = std::move(settings_.store_path);
        settings_ = std::move(next);
        ++generation_;
        loaded_ = now;
        return before;
    }
    /// One that has been replaced or refused: kept until drop_unused().
    void retire(ConfigPtr config) { retired_.push_back(std::move(config)); }
    /// A hundred thousand jobs take their time to be destroyed: on `worker`.
    void drop_unused(Worker& worker) {
        const auto unused =
            std::ranges::partition(retired_, [](const ConfigPtr& config) { return config.use_count() > 1; });
        for (ConfigPtr& config : unused) worker.run([gone = std::move(config)]() mutable { gone.reset(); });
        retired_.erase(unused.begin(), unused.end());
    }

private:
    Settings settings_;
    std::uint64_t generation_ = 0;
    std::optional<WallTime> loaded_;
    std::vector<ConfigPtr> retired_;
};

}  // namespace taktd
