// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/state/jobs.hpp"

namespace taktd {

const JobStateRow* Jobs::state_of(const std::string& job) const {
    if (const JobState* state = find(job)) return &state->stored;
    return stored_.find(job);
}

const Schedule* Jobs::stored_schedule(const std::string& job) const {
    const auto found = schedules_.find(job);
    return found == schedules_.end() ? nullptr : &found->second;
}

}  // namespace taktd
