// What the engine remembers between two steps, for its chapters only. A chapter is a file of free functions over this
// state; its header names what others may call, and it includes the headers of the chapters that it calls. So the
// includes are the call graph, and it has no cycle.
#pragma once

#include <map>
#include <set>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/base/random.hpp"
#include "daemon/core/engine/events.hpp"
#include "daemon/core/engine/memory.hpp"
#include "daemon/core/rules/look_rows.hpp"
#include "daemon/core/state/budget.hpp"
#include "daemon/core/state/gate.hpp"
#include "daemon/core/state/journal.hpp"
#include "daemon/core/state/tasks.hpp"

namespace taktd {

/// Before taktd was, nothing was due: a clock that is not set yet (1970) must not make decades of misfires.
inline constexpr WallTime kFirstDue = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
inline constexpr std::size_t kMissedKept = 100;
inline constexpr std::size_t kCallsInFlightMax = 256;  // per account, stops apart
inline constexpr Duration kPermitHorizon = std::chrono::milliseconds{100};
inline constexpr Duration kStopPermitHorizon = std::chrono::seconds{1};
inline constexpr Duration kStopCommitWait = std::chrono::seconds{1};  // R1's exception
inline constexpr Duration kSkewMin = std::chrono::minutes{4};
inline constexpr Duration kFirstQueryWait = std::chrono::seconds{1};
inline constexpr Duration kLastLookPatience = std::chrono::hours{1};  // for an answer that shows the task
inline constexpr Duration kJustAfter{1};
inline constexpr int kNamingLooksMax = 3;  // a vendor may show no token at all

struct EngineState {
    EngineState(std::uint64_t seed, SliceSizes slices) : random{seed}, uuids{seed ^ 0x1d5ULL}, budget{slices} {}

    // The world as remembered. Ordered maps: decisions must not depend on hashing.
    Random random;
    UuidSource uuids;
    Now now{};
    std::string boot_id;
    ConfigPtr config = std::make_shared<const Config>();
    std::map<RunId, LiveRun> runs;
    std::map<std::string, std::set<RunId>> runs_by_job;
    std::map<std::string, JobState> jobs;
    std::map<std::string, JobStateRow> stored_jobs;  ///< of those that are not in `jobs`
    std::map<std::string, Look> looks;
    std::map<std::string, WatchedTask> watched;
    std::map<RunId, LastLook> last_looks;
    std::map<std::string, RunRow> ended_by_task;  ///< our last run of a task that is nobody's now, if its id is known
    std::map<std::string, ForeignRow> stored_foreign;  ///< not ended when the last process died
    std::set<std::pair<std::string, WallTime>> disposed_ahead;
    std::map<std::string, Schedule> stored_schedules;  ///< of stored_jobs, until the first config is adopted
    // The adoption of a config by all jobs.
    std::vector<Load> loads;         ///< those that some job has yet to adopt; the newest is `config`
    std::uint64_t loads_before = 0;  ///< so many others every job has
    bool is_adopting = false;
    bool is_naming_done = false;  ///< every job has; tasks that are watched no more are yet to be forgotten
    std::optional<std::string> adopted_up_to;  ///< the last job, or task, that was looked at
    std::map<std::string, Account> accounts;
    std::map<std::string, LimiterRow> stored_debts;
    std::map<std::string, RateLimit> told_limits;  ///< of every account that a config has ever named, as last told
    std::map<std::pair<std::string, std::string>, RunId> request_keys;  ///< of manual runs
    LookRows look_rows;                                                 ///< those that the store keeps
    bool configured = false;                                            ///< the first config has taken over
    bool buckets_full = false;  ///< nothing was ever sent, or the last stop was clean

    Agenda<WallTime> runs_wall, jobs_wall;
    Agenda<BootTime> runs_boot, looks_boot, accounts_boot, last_looks_boot;
    std::set<std::string> dirty_accounts, dirty_accounts_later;  ///< to be pumped in this step, in the next one

    Gate gate;
    Tasks tasks;
    Calls calls;
    Journal journal;
    // Of this step.
    Budget budget;
    Effects effects;
};

/// While nothing may start, or the store is far behind, no occurrence is consumed: what was decided could be forgotten.
bool may_consume(const EngineState& engine);

}  // namespace taktd
