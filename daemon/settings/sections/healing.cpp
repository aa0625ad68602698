// SPDX-License-Identifier: Apache-2.0
#include "daemon/settings/sections/healing.hpp"

namespace taktd {
namespace {

constexpr Duration kHealWithinDefault = std::chrono::minutes{2};
constexpr Duration kHealWithinMin = std::chrono::seconds{1}, kHealWithinMax = std::chrono::minutes{30};

}  // namespace

std::optional<Duration> read_healing(Section& stop, const AdapterSchema& schema, Findings& findings) {
    const Field heal = stop.take("heal");
    const Field within = stop.take("heal_within");
    if (!schema.traits.can_heal) {
        for (const Field& field : {heal, within}) {
            if (field)
                findings.error(field.key->at, "'" + field.name() + "' has no meaning for " + schema.type +
                                                  ", which injects no faults; remove it");
        }
        return std::nullopt;
    }
    Duration limit = kHealWithinDefault;
    if (within) {
        const auto written = read_duration(within, kHealWithinMin, findings);
        if (written && *written > kHealWithinMax)
            findings.error(within.at(), "'heal_within' must be at most " + to_text(kHealWithinMax) +
                                            ": the stop is delayed for so long, and the drill goes on");
        limit = written.value_or(limit);
    }
    const auto choice = heal ? read_choice(heal, {"auto", "never"}, findings) : std::optional<std::size_t>{0};
    if (choice != std::size_t{0}) return std::nullopt;
    return limit;
}

}  // namespace taktd
