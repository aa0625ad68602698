// The store for people: a read-only connection of its own, on a living daemon's store or on what a dead one left. It
// never waits for the writer nor makes it wait. Each question is answered from one snapshot and served by an index.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

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

struct RunHistory {
    RunRow run;
    std::vector<TransitionRow> transitions;
    /// In order of intent, bodies included. Those that were about several runs (or asked before this one existed) have
    /// no `run`, and `linked` names this one alone.
    std::vector<CallRow> calls;
};

/// Questions throw StoreError (row_reading.hpp) when the file fails or holds nonsense. One thread at a time.
class Reader {
public:
    /// The error is a sentence for the operator.
    static Result<Reader> open(const std::string& path);
    /// Whether open() refuses it for this alone: some migrations are still to come (migrations.hpp), which is no
    /// damage.
    static bool is_unfinished(const std::string& path);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    /// Newest start first.
    std::vector<RunRow> list_runs(const RunFilter& filter);
    /// A full id, the end of one (4 characters or more, only one run's), or a job's name: its live run, else its
    /// latest.
    Result<RunId> find_run(std::string_view text);
    /// The run of `job` for that occurrence; a manual run by its start.
    Result<RunId> find_run(const std::string& job, WallTime at);
    std::optional<RunHistory> show(const RunId& id);
    /// The job's last run that was due to start before `at`, and its first one due then or later.
    std::optional<RunRow> last_run_before(const std::string& job, WallTime at);
    std::optional<RunRow> first_run_from(const std::string& job, WallTime at);

    /// By the instant at which the stop is due.
    std::vector<RunRow> open_obligations();
    /// What a recovery would find now, so that a plan can go on from it. `schedules` is for the caller to fill.
    Snapshot snapshot();
    std::vector<JobStateRow> job_states();
    std::vector<HoldRow> holds();
    std::vector<GapRow> gaps();
    /// The newest instant that was written; epoch if none was.
    WallTime newest();
    std::uint64_t count_runs_due_after(WallTime at);

    const std::string& path() const;
    /// For verify.cpp.
    SQLite::Database& database() { return *database_; }

private:
    explicit Reader(std::unique_ptr<SQLite::Database> database);
    std::unique_ptr<SQLite::Database> database_;
};

/// The statement that list_runs() runs, for the test that looks at its query plan. Parameters in order: job, since, the
/// start and rowid of `before`, limit, as far as the filter has them.
std::string list_runs_sql(const RunFilter& filter);

}  // namespace taktd
