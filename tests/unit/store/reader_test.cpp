// What people ask of a store: lists, one run's history, a run by a short name; on a living store and on a dead one, by
// indexes.
#include <fstream>

#include <gmock/gmock.h>

#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using testing::at;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::history;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::open_reader;
using testing::open_store;
using testing::run_id;
using testing::run_row;
using testing::StoreDirectory;
using testing::write_rows;
using namespace std::chrono_literals;

std::vector<Row> together(std::initializer_list<std::vector<Row>> parts) {
    std::vector<Row> rows;
    for (const auto& part : parts) rows.insert(rows.end(), part.begin(), part.end());
    return rows;
}

const std::vector<RunState> kRunning{RunState::due, RunState::starting, RunState::running};
const std::vector<RunState> kStopped{RunState::due, RunState::starting, RunState::running, RunState::stopping,
                                     RunState::stopped};
const std::vector<RunState> kSkipped{RunState::due, RunState::skipped};

/// Runs 1 to 6, by start; load: 1 stopped, 3 skipped, 4 running, 6 skipped; drill: 2 stopped, 5 skipped.
void write_sample(const std::string& path) {
    write_rows(path,
               together({history(1, "load", kStopped), history(2, "drill", kStopped), history(3, "load", kSkipped),
                         history(4, "load", kRunning), history(5, "drill", kSkipped), history(6, "load", kSkipped)}));
}

std::vector<std::int64_t> starts(const std::vector<RunRow>& runs) {
    std::vector<std::int64_t> numbers;
    for (const RunRow& run : runs) numbers.push_back((run.start_due - at(0)) / 1s);
    return numbers;
}

TEST(Reader, ListsByFilterNewestFirst) {
    const StoreDirectory directory;
    write_sample(directory.path());
    Reader reader = open_reader(directory.path());
    EXPECT_THAT(starts(reader.list_runs({})), ElementsAre(6, 5, 4, 3, 2, 1));
    EXPECT_THAT(starts(reader.list_runs({.job = "load"})), ElementsAre(6, 4, 3, 1));
    EXPECT_THAT(starts(reader.list_runs({.job = "none"})), IsEmpty());
    EXPECT_THAT(starts(reader.list_runs({.state = RunState::running})), ElementsAre(4));
    EXPECT_THAT(starts(reader.list_runs({.state = RunState::skipped})), ElementsAre(6, 5, 3));
    EXPECT_THAT(starts(reader.list_runs({.job = "drill", .state = RunState::skipped})), ElementsAre(5));
    EXPECT_THAT(starts(reader.list_runs({.since = at(4)})), ElementsAre(6, 5, 4));
    EXPECT_THAT(starts(reader.list_runs({.limit = 2})), ElementsAre(6, 5));
    EXPECT_THAT(starts(reader.list_runs({.before = run_id(5), .limit = 2})), ElementsAre(4, 3));
    EXPECT_THAT(
        starts(reader.list_runs({.job = "load", .state = RunState::skipped, .since = at(1), .before = run_id(6)})),
        ElementsAre(3));
    EXPECT_THAT(starts(reader.list_runs({.before = "none"})), IsEmpty());
    EXPECT_THAT(starts(reader.list_runs({.limit = -1})), IsEmpty());
}

TEST(Reader, PagesThroughEqualStarts) {
    const StoreDirectory directory;
    std::vector<Row> rows;
    for (int n = 0; n < 25; ++n) {
        RunRow run = run_row(n, "job-" + std::to_string(n), RunState::skipped);
        run.start_due = at(0);
        rows.emplace_back(run);
    }
    write_rows(directory.path(), rows);
    Reader reader = open_reader(directory.path());
    std::vector<RunId> seen;
    RunFilter filter{.limit = 4};
    for (auto page = reader.list_runs(filter); !page.empty(); page = reader.list_runs(filter)) {
        for (const RunRow& run : page) seen.push_back(run.id);
        filter.before = page.back().id;
    }
    EXPECT_EQ(seen.size(), 25U);
    std::ranges::sort(seen);
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

TEST(Reader, FindsARunByItsNames) {
    const StoreDirectory directory;
    RunRow beef = run_row(7, "beef", RunState::skipped);
    beef.id = "0192f0c0-0000-7000-8000-00000001cafe";
    RunRow named = run_row(8, "cafe", RunState::skipped);
    RunRow twin_a = run_row(9, "t", RunState::skipped), twin_b = run_row(10, "t", RunState::skipped);
    twin_a.id = "0192f0c0-0000-7000-8000-0000aaaabbbb";
    twin_b.id = "0192f0c0-0000-7000-8000-0000ccccbbbb";
    write_sample(directory.path());
    write_rows(directory.path(), {beef, named, twin_a, twin_b});
    Reader reader = open_reader(directory.path());
    EXPECT_EQ(reader.find_run(run_id(3)), run_id(3));
    EXPECT_EQ(reader.find_run(run_id(3).substr(28)), run_id(3)) << "the last 8, as tables show them";
    EXPECT_EQ(reader.find_run("load"), run_id(4)) << "the live one";
    EXPECT_EQ(reader.find_run("drill"), run_id(5)) << "else the latest";
    EXPECT_EQ(reader.find_run("beef"), beef.id);
    EXPECT_EQ(reader.find_run("1cafe"), beef.id);
    EXPECT_EQ(reader.find_run("aaaabbbb"), twin_a.id);
    EXPECT_EQ(reader.find_run("load", at(3)), run_id(3));
    const std::pair<const char*, const char*> errors[] = {
        {"cafe", "is a job and the end of a run's id"},
        {"bbbb", "several runs' ids"},
        {"afe", "no run and no job"},
        {"", "no run and no job"},
        {"%", "no run and no job"},
        {"nothing-there", "no run and no job"},
    };
    for (const auto& [text, error] : errors) {
        const auto found = reader.find_run(text);
        ASSERT_FALSE(found) << text;
        EXPECT_THAT(found.error(), HasSubstr(error)) << text;
    }
    EXPECT_THAT(reader.find_run("load", at(99)).error(), HasSubstr("job 'load' has no run at"));
}

TEST(Reader, ShowsARunWithEverythingThatConcernsIt) {
    const StoreDirectory directory;
    auto rows = history(1, "load", kRunning);
    const RunRow run = run_row(1);
    CallRow baseline = testing::call_row(run, "c0", Action::query, Outcome::accepted);
    baseline.run.reset();
    baseline.linked = {run.id};
    baseline.intent = run.start_due - 5s;
    baseline.result->record.response_body = R"({"status":2})";
    CallRow both = testing::call_row(run, "c2", Action::query, Outcome::accepted);
    both.linked = {run.id};
    both.intent = run.start_due + 1s;
    CallRow of_others = testing::call_row(run_row(2), "c3", Action::start, Outcome::accepted);
    for (const CallRow& call :
         {baseline, testing::call_row(run, "c1", Action::start, Outcome::accepted), both, of_others}) {
        rows.emplace_back(call);
    }
    write_rows(directory.path(), rows);
    const auto found = open_reader(directory.path()).show(run.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->run.state, RunState::running);
    EXPECT_EQ(found->transitions.size(), 3U);
    ASSERT_EQ(found->calls.size(), 3U);
    EXPECT_EQ(found->calls[0].id, "c0");
    EXPECT_EQ(found->calls[0].record.response_body, R"({"status":2})");
    EXPECT_THAT(found->calls[0].linked, ElementsAre(run.id));
    EXPECT_EQ(found->calls[1].id, "c1");
    EXPECT_EQ(found->calls[2].id, "c2");
    EXPECT_FALSE(open_reader(directory.path()).show("none"));
}

TEST(Reader, ListsWhatIsOwedBySoonestStop) {
    const StoreDirectory directory;
    RunRow late = run_row(1, "a", RunState::running), soon = run_row(2, "b", RunState::stopping);
    late.stop_due = at(9999);
    write_rows(directory.path(), {late, soon, run_row(3, "c"), run_row(4, "d", RunState::skipped)});
    const auto owed = open_reader(directory.path()).open_obligations();
    ASSERT_EQ(owed.size(), 2U);
    EXPECT_EQ(owed[0].id, soon.id);
    EXPECT_EQ(owed[1].id, late.id);
    EXPECT_EQ(owed[1].plan.provider->endpoint, testing::provider()->endpoint);
}

TEST(Reader, ReadsALivingAndADeadStore) {
    const StoreDirectory directory;
    testing::Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, history(1, "load", kRunning));
    ASSERT_TRUE(record.wait_durable(1));
    Reader living = open_reader(directory.path());
    EXPECT_EQ(living.list_runs({}).size(), 1U);
    store->append(2, history(2, "load", kSkipped));
    ASSERT_TRUE(record.wait_durable(2));
    EXPECT_EQ(living.list_runs({}).size(), 2U) << "each question sees what is durable by then";

    const std::string dead = directory.path("dead.db");
    std::filesystem::copy_file(directory.path(), dead);
    std::filesystem::copy_file(directory.path("taktd.db-wal"), dead + "-wal");
    EXPECT_EQ(open_reader(dead).list_runs({}).size(), 2U);
    EXPECT_GT(std::filesystem::file_size(dead + "-wal"), 0U) << "a reader leaves the log to the daemon";

    ASSERT_TRUE(store->close_clean({}, 30s));
    EXPECT_EQ(open_reader(directory.path()).list_runs({}).size(), 2U);
}

TEST(Reader, SaysWhyItCannotRead) {
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
TEST(Reader, StoreBetweenTwoMigrations_is_told_and_finished_by_the_next_start) {
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

TEST(Reader, AStoreWithoutATable_isRefusedAsTaktdRefusesIt) {
    const StoreDirectory directory;
    SQLite::Database{directory.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec("PRAGMA application_id = " +
                                                                                          std::to_string(0x74616b74));
    const auto opened = Store::open({.path = directory.path()});
    ASSERT_FALSE(opened);
    EXPECT_EQ(Reader::open(directory.path()).error(), opened.error());
    EXPECT_FALSE(Reader::is_unfinished(directory.path())) << "no start finishes it";
}

TEST(Reader, OtherRefusals_are_not_for_unfinished_migrations) {
    const StoreDirectory directory;
    EXPECT_FALSE(Reader::is_unfinished(directory.path("missing.db")));
    SQLite::Database{directory.path("other.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec(
        "CREATE TABLE runs (id TEXT)");
    EXPECT_FALSE(Reader::is_unfinished(directory.path("other.db")));
    open_store(directory.path("newer.db")).reset();
    testing::run_sql(directory.path("newer.db"), "INSERT INTO schema_migrations VALUES (99, '0099_future', 'x', 1)");
    EXPECT_FALSE(Reader::is_unfinished(directory.path("newer.db")));
}

TEST(Reader, NonsenseInTheStoreIsNamed) {
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

TEST(Reader, ADamagedPlanOfALiveRunStopsTheDaemonAloud) {
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

TEST(Reader, ListsAreServedByIndexes) {
    const StoreDirectory directory;
    open_store(directory.path());
    for (const bool with_job : {false, true}) {
        for (const auto state :
             {std::optional<RunState>{}, std::optional{RunState::running}, std::optional{RunState::failed}}) {
            for (const bool with_since : {false, true}) {
                for (const bool with_before : {false, true}) {
                    RunFilter filter;
                    if (with_job) filter.job = "load";
                    filter.state = state;
                    if (with_since) filter.since = at(0);
                    if (with_before) filter.before = run_id(1);
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

TEST(Reader, OtherQuestionsAreServedByIndexes) {
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

}  // namespace
}  // namespace taktd
