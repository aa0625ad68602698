// SPDX-License-Identifier: Apache-2.0
// The engine's only source of chance: a seeded generator (SplitMix64), so that the same seed gives the same trace (R14)
// on every machine and standard library. Ids and jitter come from it.
#pragma once

#include <cstdint>

#include "daemon/core/base/time.hpp"
#include "daemon/core/base/uuid.hpp"

namespace taktd {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_{seed} {}
    std::uint64_t next();
    /// Uniform in [0, 1).
    double fraction();

private:
    std::uint64_t state_;
};

/// UUIDv7 (RFC 9562, sections 5.7 and 6.2, method 1): they sort in order of their creation, also within one
/// millisecond and when the wall clock steps back.
class UuidSource {
public:
    explicit UuidSource(std::uint64_t seed) : random_{seed} {}
    Uuid next(WallTime now);

private:
    Random random_;
    std::uint64_t last_ = 0;  ///< milliseconds and a counter of 12 bits
};

}  // namespace taktd
