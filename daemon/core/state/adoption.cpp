// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/adoption.hpp"

#include <algorithm>
#include <utility>

namespace taktd {

void Adoption::begin(ConfigPtr config, WallTime at) {
    loads_.push_back({std::move(config), at});
    is_running_ = true;
    has_all_jobs_ = false;
    reached_.reset();
}

void Adoption::end() {
    is_running_ = false;
    loads_before_ += loads_.size();
    loads_.clear();
}

bool Adoption::names(const std::string& job) const {
    return std::ranges::any_of(loads_, [&](const Load& load) { return load.config->jobs.contains(job); });
}

void Adoption::end_jobs() {
    has_all_jobs_ = true;
    reached_.reset();
}

}  // namespace taktd
