// SPDX-License-Identifier: Apache-2.0
// Opening a store: what is made, what is checked, and what is refused in words that help.
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>

#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/sqlite/migrations.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::AllOf;
using testing::ask_sql;
using ::testing::HasSubstr;
using testing::open_store;
using testing::run_sql;
using testing::StoreDirectory;

std::string error_of(const std::string& path) {
    const auto store = Store::open({.path = path, .create = true});
    return store ? "opened" : store.error();
}

TEST(OpenStore, Store_IsMadeForItsOwnerAlone) {
    const StoreDirectory directory;
    const auto store = open_store(directory.path());
    struct stat status {};
    ASSERT_EQ(::stat(directory.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    ASSERT_EQ(::stat(directory.path("taktd.db-wal").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    EXPECT_EQ(ask_sql(directory.path(), "PRAGMA journal_mode"), "wal");
    EXPECT_TRUE(store->load().first_start);
}

TEST(OpenStore, Store_IsMadeByTheDaemonAlone) {
    const StoreDirectory directory;
    EXPECT_THAT(Store::open({.path = directory.path()}).error(), HasSubstr("there is no store " + directory.path()));
    EXPECT_TRUE(std::filesystem::is_empty(directory.root()));
}

TEST(OpenStore, Store_IsMadeWholeOrNotAtAll) {
    const StoreDirectory directory;
    std::ofstream{directory.path("taktd.db.unfinished")} << "half of a store";  // somebody died over it
    EXPECT_TRUE(open_store(directory.path())->load().first_start);
    EXPECT_FALSE(std::filesystem::exists(directory.path("taktd.db.unfinished")));
    EXPECT_FALSE(open_store(directory.path())->load().first_start);
}

TEST(OpenStore, FileAlone_IsAStoreFromTheBeginning) {
    const StoreDirectory directory;
    const auto store = open_store(directory.path());
    const std::string copy = directory.path("copy.db");
    std::filesystem::copy_file(directory.path(), copy);
    EXPECT_EQ(error_of(copy), "opened") << "what is lost with its log is never the tables";
}

TEST(OpenStore, EmptyStore_IsRefusedAndItsLogLeft) {
    const StoreDirectory directory;
    std::ofstream{directory.path()};
    std::ofstream{directory.path() + "-wal"} << "frames";
    EXPECT_THAT(error_of(directory.path()), AllOf(HasSubstr("0 bytes"), HasSubstr("taktctl salvage")));
    EXPECT_EQ(std::filesystem::file_size(directory.path()), 0U);
    EXPECT_EQ(std::filesystem::file_size(directory.path() + "-wal"), 6U);
}

TEST(OpenStore, DatabaseWithoutTables_IsRefused) {
    const StoreDirectory directory;
    SQLite::Database{directory.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec(
        "PRAGMA application_id = 1952541556; PRAGMA user_version = 1");
    EXPECT_THAT(error_of(directory.path()), AllOf(HasSubstr("without a table"), HasSubstr("taktctl salvage")));
}

TEST(OpenStore, Migrations_AreRecorded) {
    const StoreDirectory directory;
    open_store(directory.path());
    EXPECT_EQ(ask_sql(directory.path(), "SELECT number, name, length(checksum) FROM schema_migrations"),
              "1|0001_initial|16|2|0002_foreign_runs|16|3|0003_limiter_interval|16|4|0004_request_keys|16|"
              "5|0005_last_looks|16|6|0006_limits|16|7|0007_residue|16|8|0008_clock_corrections|16|9|0009_actions|16|"
              "10|0010_transitions_at|16|11|0011_outbox|16");
    EXPECT_EQ(
        ask_sql(directory.path(), "SELECT count(*) FROM schema_migrations WHERE applied_ns > 1700000000000000000"),
        "11");
}

TEST(OpenStore, Columns_AreThoseOfThePublicContract) {
    const StoreDirectory directory;
    open_store(directory.path());
    const std::pair<const char*, const char*> tables[] = {
        {"runs",
         "id, job, provider, task_key, occurrence_ns, request_key, origin, state, reason, task, stop_plan, baseline, "
         "start_due_ns, stop_due_ns, max_end_ns, stop_due_boot_ns, max_end_boot_ns, boot_id, vendor_run_id, "
         "vendor_task_id, remote_state, obligation, created_ns, updated_ns, residue, waits_for, waits_since_ns"},
        {"transitions", "run_id, seq, from_state, to_state, at_ns, reason, actor, detail"},
        {"calls",
         "id, run_id, provider, action, attempt, method, target, request_body, response_body, intent_ns, sent_ns, "
         "sent_boot_ns, boot_id, done_ns, outcome, http_status, vendor_code, vendor_message, vendor_run_id, "
         "request_id"},
        {"call_runs", "run_id, call_id"},
        {"job_state", "job, schedule, watermark_ns, disabled, until_ns, reason, actor"},
        {"gaps", "job, first_ns, last_ns, count, reason, recorded_ns"},
        {"limiters", "account, debt_ns, at_ns, boot_id"},
        {"limits", "account, interval_ns, burst, told_ns"},
        {"holds", "scope, reason, actor, since_ns, until_ns"},
        {"outbox", "id, event_id, target, kind, job, run_id, body, created_ns, attempts, next_ns"},
        {"actions", "id, at_ns, actor, via, action, target, reason, detail, ok"},
        {"schema_migrations", "number, name, checksum, applied_ns"},
    };
    for (const auto& [table, columns] : tables) {
        EXPECT_NO_THROW(ask_sql(directory.path(), std::string{"SELECT "} + columns + " FROM " + table)) << table;
    }
    const std::string uniques =
        "SELECT group_concat(c) FROM (SELECT (SELECT group_concat(name) FROM pragma_index_info(l.name)) AS c "
        "FROM pragma_index_list('runs') AS l WHERE l.\"unique\" AND l.origin = 'u' ORDER BY 1)";
    EXPECT_EQ(ask_sql(directory.path(), uniques), "job,occurrence_ns,job,request_key");
}

TEST(OpenStore, SecondDaemon_IsRefused_AndTheFirstNamed) {
    const StoreDirectory directory;
    const auto store = open_store(directory.path());
    EXPECT_THAT(
        error_of(directory.path()),
        AllOf(HasSubstr("in use by another taktd, pid " + std::to_string(::getpid())), HasSubstr(directory.path())));
}

TEST(OpenStore, SecondDaemon_UnderAnyName_IsRefused) {
    const StoreDirectory directory;
    const auto store = open_store(directory.path());
    std::filesystem::remove(directory.path() + ".lock");
    EXPECT_THAT(error_of(directory.path()), HasSubstr("in use by another taktd"));
    std::filesystem::create_symlink("taktd.db", directory.path("soft.db"));
    EXPECT_THAT(error_of(directory.path("soft.db")), HasSubstr("in use by another taktd"));
    EXPECT_FALSE(std::filesystem::exists(directory.path("soft.db.lock")));
    std::filesystem::create_hard_link(directory.path(), directory.path("hard.db"));
    EXPECT_THAT(error_of(directory.path("hard.db")), HasSubstr("in use by another taktd"));
    EXPECT_TRUE(LockFile::holder(directory.path("hard.db")));
}

TEST(OpenStore, ThroughASymbolicLink_FindsTheLogOfTheFile) {
    const StoreDirectory directory;
    std::filesystem::create_directory(directory.path("disk"));
    std::filesystem::create_symlink("disk/real.db", directory.path());
    {
        const auto store = open_store(directory.path("disk/real.db"));
        store->start({});
        store->append(1, testing::history(1, "load", {RunState::due, RunState::starting, RunState::running}));
    }
    const auto store = open_store(directory.path());
    EXPECT_EQ(store->load().live.size(), 1U);
    EXPECT_TRUE(std::filesystem::exists(directory.path("disk/real.db-wal")));
    EXPECT_FALSE(std::filesystem::exists(directory.path() + "-wal"));
}

TEST(OpenStore, LockOfAnEndedDaemon_IsFree) {
    const StoreDirectory directory;
    open_store(directory.path()).reset();
    EXPECT_EQ(error_of(directory.path()), "opened");
}

TEST(OpenStore, MissingDirectory_IsSaid) {
    const StoreDirectory directory;
    EXPECT_THAT(error_of(directory.path("none/taktd.db")),
                AllOf(HasSubstr("No such file or directory"), HasSubstr("create it")));
}

TEST(OpenStore, DirectoryThatIsAFile_IsSaid) {
    const StoreDirectory directory;
    std::ofstream{directory.path("file")} << "x";
    EXPECT_THAT(error_of(directory.path("file/taktd.db")), HasSubstr("is not a directory"));
}

TEST(OpenStore, ReadOnlyDirectory_IsSaid) {
    // Even root cannot make a file there; a mode would not stop root.
    EXPECT_THAT(error_of("/proc/taktd.db"), HasSubstr("/proc"));
    if (::getuid() == 0) return;
    const StoreDirectory directory;
    std::filesystem::permissions(directory.root(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_THAT(error_of(directory.path()), HasSubstr("is not writable"));
    std::filesystem::permissions(directory.root(), std::filesystem::perms::owner_all);
}

TEST(OpenStore, FileThatIsNoDatabase_IsRefused) {
    const StoreDirectory directory;
    std::ofstream{directory.path()} << "version: 1\njobs: {}\nproviders: {}\n";
    EXPECT_THAT(error_of(directory.path()), HasSubstr("is not an SQLite database"));
    std::filesystem::create_directory(directory.path("folder.db"));
    EXPECT_THAT(error_of(directory.path("folder.db")), HasSubstr("is a directory"));
}

TEST(OpenStore, AnotherProgramsDatabase_IsRefused) {
    const StoreDirectory directory;
    SQLite::Database{directory.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec("CREATE TABLE theirs (a)");
    EXPECT_THAT(error_of(directory.path()), HasSubstr("another program"));
    EXPECT_EQ(ask_sql(directory.path(), "SELECT name FROM sqlite_schema"), "theirs") << "and leaves it as it is";
}

TEST(OpenStore, NewerSchema_IsRefused) {
    const StoreDirectory directory;
    open_store(directory.path()).reset();
    run_sql(directory.path(), "INSERT INTO schema_migrations VALUES (99, '0099_future', 'x', 1)");
    EXPECT_THAT(error_of(directory.path()), AllOf(HasSubstr("newer"), HasSubstr("0099_future")));
}

TEST(OpenStore, ChangedMigration_IsRefused) {
    const StoreDirectory directory;
    open_store(directory.path()).reset();
    run_sql(directory.path(), "UPDATE schema_migrations SET checksum = 'other'");
    EXPECT_THAT(error_of(directory.path()), HasSubstr("another content"));
}

TEST(Migrations, Migrations_GoInOrderEachOnceAndWholly) {
    const StoreDirectory directory;
    SQLite::Database db{directory.path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    std::vector<Migration> known{{1, "0001_a", "CREATE TABLE a (x);"}};
    EXPECT_EQ(migrate(db, known), std::nullopt);
    known.push_back({2, "0002_b", "ALTER TABLE a ADD COLUMN y; CREATE TABLE b (x);"});
    EXPECT_THAT(migrate(db, known, false).value_or(""), HasSubstr("older version (migration 1 of 2)"))
        << "a reader does not migrate";
    EXPECT_EQ(migrate(db, known), std::nullopt);
    EXPECT_EQ(migrate(db, known), std::nullopt);
    known.push_back({3, "0003_broken", "CREATE TABLE c (x); CREATE TABLE a (x);"});
    EXPECT_THROW(migrate(db, known), SQLite::Exception);
    EXPECT_FALSE(db.tableExists("c")) << "a failed migration leaves nothing";
    EXPECT_EQ(db.execAndGet("SELECT count(*) FROM schema_migrations").getInt(), 2);
}

}  // namespace
}  // namespace taktd
