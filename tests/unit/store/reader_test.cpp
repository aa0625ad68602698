// SPDX-License-Identifier: Apache-2.0
// What is SQLite's own in the answers to people's questions: files that are dead, foreign or damaged, and indexes. What
// every store answers is tests/contract/store/queries_contract_test.cpp.
#include <fstream>

#include <gmock/gmock.h>

#include "daemon/store/sqlite/lists.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using testing::at;
using ::testing::HasSubstr;
using testing::history;
using ::testing::Not;
using testing::open_reader;
using testing::open_store;
using testing::run_id;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;

const std::vector<RunState> kRunning{RunState::due, RunState::starting, RunState::running};
const std::vector<RunState> kSkipped{RunState::due, RunState::skipped};

TEST(Reader, DeadStore_IsRead) {
    const StoreDirectory directory;
    testing::Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, history(1, "load", kRunning));
    ASSERT_TRUE(record.wait_durable(1));
    const std::string dead = directory.path("dead.db");
    std::filesystem::copy_file(directory.path(), dead);
    std::filesystem::copy_file(directory.path("taktd.db-wal"), dead + "-wal");
    EXPECT_EQ(open_reader(dead).list_runs({}).size(), 1U);
    EXPECT_GT(std::filesystem::file_size(dead + "-wal"), 0U) << "a reader leaves the log to the daemon";
}

TEST(Reader, UnreadableStore_SaysWhy) {
    const StoreDirectory directory;
    EXPECT_THAT(Reader::open(directory.path()).error(), AllOf(HasSubstr("No such file"), HasSubstr("--db")));
    EXPECT_FALSE(std::filesystem::exists(directory.path())) << "a reader makes nothing";
    std::ofstream{directory.path()}
        << "not a database, but long enough to be looked at as one of them, byte for byte....";
    EXPECT_THAT(Reader::open(directory.path()).error(), HasSubstr("is not an SQLite database"));
    std::ofstream{directory.path("empty.db")};
    EXPECT_THAT(Reader::open(directory.path("empty.db")).error(), HasSubstr("is empty (0 bytes)"));
    open_store(directory.path("newer.db")).reset();
    testing::run_sql(directory.path("newer.db"), "INSERT INTO schema_migrations VALUES (99, '0099_future', 'x', 1)");
    EXPECT_THAT(Reader::open(directory.path("newer.db")).error(), HasSubstr("newer"));
}

/// A kill between two migrations of an upgrade leaves a store that lacks the others. The first it always has.
TEST(Reader, StoreBetweenTwoMigrations_IsTold_AndFinishedByTheNextStart) {
    const int all = static_cast<int>(embedded_migrations().size());
    for (int applied = 1; applied < all; ++applied) {
        const StoreDirectory directory;
        const std::string path = directory.path();
        {
            SQLite::Database db{path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
            db.exec("PRAGMA journal_mode = WAL");
            db.exec("PRAGMA application_id = " + std::to_string(0x74616b74));
            ASSERT_EQ(migrate(db, embedded_migrations().first(static_cast<std::size_t>(applied))), std::nullopt);
        }
        EXPECT_THAT(Reader::open(path).error(),
                    HasSubstr("is of an older version (migration " + std::to_string(applied) + " of " +
                              std::to_string(all) + "); taktd finishes it at its next start"));
        EXPECT_TRUE(Reader::is_unfinished(path));
        open_store(path).reset();
        EXPECT_TRUE(Reader::open(path)) << "after migration " << applied;
        EXPECT_FALSE(Reader::is_unfinished(path));
    }
}

TEST(Reader, AStoreWithoutATable_IsRefusedAsTaktdRefusesIt) {
    const StoreDirectory directory;
    SQLite::Database{directory.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec("PRAGMA application_id = " +
                                                                                          std::to_string(0x74616b74));
    const auto opened = Store::open({.path = directory.path()});
    ASSERT_FALSE(opened);
    EXPECT_EQ(Reader::open(directory.path()).error(), opened.error());
    EXPECT_FALSE(Reader::is_unfinished(directory.path())) << "no start finishes it";
}

TEST(Reader, OtherRefusals_AreNotForUnfinishedMigrations) {
    const StoreDirectory directory;
    EXPECT_FALSE(Reader::is_unfinished(directory.path("missing.db")));
    SQLite::Database{directory.path("other.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec(
        "CREATE TABLE runs (id TEXT)");
    EXPECT_FALSE(Reader::is_unfinished(directory.path("other.db")));
    open_store(directory.path("newer.db")).reset();
    testing::run_sql(directory.path("newer.db"), "INSERT INTO schema_migrations VALUES (99, '0099_future', 'x', 1)");
    EXPECT_FALSE(Reader::is_unfinished(directory.path("newer.db")));
}

TEST(Reader, NonsenseInTheStore_IsNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {"UPDATE runs SET state = 'dancing'", "state"},
        {"UPDATE runs SET stop_plan = '{}'", "stop_plan.provider is missing"},
        {"UPDATE runs SET baseline = '[]'", "baseline is not an object"},
        {"UPDATE transitions SET to_state = 'x'", "unknown word 'x'"},
    };
    for (const auto& [sql, words] : cases) {
        const StoreDirectory directory;
        write_rows(directory.path(), history(1, "load", kSkipped));
        testing::run_sql(directory.path(), sql);
        Reader reader = open_reader(directory.path());
        try {
            reader.show(run_id(1));
            ADD_FAILURE() << sql;
        } catch (const StoreError& error) {
            EXPECT_THAT(error.what(), HasSubstr(words)) << sql;
        }
    }
}

TEST(Reader, DamagedPlan_OfALiveRun_StopsTheDaemonAloud) {
    const StoreDirectory directory;
    write_rows(directory.path(), history(1, "load", kRunning));
    testing::run_sql(directory.path(), "UPDATE runs SET stop_plan = 'x'");
    const auto store = open_store(directory.path());
    EXPECT_THROW(store->load(), StoreError) << "an obligation that cannot be read must not be forgotten";
}

/// How SQLite would run `sql`, step by step.
std::string plan_of(const std::string& path, const std::string& sql) {
    SQLite::Database db{path, SQLite::OPEN_READONLY};
    SQLite::Statement row{db, "EXPLAIN QUERY PLAN " + sql};
    std::string plan;
    while (row.executeStep()) plan += row.getColumn(3).getString() + "\n";
    return plan;
}

TEST(Reader, Lists_AreServedByIndexes) {
    const StoreDirectory directory;
    open_store(directory.path());
    for (const bool with_job : {false, true}) {
        for (const auto state :
             {std::optional<RunState>{}, std::optional{RunState::running}, std::optional{RunState::failed}}) {
            for (const bool with_since : {false, true}) {
                for (const bool with_before : {false, true}) {
                    RunFilter filter;
                    if (with_job) filter.job = "load";
                    if (state) filter.states = {*state};
                    if (with_since) filter.since = at(0);
                    if (with_before) filter.behind = RunPlace{1, 1};
                    const std::string plan = plan_of(directory.path(), list_runs_sql(filter));
                    EXPECT_THAT(plan, HasSubstr(" INDEX runs_")) << list_runs_sql(filter);
                    if (state == RunState::running) {
                        EXPECT_THAT(plan, HasSubstr("COVERING INDEX runs_live")) << list_runs_sql(filter);
                        continue;  // sorted, but never more than what is live
                    }
                    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << list_runs_sql(filter);
                    if (with_job) {
                        EXPECT_THAT(plan, HasSubstr("(job=?")) << list_runs_sql(filter);
                    }
                    if (state == RunState::failed) {
                        EXPECT_THAT(plan, HasSubstr("state=?")) << list_runs_sql(filter);
                    }
                    if (with_before) {
                        EXPECT_THAT(plan, HasSubstr("start_due_ns")) << list_runs_sql(filter);
                    }
                }
            }
        }
    }
}

TEST(Reader, OtherQuestions_AreServedByIndexes) {
    const StoreDirectory directory;
    open_store(directory.path());
    for (const char* sql : {
             "SELECT id FROM runs WHERE substr(id, -4) = ?1 AND substr(id, -length(?2)) = ?2 LIMIT 2",
             "SELECT * FROM transitions WHERE run_id = ? ORDER BY seq",
             "SELECT * FROM calls WHERE run_id = ?",
             "SELECT * FROM calls WHERE id IN (SELECT call_id FROM call_runs WHERE run_id = ?)",
             "SELECT id FROM runs WHERE job = ? ORDER BY start_due_ns DESC, rowid DESC LIMIT 1",
             "SELECT id FROM runs WHERE job = ? AND occurrence_ns = ?",
             "SELECT max(intent_ns) FROM calls WHERE run_id = ? AND action = 'query'",
             "DELETE FROM call_runs WHERE call_id = ?",
         }) {
        const std::string plan = plan_of(directory.path(), sql);
        EXPECT_THAT(plan, AllOf(HasSubstr("SEARCH"), Not(HasSubstr("SCAN")))) << sql << "\n" << plan;
    }
}

TEST(Reader, TransitionsAndRunsOfATime_AreServedByIndexes) {
    const StoreDirectory directory;
    open_store(directory.path());
    std::vector<std::string> statements{live_between_sql(), done_between_sql()};
    for (const bool is_oldest_first : {false, true}) {
        for (const bool with_job : {false, true}) {
            for (const bool with_place : {false, true}) {
                TransitionFilter filter;
                filter.is_oldest_first = is_oldest_first;
                if (with_job) filter.job = "load";
                if (with_place) filter.behind = TransitionPlace{1, run_id(1), 1};
                statements.push_back(list_transitions_sql(filter));
                if (!with_job) {
                    EXPECT_THAT(plan_of(directory.path(), statements.back()), Not(HasSubstr("TEMP B-TREE")));
                }
            }
        }
    }
    for (const std::string& sql : statements) {
        const std::string plan = plan_of(directory.path(), sql);
        EXPECT_THAT(plan, AllOf(HasSubstr("SEARCH"), Not(HasSubstr("SCAN")))) << sql << "\n" << plan;
    }
}

TEST(Reader, RunsOfSeveralStatesOrOneProvider_AreServedByIndexes) {
    const StoreDirectory directory;
    open_store(directory.path());
    RunFilter live, overdue, of_provider;
    live.is_live = true;
    overdue.overdue = at(0);
    of_provider.provider = "perf";
    of_provider.since = at(0);
    of_provider.until = at(9);
    EXPECT_THAT(plan_of(directory.path(), list_runs_sql(live)), HasSubstr("INDEX runs_live"));
    EXPECT_THAT(plan_of(directory.path(), list_runs_sql(overdue)), HasSubstr("INDEX runs_live"));
    const std::string plan = plan_of(directory.path(), list_runs_sql(of_provider));
    EXPECT_THAT(plan, AllOf(HasSubstr("SEARCH"), HasSubstr("INDEX runs_start"), Not(HasSubstr("TEMP B-TREE"))));
}

}  // namespace
}  // namespace taktd
