// SPDX-License-Identifier: Apache-2.0
// Somebody tidies up a living store: what was called durable is found by the next daemon all the same, or it is told.
#include <fstream>
#include <mutex>

#include <gmock/gmock.h>

#include "daemon/log/log.hpp"
#include "daemon/store/salvage/salvage.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::HasSubstr;
using testing::open_store;
using testing::Record;
using testing::StoreDirectory;
using namespace std::chrono_literals;

std::vector<Row> step_rows(std::uint64_t n) {
    return {testing::job_state_row("job-" + std::to_string(n), testing::at(static_cast<std::int64_t>(n)))};
}

/// What a crash at this instant would leave, opened by the next daemon.
std::size_t found_after_crash(const StoreDirectory& directory, int n) {
    const std::string copy = directory.path("copy" + std::to_string(n) + ".db");
    std::filesystem::copy_file(directory.path(), copy);
    if (std::filesystem::exists(directory.path() + "-wal"))
        std::filesystem::copy_file(directory.path() + "-wal", copy + "-wal");
    return open_store(copy)->load().jobs.size();
}

struct Tidying {
    const char* what;
    void (*act)(const std::string& path);
};

void remove(const std::string& path) { ASSERT_TRUE(std::filesystem::remove(path)) << path; }
void resize(const std::string& path, double share) {
    std::filesystem::resize_file(
        path, static_cast<std::uintmax_t>(static_cast<double>(std::filesystem::file_size(path)) * share));
}

const Tidying kTidyings[] = {
    {"log_removed", [](const std::string& db) { remove(db + "-wal"); }},
    {"log_and_index_removed",
     [](const std::string& db) {
         remove(db + "-wal");
         remove(db + "-shm");
     }},
    {"index_removed", [](const std::string& db) { remove(db + "-shm"); }},
    {"log_emptied", [](const std::string& db) { resize(db + "-wal", 0); }},
    {"log_halved", [](const std::string& db) { resize(db + "-wal", 0.5); }},
    {"log_replaced_by_an_older_copy",
     [](const std::string& db) {
         std::filesystem::copy_file(db + "-wal", db + "-old");
         resize(db + "-old", 0.7);
         std::filesystem::rename(db + "-old", db + "-wal");
     }},
    {"log_replaced_by_rubbish",
     [](const std::string& db) {
         remove(db + "-wal");
         std::ofstream{db + "-wal"} << std::string(10000, 'x');
     }},
    {"lock_removed", [](const std::string& db) { remove(db + ".lock"); }},
};

class Tidied : public ::testing::TestWithParam<Tidying> {
protected:
    ~Tidied() override { log::setup({}); }
};

TEST_P(Tidied, TidiedStore_LosesNothingThatWasDurable) {
    const StoreDirectory directory;
    Record record;
    std::string told;
    std::mutex mutex;
    log::setup({.sink = [&](std::string_view line) {
        const std::lock_guard lock{mutex};
        told += line;
    }});
    auto store = open_store(directory.path());
    store->start(record.events());
    for (std::uint64_t n = 1; n <= 5; ++n) {
        store->append(n, step_rows(n));
        ASSERT_TRUE(record.wait_durable(n));
    }
    GetParam().act(directory.path());
    store->append(6, step_rows(6));
    ASSERT_TRUE(record.wait_durable(6));
    EXPECT_EQ(found_after_crash(directory, 1), 6U);
    store->append(7, step_rows(7));
    ASSERT_TRUE(record.wait_durable(7));
    EXPECT_EQ(found_after_crash(directory, 2), 7U);
    EXPECT_EQ(testing::open_reader(directory.path()).job_states().size(), 7U);
    EXPECT_TRUE(store->close_clean({}, 30s));
    store.reset();
    EXPECT_EQ(testing::ask_sql(directory.path(), "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(open_store(directory.path())->load().jobs.size(), 7U);
    const std::lock_guard lock{mutex};
    const bool is_harmless = std::string_view{GetParam().what} == "lock_removed";
    EXPECT_EQ(told.find("removed or cut while in use") == std::string::npos, is_harmless) << told;
}

INSTANTIATE_TEST_SUITE_P(Files, Tidied, ::testing::ValuesIn(kTidyings),
                         [](const auto& test) { return std::string{test.param.what}; });

TEST(FileWatch, SomebodyElsesCheckpoint_IsNoAlarm) {
    const StoreDirectory directory;
    Record record;
    std::string told;
    log::setup({.sink = [&](std::string_view line) { told += line; }});
    auto store = open_store(directory.path());
    store->start(record.events());
    for (std::uint64_t n = 1; n <= 20; ++n) {
        store->append(n, step_rows(n));
        ASSERT_TRUE(record.wait_durable(n));
        for (const char* mode : {"PASSIVE", "FULL", "RESTART", "TRUNCATE"})
            testing::run_sql(directory.path(), std::string{"PRAGMA wal_checkpoint("} + mode + ")");
        if (n % 5 == 0) testing::run_sql(directory.path(), "VACUUM");
        if (n % 3 == 0) testing::run_sql(directory.path(), "UPDATE job_state SET actor = 'x'");
    }
    for (const auto& said : record.said()) EXPECT_NE(said, "down");
    EXPECT_EQ(found_after_crash(directory, 1), 20U);
    store.reset();
    log::setup({});
    EXPECT_EQ(told.find("removed or cut"), std::string::npos) << told;
}

/// The file alone.
std::size_t found_without_log(const StoreDirectory& directory, int n) {
    const std::string copy = directory.path("alone" + std::to_string(n) + ".db");
    std::filesystem::copy_file(directory.path(), copy);
    return open_store(copy)->load().jobs.size();
}

/// Copies numbered from 100 are made until one holds a job.
bool wait_until_found(const StoreDirectory& directory, std::size_t (*found)(const StoreDirectory&, int)) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    for (int n = 100; std::chrono::steady_clock::now() < deadline; ++n) {
        try {
            if (found(directory, n) == 1) return true;
        } catch (const std::runtime_error&) {  // copied while it changed
        }
    }
    return false;
}

TEST(FileWatch, AQuietStore_NeedsNoLog) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path(), 1ms, 1ms);
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    EXPECT_TRUE(wait_until_found(directory, found_without_log));
    std::filesystem::remove(directory.path() + "-wal");
    EXPECT_EQ(found_after_crash(directory, 1), 1U);
    store->append(2, step_rows(2));
    ASSERT_TRUE(record.wait_durable(2));
    EXPECT_EQ(found_after_crash(directory, 2), 2U);
}

TEST(FileWatch, ALogLostBetweenCommits_IsNoticedWithoutOne) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path(), 1ms);
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    std::filesystem::remove(directory.path() + "-wal");
    EXPECT_TRUE(wait_until_found(directory, found_after_crash));
}

// Connections of one process share what they know of the log: a reader that stays would keep the old one alive.
TEST(FileWatch, ALostLog_IsMadeAnewWhenNobodyInTheProcessReadsAnyMore) {
    const StoreDirectory directory;
    Record record;
    auto store = open_store(directory.path());
    store->start(record.events());
    store->append(1, step_rows(1));
    ASSERT_TRUE(record.wait_durable(1));
    auto reading = store->reading();
    ASSERT_TRUE(reading);
    std::filesystem::remove(directory.path() + "-wal");
    store->append(2, step_rows(2));
    ASSERT_TRUE(record.wait_said("down"));
    EXPECT_THAT(record.why(), HasSubstr("still being read"));
    EXPECT_FALSE(store->reading()) << "nobody begins to read meanwhile";
    reading.reset();
    ASSERT_TRUE(record.wait_said("up"));
    EXPECT_EQ(found_after_crash(directory, 1), 2U);
    EXPECT_TRUE(store->reading());
}

TEST(FileWatch, AnEmptiedDatabase_IsToldAndItsLogKeptForSalvage) {
    const StoreDirectory directory;
    Record record;
    {
        auto store = open_store(directory.path());
        store->start(record.events());
        store->append(1, testing::history(1, "load", {RunState::due, RunState::starting, RunState::running}));
        ASSERT_TRUE(record.wait_durable(1));
        std::filesystem::resize_file(directory.path(), 0);
        store->append(2, step_rows(2));
        ASSERT_TRUE(record.wait_said("down"));
        EXPECT_THAT(record.why(), HasSubstr("cut short"));
        EXPECT_THAT(record.why(), HasSubstr("taktctl salvage"));
    }
    EXPECT_EQ(std::filesystem::file_size(directory.path()), 0U);
    EXPECT_THAT(Store::open({.path = directory.path(), .create = true}).error(), HasSubstr("taktctl salvage"));
    const auto report =
        salvage_store({.from = directory.path(), .to = directory.path("new.db"), .actor = "x", .now = {}});
    ASSERT_TRUE(report) << report.error();
    EXPECT_EQ(report->owed, 1U);
}

TEST(FileWatch, AReplacedDatabase_AndItsLogAreLeftAlone) {
    const StoreDirectory directory;
    testing::write_rows(directory.path("other.db"), step_rows(9));
    Record record;
    {
        auto store = open_store(directory.path());
        store->start(record.events());
        store->append(1, step_rows(1));
        ASSERT_TRUE(record.wait_durable(1));
        std::filesystem::rename(directory.path("other.db"), directory.path());
        std::filesystem::remove(directory.path() + "-wal");
        std::ofstream{directory.path() + "-wal"} << "the other's log";
        store->append(2, step_rows(2));
        ASSERT_TRUE(record.wait_said("down"));
        EXPECT_THAT(record.why(), HasSubstr("deleted or replaced"));
    }
    EXPECT_EQ(std::filesystem::file_size(directory.path() + "-wal"), 15U);
    EXPECT_EQ(testing::ask_sql(directory.path(), "SELECT job FROM job_state"), "job-9");
}

}  // namespace
}  // namespace taktd
