// SPDX-License-Identifier: Apache-2.0
// What the engine shows of itself to people: values, made when they are asked for.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {

struct NextStart {
    std::string job;
    WallTime at;
    Reason skip = Reason::none;  ///< why it would be skipped as things are now: disabled or hold

    bool operator==(const NextStart&) const = default;
};
struct NextStop {
    RunId run;
    std::string job;
    WallTime at;
};

struct EngineStatus {
    std::size_t live_runs = 0;               ///< not terminal
    std::size_t owed_stops = 0;              ///< open obligations
    std::map<RunState, std::size_t> states;  ///< live runs by state; those of none are left out
    std::size_t calls_in_flight = 0;
    bool store_up = true;
    bool store_damaged = false;
    std::size_t uncommitted_rows = 0;  ///< decided, and not on the disk yet
    std::optional<NextStart> next_start;
    std::optional<NextStop> next_stop;  ///< of the open obligations
};

/// Requests that wait for a permit, by class (R7).
struct Waiting {
    std::size_t stop = 0, pause_resume = 0, settle = 0, start = 0, poll = 0;
};

struct AccountStatus {
    RateLimit limit;
    double tokens = 0;   ///< requests that may go at once, from 0 to the burst
    Duration full_in{};  ///< until the bucket is full again
    Waiting waiting;
    std::size_t in_flight = 0;
    std::size_t owed_stops = 0;
    bool closed = false;                    ///< it refuses our credentials
    std::optional<Duration> next_probe_in;  ///< while it is closed; zero: due
    Duration skew{};                        ///< the vendor's clock minus ours
};

/// What is known of the pursuit of one run's end.
struct StopStatus {
    int attempts = 0;                      ///< stops asked for
    std::optional<Duration> next_stop_in;  ///< zero: as soon as its account permits; nothing: none is planned
};

}  // namespace taktd
