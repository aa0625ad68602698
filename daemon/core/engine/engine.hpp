// The engine decides: an event and the time go in, effects come out. It holds the live runs, the jobs' schedules and
// the accounts' limiters, and nothing of the outside: no I/O, no clock, no randomness but its seed. The story goes on
// in jobs.cpp (what is due), runs.cpp (the life of a run), accounts.cpp (what may be sent now).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/engine/events.hpp"

namespace taktd {

struct EngineStatus {
    std::size_t live_runs = 0;   ///< not terminal
    std::size_t owed_stops = 0;  ///< open obligations
    std::size_t calls_in_flight = 0;
    bool store_up = true;
    bool store_damaged = false;
    std::optional<WallTime> next_stop_due;  ///< of the open obligations
};

/// How much of what a new config or a long downtime brings is done in one step, between which stops go out.
struct SliceSizes {
    std::size_t jobs = 512;           ///< brought up to a config
    std::size_t occurrences = 16384;  ///< that were missed, looked at one by one
};

class Engine {
public:
    static constexpr std::size_t kDueItemsPerStep = 256;
    static constexpr std::size_t kUncommittedRowsMax = 1024;

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

    EngineStatus status() const;  // walks over all live runs
    bool is_store_up() const;
    bool is_store_damaged() const;

    /// The buckets' debts, for a clean stop.
    std::vector<LimiterRow> limiter_rows(Now now) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace taktd
