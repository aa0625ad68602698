// SPDX-License-Identifier: Apache-2.0
// The answer that is made for drawing: a lane a job, in the order in which lanes deserve attention (overdue, live, next
// start), and in each what has run and what is planned, as rows of whole seconds from the picture's left edge.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "daemon/control/job_search.hpp"
#include "daemon/control/plan_keeper.hpp"

namespace taktd::control {

namespace json = boost::json;

/// Where a lane stands in the order.
struct LanePlace {
    int rank = 0;          ///< 0 overdue, 1 live, 2 to be started, 3 none of these
    std::int64_t at_ns{};  ///< since when, until when, or when
    std::string job;

    static std::optional<LanePlace> parse(std::string_view text);
    std::string text() const;
    auto operator<=>(const LanePlace&) const = default;
};

struct TimelineQuestion {
    PlanQuestion plan;
    WallTime from{}, until{};
    JobSearch search = {};
    /// Lanes with a run in the picture that is all of this.
    std::vector<RunState> states = {};
    bool is_live = false, is_overdue = false;
    std::optional<LanePlace> after = {};
    std::size_t limit = 1;

    /// Of a job that has left the config only its runs are known.
    bool is_about(const RunBrief& run) const;
    bool is_about(const std::vector<RunBrief>& runs) const;
};

json::object timeline(Queries& queries, PlanKeeper& plans, const TimelineQuestion& asked);

}  // namespace taktd::control
