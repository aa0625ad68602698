// SPDX-License-Identifier: Apache-2.0
// A hash of all that an engine is told and all that it asks for (R14): two worlds with one hash have gone the same way,
// on every machine and however they were built.
#pragma once

#include <string_view>

#include "daemon/core/engine/events.hpp"

namespace taktd::sim {

/// What nobody knows.
inline constexpr RunId kNoSuchRun{Uuid{0, 1}};

class Digest {
public:
    void mix(std::uint64_t word) {
        value_ ^= word + 0x9e3779b97f4a7c15ULL + (value_ << 6U) + (value_ >> 2U);
        value_ *= 0xbf58476d1ce4e5b9ULL;
    }
    void mix(std::string_view text);
    std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0x51ab5eedULL;
};

/// Everything that they hold.
void mix_event(Digest& digest, const Event& event, Now now);
void mix_effects(Digest& digest, const Effects& effects);
void mix_row(Digest& digest, const Row& row);

}  // namespace taktd::sim
