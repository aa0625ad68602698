// SPDX-License-Identifier: Apache-2.0
// The zones of the simulation, pinned in zones.inc, so that a seed means the same whatever tzdata a machine has.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "daemon/core/calendar/zone.hpp"

namespace taktd::sim {

struct PinnedZone {
    struct Change {
        std::int64_t at;  ///< Unix seconds
        int offset;       ///< from then on, in seconds
    };
    std::string name;
    int initial;
    std::vector<Change> changes;

    /// Looked up here and not by the core's Zone, for the oracle's sake.
    int offset_at(std::int64_t unix_seconds) const;
};

std::span<const PinnedZone> pinned_zones();
/// Nothing for UTC and unknown names.
const PinnedZone* find_pinned_zone(const std::string& name);
ZonePtr zone_of(const PinnedZone& zone);
ZonePtr zone_of(const std::string& name);

}  // namespace taktd::sim
