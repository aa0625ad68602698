// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/pinned_zones.hpp"

#include <algorithm>

namespace taktd::sim {
namespace {

const std::vector<PinnedZone>& table() {
    static const std::vector<PinnedZone> zones{
#include "tests/simulation/world/zones.inc"
    };
    return zones;
}

std::vector<ZonePtr> make_zones() {
    std::vector<ZonePtr> made;
    for (const auto& zone : table()) {
        std::vector<Zone::Change> changes;
        for (const auto& change : zone.changes)
            changes.push_back({WallTime{std::chrono::seconds{change.at}}, std::chrono::seconds{change.offset}});
        made.push_back(std::make_shared<const Zone>(zone.name, std::chrono::seconds{zone.initial}, std::move(changes)));
    }
    return made;
}

}  // namespace

int PinnedZone::offset_at(std::int64_t unix_seconds) const {
    int offset = initial;
    for (const auto& change : changes) {
        if (change.at > unix_seconds) break;
        offset = change.offset;
    }
    return offset;
}

std::span<const PinnedZone> pinned_zones() { return table(); }

const PinnedZone* find_pinned_zone(const std::string& name) {
    const auto found = std::ranges::find(table(), name, &PinnedZone::name);
    return found == table().end() ? nullptr : &*found;
}

ZonePtr zone_of(const PinnedZone& zone) {
    static const std::vector<ZonePtr> zones = make_zones();
    return zones.at(static_cast<std::size_t>(&zone - table().data()));
}

ZonePtr zone_of(const std::string& name) {
    const PinnedZone* zone = find_pinned_zone(name);
    return zone == nullptr ? Zone::utc() : zone_of(*zone);
}

}  // namespace taktd::sim
