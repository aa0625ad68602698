// SPDX-License-Identifier: Apache-2.0
// The jobs, their schedules and how far those are disposed of (R8); and what the store knows of jobs that no config has
// named yet.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/core/state/book.hpp"

namespace taktd {

/// What one config says of a job; null: it has left. Its schedule counts from `from`.
struct Era {
    JobPtr job;
    WallTime from;
};

struct JobState {
    JobPtr job;
    JobStateRow stored;
    std::uint64_t load = 0;  ///< the config that it was brought up to
    std::vector<Era> eras;   ///< these take over, each when what was due before is settled
    std::optional<WallTime> next;
    std::optional<WallTime> looked_for;  ///< the occurrence whose baseline was asked for
    // Catching up: occurrences that passed unseen. The newest kMissedKept get rows of their own, older ones are
    // counted.
    std::vector<WallTime> missed;
    std::optional<GapRow> gap;
    bool is_only_counted = false;  ///< it left while the daemon was down: no run can be made of its occurrences
};

class Jobs : public TimedBook<JobState, WallTime> {
public:
    /// Of jobs that are in no config now.
    Book<JobStateRow>& stored() { return stored_; }
    /// What the store has of it; null: nothing.
    const JobStateRow* state_of(const std::string& job) const;

    /// Its disablement has been set, taken back or read from the store: when does it end by itself?
    void note_disablement(const JobState& state) {
        const JobStateRow& row = state.stored;
        enablings_.set(row.job, row.disabled ? row.until : std::nullopt);
    }
    /// It leaves the book.
    void forget_disablement(const std::string& job) { enablings_.set(job, std::nullopt); }
    Agenda<WallTime>& enablings() { return enablings_; }
    const Agenda<WallTime>& enablings() const { return enablings_; }

    /// By which schedules the stored ones counted, until the first config is adopted.
    void remember(const std::map<std::string, Schedule>& schedules) {
        schedules_.insert(schedules.begin(), schedules.end());
    }
    const Schedule* stored_schedule(const std::string& job) const;
    void forget_schedules() { schedules_.clear(); }

    /// Occurrences that were disposed of while the clock was ahead: they do not come again.
    void remember(const std::set<std::pair<std::string, WallTime>>& disposed) {
        disposed_ahead_.insert(disposed.begin(), disposed.end());
    }
    bool was_disposed_ahead(const std::string& job, WallTime due) const { return disposed_ahead_.contains({job, due}); }

private:
    Book<JobStateRow> stored_;
    Agenda<WallTime> enablings_;
    std::map<std::string, Schedule> schedules_;
    std::set<std::pair<std::string, WallTime>> disposed_ahead_;
};

}  // namespace taktd
