// SPDX-License-Identifier: Apache-2.0
// The live runs: those that are not terminal yet. By job, by what an operator called them, and when each is looked at
// again.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/core/rules/healing.hpp"
#include "daemon/core/rules/observation.hpp"
#include "daemon/core/state/book.hpp"
#include "daemon/core/state/stop_pursuit.hpp"

namespace taktd {

/// What came of the attempts to start it.
struct StartTries {
    std::optional<CallId> call;  ///< intent written, not answered
    int attempts = 0;
    int tried = 0;  ///< those of them that were not withdrawn before they were sent
    bool refused_before = false;
    std::string problem;      ///< what the last attempt came to
    bool skew_retry = false;  ///< the last one was refused for our clock alone: the next has the corrected time
    std::optional<BootTime> retry_at;
    BootTime ended{};  ///< when the connection of the last one ended; after a crash: exec
};

/// A task of its own that is made from a template.
struct TaskMaking {
    std::optional<CallId> call;
    std::optional<BootTime> next;
    int attempts = 0, failures = 0;
    bool finds_task = false;  ///< one may have been made: it is looked for before another is made
    bool skew_retry = false;
    std::string problem;
};

/// When it is asked for, and what the answers have shown so far.
struct Asking {
    std::optional<CallId> call;
    std::optional<BootTime> next;
    Duration wait{};
    std::optional<BootTime> queued;  ///< its place in the account's queue
    bool alone = false;              ///< the next query must not be a batched one
    bool skew_retry = false;
    std::optional<Sighting> sighting;  ///< what one more look may confirm
    int naming_looks = 0;              ///< asked for alone, because a list shows no token
};

struct Pausing {
    /// An operator's wish, until its effect is seen or it is refused.
    struct Wish {
        Action action = Action::pause;
        std::string actor, reason;
        std::optional<BootTime> look_since;  ///< a look that was asked later must show the task paused first
    };
    std::optional<Wish> wish;
    std::optional<CallId> call;
    bool was_resumed = false;              ///< and may run under another start time since
    std::optional<BootTime> resume_ended;  ///< of the last resume that may have an effect nobody knows of
};

struct LiveRun {
    RunRow row;
    int seq = 0;
    std::optional<std::pair<RunState, WallTime>> counted;  ///< as Runs has counted it: its state and its end
    JobPtr job;                                            ///< null once the job has left the config
    bool by_hand = false;
    BootTime known_since{};        ///< its start was due by then
    BootTime wanted_since{};       ///< its start or its stop waits for a permit, if one waits
    bool waited = false;           ///< for an earlier run of its job
    bool is_newest_missed = true;  ///< false: a later missed occurrence came after it
    std::string previous_run_id;   ///< the vendor's, of our run of the task before this one
    std::string candidate;         ///< the token of the last active look, as long as its own is not known

    TaskMaking making;
    StartTries start;
    Asking asking;
    Pausing pause;
    StopPursuit stop;

    // Undoing faults before the stop; its call is the pursuit's.
    std::optional<Healing> healing;
    std::optional<bool> rolls_back;  ///< by a look since the start
    std::string heal_problem;        ///< why faults may not have been undone
    BootTime next_close_look{};      ///< from then on a poll must show the task's actions
};

class Runs {
public:
    LiveRun& add(const RunId& id, const std::string& job);
    LiveRun& at(const RunId& id) { return runs_.at(id); }
    const LiveRun& at(const RunId& id) const { return runs_.at(id); }
    /// Also one that this step has ended.
    LiveRun* find(const RunId& id) { return runs_.find(id); }
    bool contains(const RunId& id) const { return runs_.contains(id); }
    /// It has become terminal: it leaves its job and is not looked at again. Its row is still to be written.
    void end(const LiveRun& run);
    void erase(const RunId& id) { runs_.erase(id); }

    /// Counts it as its row is now; once that is terminal, no more.
    void count(LiveRun& run);
    /// Those of none are left out.
    const std::map<RunState, std::size_t>& by_state() const { return by_state_; }
    /// The first end that is due among the runs that owe a stop.
    std::optional<std::pair<WallTime, RunId>> next_end() const;

    auto begin() { return runs_.begin(); }
    auto end() { return runs_.end(); }
    auto begin() const { return runs_.begin(); }
    auto end() const { return runs_.end(); }
    std::size_t size() const { return runs_.size(); }
    const std::set<RunId>& of_job(const std::string& job) const;

    void look_at(const RunId& id, WallTime when) { by_wall_.set(id, when); }
    void look_at(const RunId& id, BootTime when) { by_boot_.set(id, when); }
    /// Replaces both instants.
    void plan(const RunId& id, std::optional<WallTime> wall, std::optional<BootTime> boot);
    Agenda<WallTime, RunId>& by_wall() { return by_wall_; }
    Agenda<BootTime, RunId>& by_boot() { return by_boot_; }

    using RequestKey = std::pair<std::string, std::string>;  ///< a job, and what its manual start was called
    /// Null: no run was started so.
    const RunId* requested(const RequestKey& key) const;
    void remember_request(const RequestKey& key, const RunId& run) { request_keys_.insert_or_assign(key, run); }

    void assert_invariants() const;

private:
    Book<LiveRun, RunId> runs_;
    std::map<std::string, std::set<RunId>> by_job_;  ///< no empty set
    std::map<RunState, std::size_t> by_state_;
    std::set<std::pair<WallTime, RunId>> ends_;  ///< of those that owe a stop
    Agenda<WallTime, RunId> by_wall_;
    Agenda<BootTime, RunId> by_boot_;
    std::map<RequestKey, RunId> request_keys_;
};

}  // namespace taktd
