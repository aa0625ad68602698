// SPDX-License-Identifier: Apache-2.0
// What one scrape shows that is no counter: one copy of the daemon's state, taken on the loop, written out elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd::metrics {

inline constexpr std::size_t kLiveStates = static_cast<std::size_t>(RunState::completed);

/// A stop that is overdue.
struct OverdueStop {
    std::string provider, job;
    WallTime since;  ///< when the run should have ended
};

/// An account's, shown under each provider of the config that uses it.
struct ProviderFacts {
    double tokens = 0;                                ///< requests that may go at once
    std::array<std::size_t, kCallClasses> waiting{};  ///< for a permit, by class
    std::size_t in_flight = 0;
    bool is_open = true;  ///< false: it refuses our credentials
    Duration skew{};
};

/// Of a target of `notify`, since the process began.
struct NotifyFacts {
    std::uint64_t delivered = 0, retried = 0, given_up = 0;
    std::size_t waiting = 0;
    Duration oldest{};  ///< how long ago the oldest that waits was made; 0: none waits
};

/// Engaged holds, by what they are on.
struct HoldCounts {
    std::size_t everything = 0, provider = 0, job = 0;
};

/// Why nothing at all is started.
struct Blocks {
    bool hold = false, store = false, clock = false, config = false, stopping = false;
};

struct Facts {
    WallTime now;
    WallTime process_started;
    std::array<std::size_t, kLiveStates> states{};
    std::map<std::string, std::size_t> owed, overdue, foreign;  ///< by provider
    std::vector<OverdueStop> overdue_stops;                     ///< the first of them
    std::map<std::string, ProviderFacts> providers;
    std::optional<WallTime> next_start, next_stop;
    HoldCounts holds;
    Blocks blocks;
    bool is_store_up = true;
    std::size_t uncommitted_rows = 0;
    std::size_t subscribers = 0;  ///< event streams
    std::uint64_t subscribers_dropped = 0;
    std::string store_path;
    ConfigPtr config;
    std::map<std::string, NotifyFacts> notifications;  ///< by target
    std::set<std::string> disabled_jobs;               ///< by an operator, now
    std::optional<bool> is_reload_good;                ///< nothing: no config has been read yet
    std::optional<WallTime> reloaded;                  ///< when one last took over
};

}  // namespace taktd::metrics
