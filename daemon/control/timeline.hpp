// The answer that is made for drawing: a lane a job, in the order in which lanes deserve attention (overdue, live, next
// start), and in each what has run and what is planned, as rows of whole seconds from the picture's left edge.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

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
    std::optional<std::string> part = {};  ///< of the jobs' names
    std::optional<LanePlace> after = {};
    std::size_t limit = 1;
};

json::object timeline(Queries& queries, PlanKeeper& plans, const TimelineQuestion& asked);

}  // namespace taktd::control
