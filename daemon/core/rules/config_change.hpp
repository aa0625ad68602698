// SPDX-License-Identifier: Apache-2.0
// What a reload changes, by the names of jobs.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd {

struct ConfigChange {
    std::vector<std::string> added, removed, changed;
};

/// Compares all that decides what a job does, and what people read of it. Walks over every job.
ConfigChange change_between(const Config& before, const Config& after);

}  // namespace taktd
