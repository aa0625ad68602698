// SPDX-License-Identifier: Apache-2.0
// What the parts of a simulated world share: its clocks, its agenda, its lots, its trace, its figures, and the first
// broken rule.
#pragma once

#include <map>
#include <set>

#include "tests/simulation/checks/trace.hpp"
#include "tests/simulation/world/faults.hpp"
#include "tests/support/chance.hpp"

namespace taktd::sim {

using test::Chance;
/// Time since the world began, which no clock step, pause or reboot touches.
using TrueTime = Duration;

/// The machine's clocks beside true time. A vendor lives by true time.
struct Clocks {
    WallTime origin;  ///< the true wall clock when the world began
    TrueTime t{};
    Duration wall_off{}, boot_off{};
    int boot = 1;

    WallTime true_wall() const { return origin + t; }
    Now now() const { return {true_wall() + wall_off, BootTime{t + boot_off}}; }
    std::string boot_id() const { return "boot-" + std::to_string(boot); }
};

/// What is to happen when, in true time; what shares an instant happens in the order in which it was planned.
class Plans {
public:
    void add(TrueTime at, std::function<void()> what) { plans_.emplace(std::pair{at, ++count_}, std::move(what)); }
    std::optional<TrueTime> next() const {
        return plans_.empty() ? std::nullopt : std::optional{plans_.begin()->first.first};
    }
    std::function<void()> take() {
        auto what = std::move(plans_.begin()->second);
        plans_.erase(plans_.begin());
        return what;
    }

private:
    std::map<std::pair<TrueTime, std::uint64_t>, std::function<void()>> plans_;
    std::uint64_t count_ = 0;
};

struct Figures {
    Duration lived{}, run_time{};  ///< simulated time; and of runs, from intent to end
    long worlds = 0, steps = 0, sends = 0, starts = 0, stops = 0, runs = 0, effects = 0;
    long tasks_made = 0, tasks_found = 0, task_starts = 0;  ///< from templates: made, found by title, started
    long objections = 0;                                    ///< reloads that the engine refused
    long heals = 0;                                         ///< guard rails that were set off
    FaultCounts faults{};                                   ///< injected, by kind
    std::map<std::string, long> ends;                       ///< runs by state and reason
    std::set<std::uint32_t> states;  ///< distinct (run state, calls in flight, what was seen last, ...)

    void count(Fault fault) { ++faults.at(static_cast<std::size_t>(fault)); }
    void add(const Figures& other);
    std::string text() const;
};

struct Stage {
    Stage(std::uint64_t seed, bool traced);

    Chance chance;
    Clocks clocks;
    Plans plans;
    Trace trace;
    Figures figures;
    bool healed = false;  ///< phase 2
    TrueTime healed_at{};
    std::string failure;  ///< of the first broken rule

    void fail(const std::string& why);
    void later(TrueTime at, std::function<void()> what) { plans.add(std::max(at, clocks.t), std::move(what)); }
    template <class Text>
    void say(Text&& text) {
        trace.say(std::forward<Text>(text));
    }
};

}  // namespace taktd::sim
