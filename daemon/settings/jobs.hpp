// The `jobs` section: each entry made into a Job, with its policies.
#pragma once

#include <map>
#include <string>

#include "daemon/settings/providers.hpp"
#include "daemon/settings/zones.hpp"

namespace taktd {

std::map<std::string, JobPtr> read_jobs(const Field& section, const NamedProviders& providers, const ZonePtr& zone,
                                        Zones& zones, Findings& findings);

}  // namespace taktd
