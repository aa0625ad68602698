// SPDX-License-Identifier: Apache-2.0
// A job as it is after merging, key by key, each with the place that it came from: what `taktctl check --resolved`
// shows. The lines together are a job again, with times as instants and defaults written out.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/report/findings.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

namespace taktd {

struct ResolvedSource {
    const YamlNode& merged;  ///< the job's mapping, read without an error
    const Job& job;
    const AdapterSchema& schema;
    Position zone_at;  ///< of the config's own `time_zone`; line -1: not written
    const Findings& findings;
};

std::vector<ResolvedKey> resolve_job(const ResolvedSource& source);

}  // namespace taktd
