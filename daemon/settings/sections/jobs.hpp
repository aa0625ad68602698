// SPDX-License-Identifier: Apache-2.0
// The jobs, templates and defaults of all files: merged, and made into Jobs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/settings/sections/job_reader.hpp"
#include "daemon/settings/settings.hpp"

namespace taktd {

/// What stands under the keys of that name, in whatever file.
struct WrittenJobs {
    std::vector<Field> defaults;  ///< keys of the one mapping that they make together
    std::vector<Field> templates, jobs;
};

struct ReadJobs {
    std::map<std::string, JobPtr> jobs;
    std::vector<ResolvedKey> resolved;  ///< of the job that was asked for
};

/// `resolve`: the job whose keys are wanted; empty: none.
ReadJobs read_jobs(const WrittenJobs& written, const std::string& resolve, JobSurroundings& surroundings);

}  // namespace taktd
