// SPDX-License-Identifier: Apache-2.0
// The shell in its shortest form, for what the engine and the store cost by themselves: no vendor is asked, each call
// is answered at once, and nothing waits for an instant, since the clocks go ahead as far as is wanted.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "daemon/core/engine/engine.hpp"
#include "daemon/runtime/clock.hpp"

namespace taktd::bench {

class ShortShell {
public:
    std::function<void(Append)> append;  ///< where rows go; whoever takes them puts Durable
    Engine engine{1};
    std::size_t answered = 0;
    Duration ahead{};  ///< of the clocks

    void put(Event event) { events_.push_back(std::move(event)); }
    /// Performs everything that needs no waiting.
    void settle();
    /// The engine over an empty store, with this config.
    void open(const ConfigPtr& config);
    /// Moves the clocks to the engine's next instant and settles; false if there is none before they are `end` ahead.
    bool pass_to_next(Duration end);

private:
    Now time() const;
    Answered answer(const Send& send);

    std::deque<Event> events_;
    WakeAt wake_;
    std::set<std::string> stopped_;  // tasks; every other one is seen running
};

/// Hands over what is durable from the writer's thread to the one that waits.
class DurableStep {
public:
    void set(std::uint64_t step);
    /// The newest step, once it is newer than `known`.
    std::uint64_t wait_beyond(std::uint64_t known);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t step_ = 0;
};

}  // namespace taktd::bench
