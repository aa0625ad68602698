// SPDX-License-Identifier: Apache-2.0
// One job's mapping made into a Job, after defaults and template are merged into it. Whole jobs and parts of jobs (a
// template, the defaults) are read by the same code: of a part nothing is missed, but what it says must be right.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/settings/sections/providers.hpp"
#include "daemon/settings/sections/zones.hpp"

namespace taktd {

/// What every job is read with.
struct JobSurroundings {
    const NamedProviders& providers;
    std::vector<std::string> provider_names;
    ZonePtr zone;      ///< of the config
    Position zone_at;  ///< where it stands; line -1: nowhere
    Zones& zones;
    Findings& findings;
};

struct JobSource {
    Completion completion = Completion::full;  ///< full: a job; part: a template, the defaults
    std::string what;                          ///< for messages: "job 'a'", "template 't'"
    Field entry;                               ///< its name, and what it comes to after merging
    const YamlNode* own = nullptr;  ///< what stands there itself: what is inherited is checked where it was written
    std::string use_refused{};      ///< why `use` must not stand here; empty: it may
};

/// Null after a report, and for parts.
JobPtr read_job(const JobSource& source, JobSurroundings& surroundings);

}  // namespace taktd
