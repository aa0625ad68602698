// SPDX-License-Identifier: Apache-2.0
// Does the writer get on? It numbers the pieces of its work; whoever finds the same number again and again knows that
// it hangs. Nobody waits for anybody.
#pragma once

#include <atomic>
#include <cstdint>

namespace taktd {

class Pulse {
public:
    // The writer's.
    void begin() { piece_ = ++count_; }
    void rest() { piece_ = 0; }

    /// On any thread: the piece that is in hand; 0: none is.
    std::uint64_t piece() const { return piece_; }

private:
    std::uint64_t count_ = 0;
    std::atomic<std::uint64_t> piece_{0};
};

}  // namespace taktd
