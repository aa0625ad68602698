// SPDX-License-Identifier: Apache-2.0
// How far the jobs have adopted the configs that were loaded: each load has a number, and each job knows up to which it
// was brought.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd {

class Adoption {
public:
    struct Load {
        ConfigPtr config;
        WallTime at;
    };

    /// A config takes over; all jobs are to adopt it, in order of their names.
    void begin(ConfigPtr config, WallTime at);
    bool is_running() const { return is_running_; }
    /// Every job has adopted the newest config.
    void end();

    /// The number of the newest load; a job of that number is up to date.
    std::uint64_t newest() const { return loads_before_ + loads_.size(); }
    /// The number that a job has which none of the loads has reached.
    std::uint64_t oldest() const { return loads_before_; }
    const Load& load(std::uint64_t number) const { return loads_.at(number - loads_before_); }
    /// Some load that is not adopted yet has such a job.
    bool names(const std::string& job) const;

    /// The last job that was looked at; once all were, the last task, of those that may be watched no more.
    const std::optional<std::string>& reached() const { return reached_; }
    void reach(std::string name) { reached_ = std::move(name); }
    bool has_all_jobs() const { return has_all_jobs_; }
    void end_jobs();

private:
    std::vector<Load> loads_;  ///< those that some job has yet to adopt; the last is in force
    std::uint64_t loads_before_ = 0;
    bool is_running_ = false, has_all_jobs_ = false;
    std::optional<std::string> reached_;
};

}  // namespace taktd
