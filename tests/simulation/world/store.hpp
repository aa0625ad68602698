// SPDX-License-Identifier: Apache-2.0
// The simulated store: rows wait, are committed in step order, and only what is committed survives a crash. Its tables
// are the checks' view of the world, too.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "daemon/core/engine/events.hpp"

namespace taktd::sim {

class SimStore {
public:
    std::deque<Append> pending;  ///< appended, not durable
    bool is_down = false;
    /// So many of them stand on the disk although their commit was reported as failed; only a crash can tell.
    std::size_t found_ahead = 0;

    std::map<RunId, RunRow> runs;
    std::map<RunId, std::vector<TransitionRow>> transitions;
    std::map<CallId, CallRow> calls;  ///< but queries
    std::map<RunId, std::vector<CallId>> calls_of;
    std::map<std::string, JobStateRow> jobs;
    std::map<std::pair<std::string, WallTime>, GapRow> gaps;
    std::map<std::string, HoldRow> holds;
    std::map<std::pair<std::string, WallTime>, ForeignRow> foreign;
    std::map<RunId, WallTime> last_looks;
    std::vector<LimiterRow> limiters;        ///< what a clean stop left
    std::map<std::string, LimitRow> limits;  ///< by account, as last told
    std::set<RunId> live;
    WallTime newest;
    bool found_damaged = false;  ///< by the last check of it
    bool was_opened = false;     ///< by an earlier process: its tables are there, whatever is in them

    void apply(const Row& row);
    /// Queries leave nothing that recovery reads.
    static bool keeps(const Row& row);
    /// As recovery finds it.
    Past past(bool clean) const;
};

}  // namespace taktd::sim
