// What the engine remembers of each run, call, account, task and job. Plain data for the chapters only;
// state.hpp holds it and says who changes it.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "daemon/core/rules/healing.hpp"
#include "daemon/core/rules/limiter.hpp"
#include "daemon/core/rules/observation.hpp"
#include "daemon/core/rules/policies.hpp"
#include "daemon/core/rules/probe_plan.hpp"
#include "daemon/core/state/calls.hpp"
#include "daemon/core/state/stop_pursuit.hpp"

namespace taktd {

struct LiveRun {
    RunRow row;
    int seq = 0;
    JobPtr job;  ///< null once the job has left the config
    bool by_hand = false;
    BootTime known_since{};  ///< its start was due by then

    // Starting.
    int start_attempts = 0;
    int starts_tried = 0;  ///< those of them that were not withdrawn before they were sent
    bool refused_before = false;
    std::string start_problem;      ///< what its last attempt came to
    bool start_skew_retry = false;  ///< the last one was refused for our clock alone: the next is its one more try
    std::optional<BootTime> retry_at;
    std::optional<CallId> start_call;  ///< intent written, not answered
    BootTime start_ended{};

    bool waited = false;           ///< for an earlier run of its job
    bool is_newest_missed = true;  ///< false: a later missed occurrence came after it

    // Making a task of its own from a template.
    std::optional<CallId> prepare_call;
    std::optional<BootTime> next_prepare;
    int prepare_attempts = 0, prepare_failures = 0;
    bool finds_task = false;  ///< one may have been made: it is looked for before another is made
    bool prepare_skew_retry = false;
    std::string prepare_problem;

    // Asking.
    std::optional<CallId> query;
    std::optional<BootTime> next_query;
    Duration query_wait{};
    std::optional<BootTime> queued_query;  ///< its place in the account's queue
    bool ask_alone = false;                ///< the next query must not be a batched one
    bool query_skew_retry = false;         ///< like start_skew_retry
    std::optional<Sighting> sighting;      ///< what one more look may confirm
    int naming_looks = 0;                  ///< asked for alone, because a list shows no token
    std::string previous_run_id;           ///< the vendor's, of our run of the task before this one
    std::string candidate;                 ///< the token of the last active look, as long as its own is not known

    StopPursuit stop;

    // Undoing faults before the stop; its call is the pursuit's.
    std::optional<Healing> healing;
    std::optional<bool> rolls_back;  ///< by a look since the start
    std::string heal_problem;        ///< why faults may not have been undone
    BootTime next_close_look{};      ///< from then on a poll must show the task's actions

    // Pausing.
    std::optional<CallId> pause_call;
    bool was_resumed = false;              ///< and may run under another start time since
    std::optional<BootTime> resume_ended;  ///< of the last resume that may have an effect nobody knows of
};

/// The newest baseline of a task, or the wish for one.
struct Look {
    ProviderPtr provider;
    TaskSpec task;
    WallTime due;           ///< of the start that it is for, the earliest of them
    WallTime wanted_until;  ///< no one needs it later
    bool is_queued = false;
    std::optional<Baseline> seen;
    BootTime seen_boot{};        ///< when it was asked
    std::optional<CallRow> row;  ///< of the query that `seen` comes from
    std::optional<CallId> query;
    int failures = 0;
    std::string problem;  ///< of the last failure
    bool is_skew_retry = false;
    std::optional<BootTime> next_ask;
};

/// The start that a baseline is wanted for: when it is due, and until when it may be made.
struct LookSpan {
    WallTime due, until;
};

/// Calls whose intent is written and that are not released, by the instant that they are due. Those that may go now
/// stand apart, so that a herd that waits for its commit costs nothing to look past.
struct AdmittedCalls {
    using Place = std::pair<WallTime, CallId>;
    std::set<Place> all, ready;

    void erase(const Place& place) {
        all.erase(place);
        ready.erase(place);
    }
};

struct Account {
    explicit Account(const ProviderSpec& provider) : name{provider.account}, limiter{provider.rate_limit} {}

    std::string name;
    Limiter limiter;
    Duration skew{};
    bool closed = false;  ///< unauthorized
    ProbePlan probes;     ///< while it is closed
    bool probe_skew_retry = false;
    std::size_t in_flight = 0;
    // Waiting for a permit, each in its order.
    std::set<std::pair<WallTime, RunId>> stops_wanted, starts_wanted;
    AdmittedCalls stops_admitted, starts_admitted;
    std::deque<CallId> pauses_admitted;
    std::set<std::pair<WallTime, RunId>> heal_looks_wanted;  ///< a stop waits for them: by its deadline, as stops go
    std::set<std::pair<BootTime, RunId>> settles_wanted, polls_wanted;
    std::set<std::pair<WallTime, std::string>> looks_wanted;  ///< by the instant of the start that they are for
    std::set<RunId> last_looks_wanted;
    std::set<std::pair<WallTime, RunId>> tasks_wanted;   ///< runs that need a task of their own
    std::set<std::pair<BootTime, std::string>> watches;  ///< tasks by the instant of their next check
    BootTime last_watch{};
    AdmittedCalls foreign_stops;
    std::set<RunId> runs;          ///< live runs with an open obligation
    std::optional<BootTime> wake;  ///< while it is pumped: when a permit will be there
    bool stops_blocked = false;    ///< likewise: a stop waits for a permit, so nothing else goes
};

/// A task of the config, looked at now and then for runs that are not ours.
struct WatchedTask {
    ProviderPtr provider;
    TaskSpec task;
    std::string job;  ///< the first that names it
    std::optional<BootTime> next;
    std::optional<CallId> query;
    int failures = 0;
    bool is_checked = false;
    std::uint64_t load = 0;             ///< the newest config that names it
    std::optional<BootTime> own_until;  ///< when our last obligation on it ended
    std::optional<ForeignRow> found;
    // With `foreign: stop`.
    std::optional<CallId> stop_call;
    std::optional<BootTime> next_stop;
    std::optional<BootTime> may_stop_until;  ///< a stop whose answer was lost may still be on its way
    int stops = 0;
};

/// Of a run that has ended without a stop of ours: whether that was its end is asked once more.
struct LastLook {
    RunRow ended;
    WallTime due;
    BootTime give_up_at{};
    std::optional<BootTime> clear_since;  ///< asked then, the task did not show the run; one such look is not enough
    std::optional<CallId> query;
    int failures = 0;
};

/// A config that some jobs have not adopted yet.
struct Load {
    ConfigPtr config;
    WallTime at;
};

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

}  // namespace taktd
