// SPDX-License-Identifier: Apache-2.0
// Stores of which a part is broken: obligations are read before the rest is looked at, one that cannot be read hides no
// other, and the check beside says what recovery did not see.
#include <algorithm>
#include <array>
#include <fstream>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "daemon/store/sqlite/load.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using testing::ask_sql;
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::open_store;
using testing::Record;
using testing::run_sql;
using testing::StoreDirectory;

using RunStates = std::vector<RunState>;
const RunStates kRuns{RunState::due, RunState::starting, RunState::running};
const RunStates kEnded{RunState::due, RunState::skipped};

/// Ten live runs among `finished` ended ones, as a crash leaves them.
void make_store(const std::string& path, int finished) {
    std::vector<Row> rows;
    const auto add = [&rows](std::vector<Row> more) { std::ranges::move(more, std::back_inserter(rows)); };
    for (int n = 0; n < finished; ++n) {
        add(testing::history(n, "done-" + std::to_string(n), kEnded));
        for (int call = 0; call < 3; ++call)
            rows.emplace_back(testing::call_row(testing::run_row(n), "call-" + std::to_string(n * 3 + call),
                                                Action::query, Outcome::accepted));
    }
    for (int n = finished; n < finished + 10; ++n) {
        add(testing::history(n, "live-" + std::to_string(n), kRuns));
        rows.emplace_back(
            testing::call_row(testing::run_row(n), "start-" + std::to_string(n), Action::start, Outcome::accepted));
    }
    testing::write_rows(path, std::move(rows));
    open_store(path).reset();  // ends without the clean mark
    run_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)");
}

std::int64_t number(const std::string& path, const std::string& sql) { return std::stoll(ask_sql(path, sql)); }

/// The pages of the table or index, the root first.
std::vector<std::int64_t> pages_of(const std::string& path, const std::string& name) {
    std::vector<std::int64_t> pages;
    SQLite::Database db{path, SQLite::OPEN_READONLY};
    SQLite::Statement row{db, "SELECT pageno FROM dbstat WHERE name = ? ORDER BY path"};
    row.bind(1, name);
    while (row.executeStep()) pages.push_back(row.getColumn(0).getInt64());
    return pages;
}

std::int64_t page_of_old_calls(const std::string& path) {
    const auto pages = pages_of(path, "calls");
    return pages.at(pages.size() / 2);
}

void damage_page(const std::string& path, std::int64_t page) {
    const std::int64_t size = number(path, "PRAGMA page_size");
    std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
    const std::string noise(static_cast<std::size_t>(size), '\x5A');
    file.seekp((page - 1) * size);
    file.write(noise.data(), size);
}

/// Pages that recovery of the live runs has read.
int pages_read(const std::string& path) {
    SQLite::Database db{path, SQLite::OPEN_READONLY};
    const Snapshot found = load_obligations(db);
    EXPECT_EQ(found.live.size(), 10U);
    int reads = 0, unused = 0;
    sqlite3_db_status(db.getHandle(), SQLITE_DBSTATUS_CACHE_MISS, &reads, &unused, 0);
    return reads;
}

TEST(Recovery, MoreFinishedRuns_NeedNoMorePages) {
    const StoreDirectory directory;
    make_store(directory.path("few.db"), 1000);
    make_store(directory.path("many.db"), 8000);
    EXPECT_GT(std::filesystem::file_size(directory.path("many.db")),
              6 * std::filesystem::file_size(directory.path("few.db")));
    // Each live run may lie a level deeper in some index.
    EXPECT_LE(pages_read(directory.path("many.db")), pages_read(directory.path("few.db")) + 10);
}

TEST(Recovery, Open_DoesNotLookTheStoreThrough_AndChecksItBeside) {
    const StoreDirectory directory;
    make_store(directory.path(), 2000);
    damage_page(directory.path(), page_of_old_calls(directory.path()));
    auto store = open_store(directory.path());
    const Snapshot found = store->load_owed();
    EXPECT_THAT(found.damage, IsEmpty());
    EXPECT_EQ(found.live.size(), 10U);
    Record record;
    store->start(record.events());
    ASSERT_TRUE(record.wait_said("damaged"));
    EXPECT_THAT(record.why(), HasSubstr("quick check"));
    store->append(1, {testing::job_state_row("job", testing::at(1))});
    EXPECT_TRUE(record.wait_durable(1)) << "what can be written is written";
}

TEST(Recovery, DamageOnceFound_IsKnownAtTheNextStart) {
    const StoreDirectory directory;
    make_store(directory.path(), 2000);
    damage_page(directory.path(), page_of_old_calls(directory.path()));
    {
        auto store = open_store(directory.path());
        EXPECT_FALSE(store->load_owed().found_damaged);
        Record record;
        store->start(record.events());
        ASSERT_TRUE(record.wait_said("damaged"));
        store->append(1, std::vector<Row>{});
        ASSERT_TRUE(record.wait_durable(1));
        store->close_clean({}, 30s);
    }
    EXPECT_TRUE(open_store(directory.path())->load_owed().found_damaged);
}

TEST(Recovery, CheckThatPassed_AfterACleanStop_IsNotRepeated) {
    const StoreDirectory directory;
    make_store(directory.path(), 100);
    {
        auto store = open_store(directory.path());
        Record record;
        store->start(record.events());
        ASSERT_TRUE(record.wait_said("sound"));
        ASSERT_TRUE(store->close_clean({}, 30s));
    }
    auto store = open_store(directory.path());
    Record record;
    store->start(record.events());
    store->append(1, std::vector<Row>{});
    ASSERT_TRUE(record.wait_durable(1));
    EXPECT_TRUE(store->close_clean({}, 30s));
    EXPECT_THAT(record.said(), ElementsAre("durable 1"));
}

TEST(Recovery, CheckThatWasBrokenOff_AfterACleanStopToo_IsMade) {
    const StoreDirectory directory;
    make_store(directory.path(), 100);
    ASSERT_TRUE(open_store(directory.path())->close_clean({}, 30s))
        << "ended while it is still being checked, or before";
    run_sql(directory.path(), "UPDATE meta SET value = 1 WHERE key = 'unchecked'");
    auto store = open_store(directory.path());
    EXPECT_TRUE(store->load_owed().clean_stop);
    Record record;
    store->start(record.events());
    EXPECT_TRUE(record.wait_said("sound"));
}

TEST(Recovery, UncleanStop_UntilACheckHasPassed_IsChecked) {
    const StoreDirectory directory;
    make_store(directory.path(), 10);
    for (int crash = 0; crash < 3; ++crash) {
        open_store(directory.path()).reset();
        EXPECT_EQ(ask_sql(directory.path(), "SELECT value FROM meta WHERE key = 'unchecked'"), "1");
    }
}

TEST(Recovery, RunThatCannotBeRead_HidesNoOther) {
    const StoreDirectory directory;
    make_store(directory.path(), 10);
    run_sql(directory.path(), "UPDATE runs SET stop_plan = 'nonsense' WHERE job = 'live-13'");
    const Snapshot found = open_store(directory.path())->load_owed();
    EXPECT_EQ(found.live.size(), 9U);
    for (const auto& live : found.live) EXPECT_EQ(live.last_seq, 3);
    EXPECT_THAT(found.damage,
                ElementsAre(AllOf(HasSubstr("live-13"), HasSubstr("NOT STOPPED"), HasSubstr("stop_plan"))));
    EXPECT_FALSE(found.clean_stop);
}

TEST(Recovery, LiveRuns_WithoutTheirIndex_AreFoundAllTheSame) {
    const StoreDirectory directory;
    make_store(directory.path(), 500);
    damage_page(directory.path(), pages_of(directory.path(), "runs_live").front());
    const Snapshot found = open_store(directory.path())->load_owed();
    EXPECT_EQ(found.live.size(), 10U);
    EXPECT_THAT(found.damage, Contains(HasSubstr("the index of live runs")));
}

TEST(Recovery, DamagedPageOfRuns_WhicheverItIs_HidesNoOther) {
    const StoreDirectory directory;
    make_store(directory.path("sound.db"), 500);
    for (const auto page : pages_of(directory.path("sound.db"), "runs")) {
        if (page == pages_of(directory.path("sound.db"), "runs").front()) continue;  // the way to all others
        std::filesystem::copy_file(directory.path("sound.db"), directory.path(),
                                   std::filesystem::copy_options::overwrite_existing);
        for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(directory.path() + part);
        damage_page(directory.path(), page);
        const Snapshot found = open_store(directory.path())->load_owed();
        EXPECT_EQ(found.live.size() < 10, !found.damage.empty()) << "page " << page;
    }
}

TEST(Recovery, CallsThatCannotBeRead_LeaveTheRunArmed) {
    const StoreDirectory directory;
    make_store(directory.path(), 10);
    run_sql(directory.path(),
            "UPDATE calls SET outcome = 'nonsense' WHERE id = '" + test::call_of("start-12").text() + "'");
    const Snapshot found = open_store(directory.path())->load_owed();
    EXPECT_EQ(found.live.size(), 10U);
    EXPECT_THAT(found.damage, ElementsAre(HasSubstr("live-12")));
}

TEST(Recovery, IdThatIsNone_IsDamageOfItsRow) {
    const std::string call = test::call_of("start-13").text();
    const struct {
        std::string sql;
        std::size_t live;
        const char *which, *what;
    } cases[] = {
        {"UPDATE runs SET id = 'x' WHERE job = 'live-13'", 9, "live-13", "column 'id': 'x' is not an id"},
        {"UPDATE runs SET id = upper(id) WHERE job = 'live-13'", 9, "live-13", "is not an id"},
        {"UPDATE calls SET id = '' WHERE id = '" + call + "'", 10, "live-13", "column 'id': '' is not an id"},
        {"INSERT INTO call_runs SELECT id, 'y' FROM runs WHERE job = 'live-13'", 10, nullptr, nullptr},
    };
    for (const auto& c : cases) {
        const StoreDirectory directory;
        make_store(directory.path(), 10);
        run_sql(directory.path(), "PRAGMA foreign_keys = OFF; " + c.sql);
        const Snapshot found = open_store(directory.path())->load_owed();
        EXPECT_EQ(found.live.size(), c.live) << c.sql;
        if (c.which == nullptr) {
            EXPECT_THAT(found.damage, IsEmpty()) << c.sql << ", which is only looked up";
        } else {
            EXPECT_THAT(found.damage, Contains(AllOf(HasSubstr(c.which), HasSubstr(c.what)))) << c.sql;
        }
    }
}

TEST(Recovery, Past_IsReadAsItWasBeforeTheFirstCommit) {
    const StoreDirectory directory;
    make_store(directory.path(), 10);
    auto store = open_store(directory.path());
    EXPECT_THAT(store->load_owed().jobs, IsEmpty());
    const auto past = store->past();
    Record record;
    store->start(record.events());
    store->append(1, {testing::job_state_row("new", testing::at(1))});
    ASSERT_TRUE(record.wait_durable(1));
    store.reset();
    EXPECT_EQ(past().jobs.size(), 20U);
}

TEST(Recovery, EveryQuestion_IsAnsweredByAnIndex) {
    const StoreDirectory directory;
    make_store(directory.path(), 10);
    SQLite::Database db{directory.path(), SQLite::OPEN_READONLY};
    std::vector<std::string> asked;
    sqlite3_trace_v2(
        db.getHandle(), SQLITE_TRACE_STMT,
        [](unsigned, void* out, void* statement, void*) {
            static_cast<std::vector<std::string>*>(out)->emplace_back(
                sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
            return 0;
        },
        &asked);
    load_snapshot(db);
    sqlite3_trace_v2(db.getHandle(), 0, nullptr, nullptr);
    ASSERT_GT(asked.size(), 8U);
    for (const auto& sql : asked) {
        SQLite::Statement plan{db, "EXPLAIN QUERY PLAN " + sql};
        while (plan.executeStep()) {
            const std::string step = plan.getColumn(3).getString();
            // Indexes of live runs alone, of those with a key, and of stops that were cut may be walked over.
            const bool is_small =
                std::ranges::any_of(std::array{"runs_live", "runs_by_request_key", "calls_foreign_stop"},
                                    [&](const char* index) { return step.ends_with(std::string{" INDEX "} + index); });
            for (const char* table : {"runs", "calls", "transitions", "call_runs"})
                EXPECT_TRUE(is_small || (step + " ").find(std::string{"SCAN "} + table + " ") == std::string::npos)
                    << sql << ": " << step;
        }
    }
}

}  // namespace
}  // namespace taktd
