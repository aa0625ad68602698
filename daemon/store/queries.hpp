// The store for people: what may be asked of a living daemon's store, or of what a dead one left, whatever keeps it.
// Who asks never waits for the writer nor makes it wait, and each question is answered from one snapshot. Those of a
// file are sqlite/reader.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/store/store_error.hpp"

namespace taktd {

inline constexpr int kListDefault = 50;
inline constexpr int kListMax = 10'000;
/// The shortest end of an id that names a run.
inline constexpr std::size_t kIdSuffixMin = 4;

struct RunFilter {
    std::optional<std::string> job = {};
    std::optional<RunState> state = {};
    std::optional<WallTime> since = {};  ///< runs due to start at this instant or later
    std::optional<RunId> before = {};    ///< the last run of the page before
    int limit = kListDefault;
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

    /// Newest start first.
    virtual std::vector<RunRow> list_runs(const RunFilter& filter) = 0;
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
    /// The newest instant that was written; epoch if none was.
    virtual WallTime newest() = 0;
    virtual std::uint64_t count_runs_due_after(WallTime at) = 0;

    /// Where the store is, as `--db` names it.
    virtual const std::string& path() const = 0;
};

}  // namespace taktd
