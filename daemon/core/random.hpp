// The engine's only source of chance: a seeded generator (SplitMix64), so that the same seed gives the same trace (R14)
// on every machine and standard library. Ids and jitter come from it.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/time.hpp"

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

/// UUIDv7 text (RFC 9562, section 5.7): sorts by the wall clock's milliseconds.
std::string make_uuid(WallTime now, Random& random);

}  // namespace taktd
