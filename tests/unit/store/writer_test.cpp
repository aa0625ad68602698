// SPDX-License-Identifier: Apache-2.0
// The writer's promises: commits in order, many steps in one, and when the disk fails nothing is lost, reordered or
// said twice.
#include <gmock/gmock.h>

#include "tests/support/fault_vfs.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using ::testing::ElementsAre;
using testing::FaultVfs;
using ::testing::HasSubstr;
using testing::open_store;
using testing::Record;
using testing::run_row;
using testing::StoreDirectory;
using namespace std::chrono_literals;

/// Step n of a test: its one row says n.
std::vector<Row> step_rows(std::uint64_t n) {
    return {testing::job_state_row("job-" + std::to_string(n), testing::at(static_cast<std::int64_t>(n)))};
}

std::string stored_steps(const std::string& path) { return ask_sql(path, "SELECT count(*) FROM job_state"); }

TEST(Writer, StepsThatWait_ShareACommit) {
    const StoreDirectory directory;
    const FaultVfs disk;
    auto store = open_store(directory.path());
    const int before = disk.count(FaultVfs::Op::sync);
    for (std::uint64_t n = 1; n <= 1000; ++n) store->append(n, step_rows(n));
    Record record;
    store->start(record.events());
    ASSERT_TRUE(record.wait_durable(1000));
    EXPECT_THAT(record.said(), ElementsAre("durable 1000"));
    EXPECT_LE(disk.count(FaultVfs::Op::sync) - before, 3);
}

TEST(Writer, Batch_HasALimit) {
    const StoreDirectory directory;
    auto store = open_store(directory.path());
    std::vector<Row> many;
    for (int i = 0; i < 5000; ++i) many.emplace_back(testing::job_state_row("j" + std::to_string(i), testing::at(i)));
    store->append(1, many);
    store->append(2, step_rows(2));
    Record record;
    store->start(record.events());
    ASSERT_TRUE(record.wait_durable(2));
    EXPECT_THAT(record.said(), ElementsAre("durable 1", "durable 2")) << "a step is never split";
}

TEST(Writer, DurableStep_SurvivesACrash) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    for (std::uint64_t n = 1; n <= 20; ++n) {
        store->append(n, step_rows(n));
        ASSERT_TRUE(record.wait_durable(n));
        // What a crash at this instant would leave: the files as they are, without the process.
        const std::string copy = directory.path("copy" + std::to_string(n) + ".db");
        std::filesystem::copy_file(directory.path(), copy);
        std::filesystem::copy_file(directory.path("taktd.db-wal"), copy + "-wal");
        const Snapshot found = open_store(copy)->load();
        EXPECT_EQ(found.jobs.size(), n);
        EXPECT_FALSE(found.clean_stop);
    }
}

TEST(Writer, TornLog_LosesOnlyWhatWasNotDurable) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    const auto durable_bytes = std::filesystem::file_size(directory.path("taktd.db-wal"));
    store->append(2, step_rows(2));
    ASSERT_TRUE(record.wait_durable(2));
    const auto all_bytes = std::filesystem::file_size(directory.path("taktd.db-wal"));
    for (auto bytes = durable_bytes; bytes <= all_bytes; bytes += 1000) {
        const std::string copy = directory.path("torn" + std::to_string(bytes) + ".db");
        std::filesystem::copy_file(directory.path(), copy);
        std::filesystem::copy_file(directory.path("taktd.db-wal"), copy + "-wal");
        std::filesystem::resize_file(copy + "-wal", bytes);
        EXPECT_GE(open_store(copy)->load().jobs.size(), 1U) << bytes;
    }
}

struct Fault {
    const char* what;
    FaultVfs::Op op;
    int nth, times, code;
    const char* why;
};

class WriterFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(WriterFaults, Faults_AreToldOnceAndThenMadeGood) {
    const Fault& fault = GetParam();
    const StoreDirectory directory;
    FaultVfs disk;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    disk.fail(fault.op, fault.nth, fault.times, fault.code);
    for (std::uint64_t n = 2; n <= 6; ++n) store->append(n, step_rows(n));
    ASSERT_TRUE(record.wait_said("down"));
    EXPECT_THAT(record.why(), HasSubstr(fault.why));
    for (std::uint64_t n = 7; n <= 9; ++n) store->append(n, step_rows(n));
    if (fault.times == FaultVfs::kForever) {
        EXPECT_FALSE(std::ranges::any_of(record.said(), [](const auto& s) { return s == "durable 9" || s == "up"; }));
        disk.heal();
    }
    ASSERT_TRUE(record.wait_durable(9));
    ASSERT_TRUE(record.wait_said("up"));
    const auto said = record.said();
    EXPECT_EQ(std::ranges::count(said, "down"), 1);
    EXPECT_EQ(std::ranges::count(said, "up"), 1);
    // A fault that passes at once can be made good before the steps 7 to 9 come: they are durable after "up" then.
    const auto down = std::ranges::find(said, "down");
    const auto up = std::ranges::find(said, "up");
    EXPECT_LT(down, up);
    EXPECT_TRUE(std::any_of(down, up, [](const auto& word) { return word.starts_with("durable"); }))
        << "first made good";
    EXPECT_GE(disk.failures(), 1);
    EXPECT_TRUE(store->close_clean({}, 30s));
    EXPECT_EQ(stored_steps(directory.path()), "9");
    store.reset();
    EXPECT_TRUE(open_store(directory.path())->load().clean_stop);
}

INSTANTIATE_TEST_SUITE_P(
    Disk, WriterFaults,
    ::testing::Values(Fault{"full", FaultVfs::Op::write, 1, FaultVfs::kForever, SQLITE_FULL, "the disk is full"},
                      Fault{"write", FaultVfs::Op::write, 1, 1, SQLITE_IOERR_WRITE, "the disk failed"},
                      Fault{"second_write", FaultVfs::Op::write, 2, 3, SQLITE_IOERR_WRITE, "the disk failed"},
                      Fault{"sync", FaultVfs::Op::sync, 1, 1, SQLITE_IOERR_FSYNC, "the disk failed"},
                      Fault{"syncs", FaultVfs::Op::sync, 1, 5, SQLITE_IOERR_FSYNC, "the disk failed"},
                      Fault{"forever", FaultVfs::Op::sync, 1, FaultVfs::kForever, SQLITE_IOERR_FSYNC,
                            "the disk failed"}),
    [](const auto& test) { return std::string{test.param.what}; });

TEST(Writer, Reopening_MayFailToo) {
    const StoreDirectory directory;
    FaultVfs disk;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    disk.fail(FaultVfs::Op::open, 1, 4, SQLITE_CANTOPEN);
    disk.fail(FaultVfs::Op::sync, 1, 1, SQLITE_IOERR_FSYNC);
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_said("up"));
    EXPECT_THAT(record.said(), ElementsAre("down", "durable 1", "up"));
    EXPECT_EQ(disk.failures(), 5);
}

TEST(Writer, EveryInstantOfFailure_IsSurvived) {
    // The fault moves through the whole of several commits, one operation further each time.
    for (int nth = 1; nth <= 40; ++nth) {
        const StoreDirectory directory;
        FaultVfs disk;
        Record record;
        auto store = open_store(directory.path());
        store->start(record.events());
        disk.fail(nth % 2 == 0 ? FaultVfs::Op::write : FaultVfs::Op::sync, 1 + nth / 2, 2, SQLITE_IOERR);
        for (std::uint64_t n = 1; n <= 8; ++n) {
            store->append(n, testing::history(static_cast<int>(n), "load",
                                              {RunState::due, RunState::starting, RunState::running}));
            ASSERT_TRUE(record.wait_durable(n)) << nth;
        }
        disk.heal();
        ASSERT_TRUE(store->close_clean({}, 30s)) << nth;
        store.reset();
        EXPECT_EQ(ask_sql(directory.path(), "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM transitions)"),
                  "8|24");
        EXPECT_EQ(ask_sql(directory.path(), "PRAGMA integrity_check"), "ok");
    }
}

TEST(Writer, DeletedFile_IsNoticed) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    for (const char* part : {"", "-wal", "-shm"}) {
        std::filesystem::rename(directory.path() + part, directory.path("away.db") + part);
    }
    store->append(2, step_rows(2));
    ASSERT_TRUE(record.wait_said("down"));
    EXPECT_THAT(record.why(), HasSubstr("deleted or replaced"));
    for (const char* part : {"", "-wal", "-shm"}) {
        std::filesystem::rename(directory.path("away.db") + part, directory.path() + part);
    }
    ASSERT_TRUE(record.wait_said("up"));
    EXPECT_EQ(stored_steps(directory.path()), "2");
}

TEST(Writer, SomebodyElsesTransaction_IsWaitedOut) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    auto other = std::make_unique<SQLite::Database>(directory.path(), SQLite::OPEN_READWRITE);
    other->exec("BEGIN IMMEDIATE");
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_said("down"));
    EXPECT_THAT(record.why(), HasSubstr("locked by another program"));
    other->exec("ROLLBACK");
    ASSERT_TRUE(record.wait_said("up"));
    EXPECT_EQ(stored_steps(directory.path()), "1");
}

TEST(Writer, Reader_NeitherWaitsNorMakesWait) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    SQLite::Database other{directory.path(), SQLite::OPEN_READONLY};
    other.exec("BEGIN");
    EXPECT_EQ(other.execAndGet("SELECT count(*) FROM job_state").getInt(), 0);
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    EXPECT_EQ(other.execAndGet("SELECT count(*) FROM job_state").getInt(), 0) << "an old snapshot";
}

TEST(Writer, CleanClose_ThatCannotWrite_SaysSo) {
    const StoreDirectory directory;
    FaultVfs disk;
    auto store = open_store(directory.path());
    store->start({});
    disk.fail(FaultVfs::Op::write, 1, FaultVfs::kForever, SQLITE_FULL);
    EXPECT_FALSE(store->close_clean({}, 30ms));
    disk.heal();
    store.reset();
    EXPECT_FALSE(open_store(directory.path())->load().clean_stop);
}

TEST(Writer, End_OnADeadDisk_Ends) {
    const StoreDirectory directory;
    FaultVfs disk;
    Record record;
    {
        auto store = open_store(directory.path());
        store->start(record.events());
        disk.fail(FaultVfs::Op::sync, 1, FaultVfs::kForever, SQLITE_IOERR_FSYNC);
        store->append(1, step_rows(1));
        ASSERT_TRUE(record.wait_said("down"));
    }
    disk.heal();
    EXPECT_NO_THROW(open_store(directory.path()));
}

TEST(Writer, Log_DoesNotGrowForEver) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    for (std::uint64_t n = 1; n <= 40; ++n) {
        std::vector<Row> rows;
        for (int i = 0; i < 200; ++i) {
            RunRow run = run_row(i);
            run.updated = testing::at(static_cast<std::int64_t>(n));
            rows.emplace_back(run);
        }
        store->append(n, rows);
        ASSERT_TRUE(record.wait_durable(n));
    }
    EXPECT_LT(std::filesystem::file_size(directory.path("taktd.db-wal")), 16U << 20);
}

}  // namespace
}  // namespace taktd
