// SPDX-License-Identifier: Apache-2.0
// A store that cannot be written, for whatever cause, is read: what it owes is known at once, and what happens is
// written down when the cause is gone.
#include <fstream>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "daemon/store/sqlite/row_reading.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::FaultVfs;
using testing::open_store;
using testing::Record;
using testing::StoreDirectory;
using namespace std::chrono_literals;

const std::vector<RunState> kRunning{RunState::due, RunState::starting, RunState::running};
const std::vector<RunState> kStopped{RunState::due, RunState::starting, RunState::running, RunState::stopping,
                                     RunState::stopped};

/// The live run is found while `heal` is still to come, and its end is written after it.
template <class Heal>
void expect_read_then_written(const std::string& path, Heal heal) {
    Record record;
    auto store = open_store(path);
    const Snapshot found = store->load();
    ASSERT_EQ(found.live.size(), 1U);
    store->start(record.events());
    store->append(1, testing::history(1, "load", kStopped));
    ASSERT_TRUE(record.wait_said("down"));
    heal();
    ASSERT_TRUE(record.wait_said("up"));
    ASSERT_TRUE(store->close_clean({}, 30s));
    EXPECT_EQ(testing::ask_sql(path, "SELECT state FROM runs"), "stopped");
}

TEST(DamagedSchema, AColumnThatHasLostItsName_KeepsNoStopFromGoingOut) {
    // The page with the tables' definitions is damaged, and the text of one is another: what it holds can still be
    // read but for that column, and no row can be written.
    const StoreDirectory directory;
    testing::write_rows(directory.path(), testing::history(1, "load", kRunning));
    {
        SQLite::Database database{directory.path(), SQLite::OPEN_READWRITE};
        sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
        database.exec("PRAGMA writable_schema = ON");
        database.exec("UPDATE sqlite_schema SET sql = replace(sql, 'burst', 'bursu') WHERE name = 'limits'");
    }
    Record record;
    auto store = open_store(directory.path());
    const Snapshot found = store->load();
    ASSERT_EQ(found.live.size(), 1U);
    EXPECT_FALSE(found.damage.empty()) << "nothing is started";
    store->start(record.events());
    store->append(1, testing::history(1, "load", kStopped));
    ASSERT_TRUE(record.wait_said("down"));
    EXPECT_THAT(record.why(), ::testing::HasSubstr("no column named burst"));
}

struct Fault {
    const char* what;
    FaultVfs::Op op;
    int nth, code;
};

class UnwritableAtStart : public ::testing::TestWithParam<std::tuple<Fault, bool>> {};

TEST_P(UnwritableAtStart, Store_UntilItCanBeWritten_IsRead) {
    const auto& [fault, is_clean] = GetParam();
    const StoreDirectory directory;
    if (is_clean) {
        testing::write_rows(directory.path(), testing::history(1, "load", kRunning));
    } else {
        const auto store = open_store(directory.path());
        store->start({});
        store->append(1, testing::history(1, "load", kRunning));
    }
    FaultVfs disk;
    disk.fail(fault.op, fault.nth, FaultVfs::kForever, fault.code);
    expect_read_then_written(directory.path(), [&] { disk.heal(); });
    EXPECT_GT(disk.failures(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Causes, UnwritableAtStart,
    ::testing::Combine(::testing::Values(Fault{"full", FaultVfs::Op::write, 1, SQLITE_FULL},
                                         Fault{"write", FaultVfs::Op::write, 1, SQLITE_IOERR_WRITE},
                                         Fault{"sync", FaultVfs::Op::sync, 1, SQLITE_IOERR_FSYNC},
                                         Fault{"no_inode", FaultVfs::Op::open, 2, SQLITE_CANTOPEN},       // the log's
                                         Fault{"no_descriptor", FaultVfs::Op::open, 1, SQLITE_CANTOPEN},  // the file's
                                         Fault{"read_only", FaultVfs::Op::write, 1, SQLITE_READONLY},
                                         Fault{"forbidden", FaultVfs::Op::open, 1, SQLITE_PERM}),
                       ::testing::Bool()),
    [](const auto& test) {
        return std::get<0>(test.param).what + std::string{std::get<1>(test.param) ? "_after_a_clean_stop" : ""};
    });

TEST(UnwritableStore, BusyAtStart_IsReadUntilItIsFree) {
    for (const char* lock : {"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"}) {
        const StoreDirectory directory;
        testing::write_rows(directory.path(), testing::history(1, "load", kRunning));
        auto other = std::make_unique<SQLite::Database>(directory.path(), SQLite::OPEN_READWRITE);
        other->exec(lock);
        expect_read_then_written(directory.path(), [&] { other->exec("ROLLBACK"); });
    }
}

TEST(UnwritableStore, KeptByAnotherForItselfAlone_IsReadUntilItIsFree) {
    const StoreDirectory directory;
    testing::write_rows(directory.path(), testing::history(1, "load", kRunning));
    auto other = std::make_unique<SQLite::Database>(directory.path(), SQLite::OPEN_READWRITE);
    other->exec("PRAGMA locking_mode = EXCLUSIVE");
    other->exec("BEGIN IMMEDIATE");
    expect_read_then_written(directory.path(), [&] { other.reset(); });
}

/// One run that owes a stop, in a store that cannot be written and whose table `lost` cannot be read.
Result<std::unique_ptr<Store>> open_damaged(const StoreDirectory& directory, FaultVfs& disk, const std::string& lost) {
    testing::write_rows(directory.path(), testing::history(1, "load", kRunning));
    open_store(directory.path()).reset();  // ends without the clean mark
    const std::string page =
        testing::ask_sql(directory.path(), "SELECT rootpage FROM sqlite_schema WHERE name = '" + lost + "'");
    {
        std::fstream file{directory.path(), std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(4096 * (std::stoll(page) - 1));
        file << std::string(4096, '\x5A');
    }
    disk.fail(FaultVfs::Op::sync, 1, FaultVfs::kForever, SQLITE_IOERR_FSYNC);
    return Store::open({.path = directory.path()});
}

TEST(UnwritableStore, WhatIsDamaged_IsReadAsFarAsItCanBe) {
    const StoreDirectory directory;
    FaultVfs disk;
    auto store = open_damaged(directory, disk, "holds");
    ASSERT_TRUE(store) << store.error();
    const Snapshot found = (*store)->load_owed();
    EXPECT_EQ(found.live.size(), 1U);
    EXPECT_THAT(found.damage, ::testing::ElementsAre(::testing::HasSubstr("the holds cannot be read")));
}

TEST(UnwritableStore, WithoutItsRuns_IsNeverTakenForNothingOwed) {
    const StoreDirectory directory;
    FaultVfs disk;
    auto store = open_damaged(directory, disk, "runs");
    ASSERT_TRUE(store) << store.error();
    EXPECT_THROW((*store)->load_owed(), StoreError);
}

}  // namespace
}  // namespace taktd
