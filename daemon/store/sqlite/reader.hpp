// SPDX-License-Identifier: Apache-2.0
// The questions of queries.hpp, put to a file through a read-only connection of their own, each served by an index.
#pragma once

#include <memory>

#include "daemon/core/model/past.hpp"
#include "daemon/store/queries.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

class Reader final : public Queries {
public:
    /// The error is a sentence for the operator.
    static Result<Reader> open(const std::string& path);
    /// Whether open() refuses it for this alone: some migrations are still to come (migrations.hpp), which is no
    /// damage.
    static bool is_unfinished(const std::string& path);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader() override;

    Page<RunRow> page_of_runs(const RunFilter& filter) override;
    Page<RunBrief> page_of_briefs(const RunFilter& filter) override;
    std::vector<RunBrief> runs_between(WallTime from, WallTime until) override;
    Page<ToldTransition> transitions(const TransitionFilter& filter) override;
    std::vector<RunName> candidates(const std::string& suffix) override;
    Result<RunId> find_run(std::string_view text) override;
    Result<RunId> find_run(const std::string& job, WallTime at) override;
    std::optional<RunHistory> show(const RunId& id) override;
    std::optional<RunRow> last_run_before(const std::string& job, WallTime at) override;
    std::optional<RunRow> first_run_from(const std::string& job, WallTime at) override;
    std::vector<RunRow> open_obligations() override;
    Snapshot snapshot() override;
    std::vector<JobStateRow> job_states() override;
    std::vector<StoredAction> list_actions(const ActionFilter& filter) override;
    std::vector<HoldRow> holds() override;
    std::vector<GapRow> gaps() override;
    std::vector<ForeignRow> foreign() override;
    WallTime newest() override;
    std::uint64_t count_runs_due_after(WallTime at) override;
    const std::string& path() const override;

    /// For verify.cpp, whose questions are this file's own.
    SQLite::Database& database() { return *database_; }

private:
    explicit Reader(std::unique_ptr<SQLite::Database> database);
    std::unique_ptr<SQLite::Database> database_;
};

}  // namespace taktd
