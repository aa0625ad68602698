// SPDX-License-Identifier: Apache-2.0
// What the engine is told of the store when it begins: live runs, what is owed, and what must not be done twice.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/calendar/schedule.hpp"
#include "daemon/core/model/rows.hpp"

namespace taktd {

/// A live run as recovery finds it.
struct RecoveredRun {
    RunRow run;
    int last_seq = 0;
    std::vector<CallRow> calls;   ///< its start, stop, pause and resume calls in order of intent; no spec
    bool refused_before = false;  ///< an earlier start was certainly refused (a call of action start has ended so)
    WallTime newest_row;          ///< of its transitions and calls
    std::string stop_actor = "taktd", stop_text{};  ///< of one that is `stopping`: on whose behalf, and why
};

/// Everything the engine needs of the store at its start.
struct Snapshot {
    std::vector<RecoveredRun> live;  ///< not terminal
    std::vector<CallRow> cut_calls;  ///< in flight when the last process died, of no run or of one that had ended
    std::vector<JobStateRow> jobs;
    std::vector<HoldRow> holds;
    std::map<std::pair<std::string, std::string>, RunId>
        request_keys;                                     ///< of manual runs that are kept, by job and key
    std::vector<LimiterRow> limiters;                     ///< only if the last stop was clean
    std::vector<LimitRow> limits;                         ///< whatever the last stop was like
    std::vector<ForeignRow> foreign;                      ///< not ended
    std::vector<OutboxRow> outbox;                        ///< in the order in which they came
    std::vector<std::pair<RunRow, WallTime>> last_looks;  ///< runs that have ended, and when they are looked at
    /// Occurrences after their job's watermark that were disposed of while the clock was ahead.
    std::set<std::pair<std::string, WallTime>> disposed_ahead;
    bool clean_stop = false;
    bool first_start = false;  ///< the store has never been used
    WallTime newest;           ///< the newest instant in the store; epoch if empty
    /// What could not be read, in sentences: nothing is started as long as there is any.
    std::vector<std::string> damage;
    bool found_damaged = false;  ///< by the check of an earlier daemon, and none has passed since
};

/// By job: what JobStateRow keeps as text. One that cannot be read any more is missing.
using Schedules = std::map<std::string, Schedule>;

/// A snapshot with the schedules of its jobs, without which the engine cannot tell what was missed (R8); past_of()
/// reads them. One without jobs has none.
struct Past {
    Snapshot snapshot;
    Schedules schedules;
};
Past past_of(Snapshot snapshot, const FindZone& find_zone);

}  // namespace taktd
