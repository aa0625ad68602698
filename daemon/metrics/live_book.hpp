// SPDX-License-Identifier: Apache-2.0
// What is live by the rows that are durable, kept as counts: asking costs nothing per run. Metrics look a run's
// instants up here, too. On the loop's thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/model/rows.hpp"
#include "daemon/metrics/facts.hpp"

namespace taktd::metrics {

class LiveBook {
public:
    /// Overdue stops that are named one by one.
    static constexpr std::size_t kNamedMax = 100;

    struct Run {
        std::string job, provider;
        RunState state = RunState::due;
        Origin origin = Origin::schedule;
        WallTime start_due;
        bool owes = false;
        std::optional<WallTime> should_end;  ///< of one that owes a stop, or did until it ended
        WallTime overdue_from{};
        bool has_sent_start = false, has_sent_stop = false;  ///< a request of it has been counted
    };

    /// A run that has ended is found until forget().
    void note(const RunRow& row);
    void forget(const RunId& id) { runs_.erase(id); }
    /// Null: it is not live.
    Run* find(const RunId& id);

    void note(const HoldRow& row);
    void note(const ForeignRow& row);
    void note(const JobStateRow& row);

    /// Its own part of the facts. What has become overdue since the last time is moved over; nothing else is walked.
    void show(Facts& facts);

private:
    using Agenda = std::set<std::pair<WallTime, RunId>>;

    void count_out(const RunId& id, const Run& run);
    void count_in(const RunId& id, const Run& run);

    std::map<RunId, Run> runs_;
    std::array<std::size_t, kLiveStates> states_{};
    std::map<std::string, std::size_t> owed_, overdue_counts_;
    Agenda ends_;      ///< of all that is owed, by its end
    Agenda expected_;  ///< not overdue when last asked, by the instant that it will be
    Agenda overdue_;   ///< the others, by their end
    std::map<std::string, HoldRow> holds_;
    std::map<std::string, std::string> foreign_;  ///< task, provider
    std::map<std::string, std::optional<WallTime>> disabled_;
};

}  // namespace taktd::metrics
