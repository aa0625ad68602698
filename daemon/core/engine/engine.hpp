// SPDX-License-Identifier: Apache-2.0
// The engine decides: an event and the time go in, effects come out. It holds the live runs, the jobs' schedules and
// the accounts' limiters, and nothing of the outside: no I/O, no clock, no randomness but its seed. The story goes on
// in firing.hpp (what is due), driving.hpp (the life of a run), sending.hpp (what may be sent now).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/engine/events.hpp"
#include "daemon/core/model/status.hpp"
#include "daemon/core/state/budget.hpp"

namespace taktd {

struct EngineState;

class Engine {
public:
    explicit Engine(std::uint64_t seed, SliceSizes slices = {});
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    Effects step(const Event& event, Now now);

    /// Why `config` must not take over now (R11): a provider that owes stops would vanish or point elsewhere. Empty: it
    /// may.
    std::vector<std::string> objections(const Config& config) const;

    /// The last config has taken over, and jobs that are not due are still being brought up to it, step by step.
    /// Whoever holds the config before it may let go of that now only at the cost of freeing it at once, on this
    /// thread.
    bool is_adopting() const;

    /// What must hold between two steps, in all that it remembers; throws BrokenRule. Walks over everything: for tests.
    void assert_invariants() const;

    EngineStatus status() const;
    /// The schedules' next starts, in order of time, `count` of them at most.
    std::vector<NextStart> next_starts(std::size_t count) const;
    /// Of the account that the provider uses now.
    AccountStatus status_of_account(const ProviderSpec& provider, Now now) const;
    /// Of a live run; nothing: it is none, or its end is not wanted yet.
    std::optional<StopStatus> status_of_stop(const RunId& run, Now now) const;
    bool is_store_up() const;
    /// The wall clock is not behind the store's newest instant: else nothing is started.
    bool is_clock_trusted(Now now) const;
    bool is_store_damaged() const;

    /// The buckets' debts, for a clean stop.
    std::vector<LimiterRow> limiter_rows(Now now) const;

private:
    std::unique_ptr<EngineState> state_;
};

}  // namespace taktd
