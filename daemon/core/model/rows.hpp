// SPDX-License-Identifier: Apache-2.0
// What the store keeps, as values: one struct per table, in the store's units. The engine emits rows, the store writes
// them, recovery reads them back (past.hpp). Every row is keyed so that writing it twice equals writing it once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/model/call.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/core/model/model.hpp"
#include "daemon/core/model/notice.hpp"
#include "daemon/core/model/start_facts.hpp"

namespace taktd {

/// The observation that a start was based on.
struct Baseline {
    Observation seen;
    WallTime asked;
};

/// What stopping needs, frozen at the intent; the config may be gone by then (R3). JSON in runs.stop_plan.
struct StopPlan {
    ProviderPtr provider;
    TaskSpec task;
    Duration window{};         ///< start_due to stop_due
    bool ends_itself = false;  ///< `stop: when_done`: its ceiling is no scheduled end
    OnRemoval on_removal = OnRemoval::stop;
    std::optional<Duration> heal_within{};  ///< as in Job
    Conclusion conclusion{};                ///< since an operator has said one
};

/// A row of `runs`; written whole at each change (upsert by id).
struct RunRow {
    RunId id;
    std::string job, provider, task_key;
    std::optional<WallTime> occurrence;  ///< null for a manual run
    std::optional<std::string> request_key;
    Origin origin = Origin::schedule;
    RunState state = RunState::due;
    Reason reason = Reason::none;
    StopPlan plan;  ///< also holds `task`
    std::optional<Baseline> baseline;
    WallTime start_due, stop_due, max_end;
    std::optional<BootTime> stop_due_boot, max_end_boot;  ///< set at the intent
    std::string boot_id;
    std::string vendor_run_id, vendor_task_id;
    RemoteState remote_state = RemoteState::unknown;
    bool seen_active = false;  ///< own activity was observed since the intent
    std::string residue{};     ///< faults of a drill that may still be in place, as the newest readable look has it
    std::string waits_for{};   ///< what an automatic drill waited for a person with, when that was first seen
    std::optional<WallTime> waits_since{};  ///< when; equal to `updated` in the row that tells it first
    Obligation obligation = Obligation::none;
    WallTime created, updated;
};

/// Append-only; seq starts at 1 and has no gaps.
struct TransitionRow {
    RunId run;
    int seq = 0;
    std::optional<RunState> from;
    RunState to = RunState::due;
    WallTime at;
    Reason reason = Reason::none;
    std::string actor;                          ///< "taktd", or who asked
    std::string detail;                         ///< a sentence, or empty; stored as JSON {"note": ...}
    std::shared_ptr<const StartFacts> facts{};  ///< of a start that was not made: what `taktctl why` explains
};

/// Written at the intent (start, stop, pause, resume) or when it ended (query); upsert by id.
/// How long a request waited for a permit of its account: from when it was wanted until it left.
struct PermitWait {
    CallClass call_class = CallClass::poll;
    Duration waited{};
};

struct CallRow {
    CallId id;
    std::optional<RunId> run;   ///< none for a batch and for a baseline asked before its run exists
    std::vector<RunId> linked;  ///< rows of call_runs
    std::string provider;
    std::string account;
    Action action = Action::query;
    int attempt = 1;
    WallTime intent;
    std::string boot_id;
    std::optional<CallResult> result;  ///< none: in flight
    CallSpecPtr spec;                  ///< not stored; the shell fills method, target and body of an intent from it
    CallRecord record;
    std::optional<PermitWait> permit{};  ///< not stored: of a request that has left
    std::vector<CallId> replaces{};  ///< not stored: rows of looks that this one makes superfluous; they are deleted
};

struct JobStateRow {
    std::string job, schedule;
    WallTime watermark;  ///< every occurrence up to here has its disposition
    bool disabled = false;
    std::optional<WallTime> until;
    std::string reason, actor;

    /// By an operator; what the config says is another matter.
    bool is_disabled_at(WallTime now) const { return disabled && (!until || now < *until); }
};

/// `count` occurrences of `job` in [first, last] that were missed and share this row.
struct GapRow {
    std::string job;
    WallTime first, last;
    std::int64_t count = 0;
    Reason reason = Reason::misfire;
    WallTime recorded;
};

/// What a clean stop leaves of a bucket.
struct LimiterRow {
    std::string account;
    Duration debt{};      ///< theoretical arrival time minus now, at least 0
    Duration interval{};  ///< of the limit that it was reckoned by; 0: not known
    BootTime at_boot;
    WallTime at;
    std::string boot_id;
};

/// The limit that an account was last told by a config. Kept across every kind of stop: until the next config is read,
/// a recovery sends by it, for what a stop plan says may be older.
struct LimitRow {
    std::string account;
    RateLimit limit;
    WallTime at;
};

/// A task that was seen active while no run of ours owed it a stop; one row per time that it was found so.
struct ForeignRow {
    std::string task_key, provider, job;  ///< the first job that names the task
    WallTime first_seen, last_seen;
    RemoteState remote = RemoteState::unknown;
    std::optional<std::string> token;
    bool ended = false;  ///< seen inactive since, or taken over by a run of ours
};

struct HoldRow {
    std::string scope;    ///< "" everything, "provider:NAME", "job:NAME"
    bool engaged = true;  ///< false: released or expired, the row is deleted
    std::string reason, actor;
    WallTime since;
    std::optional<WallTime> until;
    bool has_expired = false;  ///< of one that is no longer engaged: nobody released it

    bool is_in_force(WallTime now) const { return engaged && (!until || now < *until); }
    /// For people.
    std::string scope_text() const { return scope.empty() ? "everything" : scope; }
};

/// A run that ended without a stop of ours is looked at once more at `due`, the instant of its stop.
struct LastLookRow {
    RunId run;
    WallTime due;
    bool done = false;  ///< true: it was, and the row is deleted
};

/// The clock was ahead, and an operator took the time back: instants after `at` up to `newest`, which stand in the
/// store by then, are not trusted (clock_correction.hpp).
struct ClockRow {
    WallTime at, newest;
    std::string actor, reason;
};

/// Who did what: one row for each command of an operator that was carried out, kept like finished runs.
struct ActionRow {
    WallTime at;
    std::uint64_t command = 0;  ///< its number in this process; with `at` it names the row
    std::string actor, via;     ///< via: socket, token, page, hook, offline
    std::string action;         ///< start, stop, pause, resume, discharge, hold, release, disable, enable...
    std::string target{};       ///< a job, a provider, a hold's scope
    std::string reason{};
    std::optional<RunId> run{};
    std::optional<WallTime> until{};
    std::string note{};  ///< what it was answered
    bool is_ok = true;   ///< false: a start that a rule stood against; its run is `skipped`
};

/// A notification that one target has not taken yet; upsert by event and target.
struct OutboxRow {
    NoticeId event;
    std::string target;
    NoticeType type = NoticeType::test;
    std::string job{};
    std::optional<RunId> run{};
    std::string body;  ///< a CloudEvent, as JSON
    WallTime created;
    int attempts = 0;
    WallTime next;      ///< not tried before
    bool done = false;  ///< delivered, given up or superseded: the row is deleted
};

using Row = std::variant<RunRow, TransitionRow, CallRow, JobStateRow, GapRow, LimiterRow, LimitRow, HoldRow, ForeignRow,
                         LastLookRow, ClockRow, ActionRow, OutboxRow>;

}  // namespace taktd
