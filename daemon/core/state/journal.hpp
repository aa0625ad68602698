// SPDX-License-Identifier: Apache-2.0
// The rows of one step, and what waits for steps before it to be durable: intents that may be released then, replies
// that may be given then (R1). Rows leave in the order in which they were written, after those of the runs that
// changed.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "daemon/core/model/effects.hpp"

namespace taktd {

/// With so many rows not durable, no start is admitted and no occurrence consumed.
inline constexpr std::size_t kUncommittedRowsMax = 1024;

class Journal {
public:
    using Place = std::size_t;

    /// Where it is among the rows of this step.
    Place write(Row row);
    /// The run's own row is written once, at the end of the step.
    void touch(const RunId& run) { touched_.insert(run); }
    /// It may be released once this step is durable.
    void write_intent(const CallRow& row);
    /// It is given once the rows of this step are durable; one that says yes, once all rows before it are as well, so
    /// that a crash cannot have promised what it forgot.
    void promise(Reply reply) { promises_.push_back(std::move(reply)); }

    /// Rows that the store has not confirmed are few enough for more work to be taken on.
    bool has_room() const { return uncommitted_ < kUncommittedRowsMax; }
    std::size_t uncommitted() const { return uncommitted_; }
    /// Likewise with the rows of this step.
    bool has_room_for_more() const { return uncommitted_ + rows_.size() < kUncommittedRowsMax; }
    /// Something was written after `place`, or a run was touched.
    bool has_more_than(Place place) const { return rows_.size() != place + 1 || !touched_.empty(); }
    /// A call's row of this step; `place` came from writing one.
    CallRow& call_at(Place place) { return std::get<CallRow>(rows_.at(place)); }

    const std::set<RunId>& touched() const { return touched_; }
    /// Rows of this step, without those of touched runs.
    std::size_t size() const { return rows_.size(); }
    struct Closed {
        std::optional<Append> append;  ///< nothing: the step wrote nothing
        std::vector<Reply> replies;    ///< that wait for nothing
    };
    /// Ends the step. `run_rows` are those of the touched runs; with room for size() more, nothing is copied.
    Closed close(std::vector<Row> run_rows);

    struct Committed {
        std::vector<CallId> intents;
        std::vector<Reply> replies;
        bool has_room_again = false;
    };
    /// Everything up to `step` is on the disk.
    Committed commit(StepId step);

    void assert_invariants() const;

private:
    StepId step_ = 0;  ///< the last one that wrote anything
    // Of this step.
    std::vector<Row> rows_;
    std::set<RunId> touched_;
    std::vector<CallId> intents_;
    std::vector<Reply> promises_;
    // Of steps that are not durable.
    struct Waiting {
        std::size_t rows = 0;
        std::vector<CallId> intents;
        std::vector<Reply> replies;
    };
    std::map<StepId, Waiting> waiting_;
    std::size_t uncommitted_ = 0;
};

}  // namespace taktd
