// SPDX-License-Identifier: Apache-2.0
// What random tests and simulated worlds draw their lots with: small words over one seeded generator, the same on every
// machine.
#pragma once

#include <cstddef>

#include "daemon/core/base/random.hpp"

namespace taktd::test {

class Chance {
public:
    explicit Chance(std::uint64_t seed) : random_{seed} {}
    std::uint64_t next() { return random_.next(); }
    bool one_in(int n) { return below(n) == 0; }
    int below(int n) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(n)); }
    /// Uniform in [low, high).
    Duration between(Duration low, Duration high) {
        return low + std::chrono::duration_cast<Duration>((high - low) * random_.fraction());
    }
    /// Whole seconds of it.
    Duration seconds_between(Duration low, Duration high) {
        return std::chrono::duration_cast<std::chrono::seconds>(between(low, high));
    }
    template <class List>
    const auto& one_of(const List& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(std::size(list))))];
    }

private:
    Random random_;
};

}  // namespace taktd::test
