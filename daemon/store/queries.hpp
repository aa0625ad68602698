// SPDX-License-Identifier: Apache-2.0
// The store for people: what may be asked of a living daemon's store, or of what a dead one left, whatever keeps it.
// Who asks never waits for the writer nor makes it wait, and each question is answered from one snapshot. Those of a
// file are sqlite/reader.hpp.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/store/store_error.hpp"

namespace taktd {

inline constexpr int kListDefault = 50;
inline constexpr int kListMax = 10'000;
/// The shortest end of an id that names a run.
inline constexpr std::size_t kIdSuffixMin = 4;
inline constexpr int kCandidatesMax = 10;

/// Where a page of runs ends; as text for whoever asks for the page behind it.
struct RunPlace {
    std::int64_t start_due_ns = 0, rowid = 0;

    static std::optional<RunPlace> parse(std::string_view text);
    std::string text() const;
    bool operator==(const RunPlace&) const = default;
};

/// Newest start first. What an index serves is looked for by it; the other conditions are asked of each run that it
/// finds.
struct RunFilter {
    std::optional<std::string> job = {};
    std::vector<RunState> states = {};     ///< none: every state
    std::optional<WallTime> since = {};    ///< runs due to start at this instant or later
    std::optional<WallTime> until = {};    ///< and before this one
    std::optional<RunId> before = {};      ///< the last run of the page before
    std::optional<RunPlace> behind = {};   ///< the same, as a page gave it
    bool is_live = false;                  ///< only runs that have not ended
    std::optional<WallTime> overdue = {};  ///< only runs whose stop is overdue at this instant
    std::optional<std::string> provider = {};
    std::optional<Reason> reason = {};
    std::optional<Origin> origin = {};
    std::shared_ptr<const std::set<std::string>> jobs = {};  ///< only these
    int limit = kListDefault;

    /// Whether it may walk through many runs that it does not want.
    bool is_long() const { return !since && !is_live && !overdue && (provider || reason || origin || jobs); }
};

/// A run as lists show it; its parameters and its plan are not read.
struct RunBrief {
    RunId id;
    std::string job, provider;
    Origin origin = Origin::schedule;
    RunState state = RunState::due;
    Reason reason = Reason::none;
    WallTime start_due, stop_due;
    std::optional<WallTime> started;  ///< when its last start was sent
    std::optional<WallTime> ended;
    Obligation obligation = Obligation::none;
    RemoteState remote_state = RemoteState::unknown;
    WallTime updated;
    /// Of one that is owed a stop: when it should end, and from when on that is overdue.
    std::optional<WallTime> should_end, overdue_from;

    bool is_overdue(WallTime now) const { return overdue_from && now >= *overdue_from; }
};

template <class Item>
struct Page {
    std::vector<Item> items;
    std::string next = {};  ///< of the page behind it; empty: this is the last one
    bool is_gone = false;   ///< the place that was asked for has been pruned
};

struct TransitionPlace {
    std::int64_t at_ns = 0;
    RunId run;
    int seq = 0;

    static std::optional<TransitionPlace> parse(std::string_view text);
    std::string text() const;
    bool operator==(const TransitionPlace&) const = default;
};

struct TransitionFilter {
    std::optional<std::string> job = {};
    std::optional<RunState> state = {};  ///< that was entered
    std::optional<WallTime> since = {}, until = {};
    std::optional<TransitionPlace> behind = {};
    bool is_oldest_first = false;
    int limit = kListDefault;
};

/// A transition, and whose it is.
struct ToldTransition {
    TransitionRow row;
    std::string job, provider;
};

struct RunName {
    RunId id;
    std::string job;
};

struct ActionFilter {
    std::optional<WallTime> since = {};
    std::optional<std::string> actor = {};
    std::optional<std::int64_t> before = {};  ///< the id of the last action of the page before
    int limit = kListDefault;
};
struct StoredAction {
    std::int64_t id = 0;  ///< the larger the newer
    ActionRow row;
};

struct RunHistory {
    RunRow run;
    std::vector<TransitionRow> transitions;
    /// In order of intent, bodies included. Those that were about several runs (or asked before this one existed) have
    /// no `run`, and `linked` names this one alone.
    std::vector<CallRow> calls;
};

/// Questions throw StoreError when the store fails or holds nonsense. One thread at a time.
class Queries {
public:
    virtual ~Queries() = default;

    virtual Page<RunRow> page_of_runs(const RunFilter& filter) = 0;
    virtual Page<RunBrief> page_of_briefs(const RunFilter& filter) = 0;
    std::vector<RunRow> list_runs(const RunFilter& filter) { return page_of_runs(filter).items; }
    /// Those that were there between the two instants, whenever they began: what a picture of that time shows.
    virtual std::vector<RunBrief> runs_between(WallTime from, WallTime until) = 0;
    virtual Page<ToldTransition> transitions(const TransitionFilter& filter) = 0;
    /// Runs whose ids end so, at most kCandidatesMax.
    virtual std::vector<RunName> candidates(const std::string& suffix) = 0;
    /// A full id, the end of one (4 characters or more, only one run's), or a job's name: its live run, else its
    /// latest.
    virtual Result<RunId> find_run(std::string_view text) = 0;
    /// The run of `job` for that occurrence; a manual run by its start.
    virtual Result<RunId> find_run(const std::string& job, WallTime at) = 0;
    virtual std::optional<RunHistory> show(const RunId& id) = 0;
    /// The job's last run that was due to start before `at`, and its first one due then or later.
    virtual std::optional<RunRow> last_run_before(const std::string& job, WallTime at) = 0;
    virtual std::optional<RunRow> first_run_from(const std::string& job, WallTime at) = 0;

    /// By the instant at which the stop is due.
    virtual std::vector<RunRow> open_obligations() = 0;
    /// What a recovery would find now, so that a plan can go on from it. `schedules` is for the caller to fill.
    virtual Snapshot snapshot() = 0;
    virtual std::vector<JobStateRow> job_states() = 0;
    virtual std::vector<HoldRow> holds() = 0;
    /// Newest first.
    virtual std::vector<StoredAction> list_actions(const ActionFilter& filter) = 0;
    virtual std::vector<GapRow> gaps() = 0;
    /// Tasks that run without us.
    virtual std::vector<ForeignRow> foreign() = 0;
    /// The newest instant that was written; epoch if none was.
    virtual WallTime newest() = 0;
    virtual std::uint64_t count_runs_due_after(WallTime at) = 0;

    /// Where the store is, as `--db` names it.
    virtual const std::string& path() const = 0;
};

}  // namespace taktd
