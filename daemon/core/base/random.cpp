// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/base/random.hpp"

#include <algorithm>

namespace taktd {

// Sebastiano Vigna's SplitMix64 (public domain): every seed is good, and one word of state is enough.
std::uint64_t Random::next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

double Random::fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

Uuid UuidSource::next(WallTime now) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(to_ns(now), 0) / 1'000'000);
    last_ = std::max(last_ + 1, ms << 12U);  // a full counter borrows from the next millisecond
    const std::uint64_t high = ((last_ >> 12U) << 16U) | 0x7000U | (last_ & 0x0fffU);
    const std::uint64_t low = (random_.next() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
    return {high, low};
}

}  // namespace taktd
