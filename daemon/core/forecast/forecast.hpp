// SPDX-License-Identifier: Apache-2.0
// What the daemon would do from an instant on: the engine itself, run in virtual time over what the store holds,
// against vendors that do at once what they are told. So a plan knows every policy, hold, overlap and limiter wait that
// the daemon knows. What no vendor has said yet (a refusal, a task that somebody else runs) it cannot know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/past.hpp"
#include "daemon/core/rules/policies.hpp"

namespace taktd {

struct ForecastRequest {
    ConfigPtr config;
    Past past;                       ///< nothing in it: a daemon that has never run
    WallTime begin;                  ///< the instant of `past`; the config takes over just before it
    WallTime until;                  ///< runs that are due before it are told, to their ends; later ones play no part
    std::size_t runs_max = 100'000;  ///< due at `begin` or later
};

struct ForecastRun {
    JobPtr job;        ///< as the request's config has it
    RunRow row;        ///< its last one; runs that are still live at the end of the forecast have not ended
    std::string note;  ///< of its last transition
    std::shared_ptr<const StartFacts> facts;        ///< likewise, of a start that is not made
    std::optional<WallTime> start_sent, stop_sent;  ///< the first of each
};

struct Forecast {
    std::vector<ForecastRun> runs;   ///< created after `begin`, in order of creation
    std::optional<WallTime> cut_at;  ///< there are more than `runs_max`: told up to here
};

Forecast make_forecast(const ForecastRequest& request);

}  // namespace taktd
