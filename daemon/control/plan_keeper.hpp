// SPDX-License-Identifier: Apache-2.0
// The plan of what is to come, which takes up to a second to reckon: one is kept for as long as nothing that it was
// made of has changed, and a minute at most. Used by the thread of long questions alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/report/inquiry.hpp"
#include "daemon/report/planning.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::control {

struct PlanQuestion {
    ConfigPtr config;
    std::uint64_t generation = 0;
    std::string time_zone;
    WallTime now, from, until;
};

/// A plan of all jobs; it may begin before and end after what was asked for.
struct MadePlan {
    WallTime made, until;
    report::Plan plan;
};

class PlanKeeper {
public:
    /// How far ahead a plan that is kept goes at most; what reaches farther is made for one answer.
    static constexpr Duration kKeptMax = std::chrono::hours{7 * 24};
    static constexpr Duration kKeptFor = std::chrono::minutes{1};

    explicit PlanKeeper(FindZone find_zone) : find_zone_{std::move(find_zone)} {}

    /// A stretch that begins in the past is planned by the config alone, as if nothing had run then.
    std::shared_ptr<const MadePlan> plan(Queries& queries, const PlanQuestion& question);

private:
    /// What may change without a new generation of the config.
    static std::string conditions_of(Queries& queries, WallTime now);
    std::shared_ptr<const MadePlan> make(Queries& queries, const PlanQuestion& question, WallTime from, WallTime until);

    FindZone find_zone_;
    std::shared_ptr<const MadePlan> kept_;
    std::uint64_t generation_ = 0;
    std::string conditions_;
};

}  // namespace taktd::control
