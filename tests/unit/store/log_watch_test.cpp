// SPDX-License-Identifier: Apache-2.0
// A reader that does not finish: the log grows, the operator is told, and when the reader has gone the log is cut.
#include "daemon/store/sqlite/log_watch.hpp"

#include <functional>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "daemon/log/log.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using testing::ask_sql;
using ::testing::HasSubstr;
using testing::Record;
using testing::run_row;
using testing::StoreDirectory;
using namespace std::chrono_literals;

constexpr std::uint64_t kMiB = 1ULL << 20;

TEST(LogWatch, ALogThatAReaderHolds_IsToldOfOnceAnHour) {
    BootTime now{5h};
    LogWatch watch{"/var/lib/taktd/taktd.db", 256 * kMiB, [&] { return now; }};
    EXPECT_FALSE(watch.warning({255 * kMiB, true}));
    const auto told = watch.warning({300 * kMiB, true});
    ASSERT_TRUE(told);
    EXPECT_THAT(*told, HasSubstr("300 MiB"));
    EXPECT_THAT(*told, HasSubstr("fuser -v /var/lib/taktd/taktd.db-wal"));
    now += 59min;
    EXPECT_FALSE(watch.warning({900 * kMiB, true}));
    now += 1min;
    EXPECT_TRUE(watch.warning({901 * kMiB, true}));
}

TEST(LogWatch, ALargeLogThatNobodyHolds_IsNotToldOf) {
    LogWatch watch{"taktd.db", 256 * kMiB, {}};
    EXPECT_FALSE(watch.warning({900 * kMiB, false}));
}

TEST(LogWatch, AReaderThatComesAndGoes_IsToldOfOnceAnHour) {
    BootTime now{5h};
    LogWatch watch{"taktd.db", 1, [&] { return now; }};
    EXPECT_TRUE(watch.warning({2, true}));
    for (int i = 0; i < 59; ++i) {
        now += 1min;
        EXPECT_FALSE(watch.warning({2, false}));
        EXPECT_FALSE(watch.warning({2, true}));
    }
    now += 1min;
    EXPECT_TRUE(watch.warning({2, true}));
}

/// Enough for the log to be worth a checkpoint.
std::vector<Row> many_pages(int step) {
    std::vector<Row> rows;
    for (int i = 0; i < 1100; ++i) {
        CallRow call = testing::call_row(run_row(1), std::to_string(step) + "-" + std::to_string(i), Action::query,
                                         Outcome::accepted);
        call.record.response_body.assign(4000, 'x');
        rows.emplace_back(std::move(call));
    }
    return rows;
}

/// The writer's own patience with a log that somebody holds is 30 s, so this one is longer.
template <class Condition>
bool comes_true(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + 120s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

class LogLines {
public:
    LogLines() {
        log::Options options;
        options.sink = [this](std::string_view line) {
            const std::lock_guard lock{mutex_};
            text_ += line;
        };
        log::setup(options);
    }
    ~LogLines() { log::setup({}); }
    LogLines(const LogLines&) = delete;
    LogLines& operator=(const LogLines&) = delete;
    std::size_t count(const std::string& what) {
        const std::lock_guard lock{mutex_};
        std::size_t n = 0;
        for (auto at = text_.find(what); at != std::string::npos; at = text_.find(what, at + 1)) ++n;
        return n;
    }

private:
    std::mutex mutex_;
    std::string text_;
};

TEST(Writer, AReaderThatHoldsItsTransaction_IsToldOf_AndTheLogIsCutWhenItHasGone) {
    const StoreDirectory directory;
    LogLines lines;
    StoreOptions options{.path = directory.path(), .create = true};
    options.log_bytes_untold = 6 * kMiB;
    options.log_bytes_kept = kMiB;
    auto opened = Store::open(options);
    ASSERT_TRUE(opened) << opened.error();
    Store& store = **opened;
    Record record;
    store.start(record.events());
    store.append(1, {testing::job_state_row("x", testing::at(1))});
    ASSERT_TRUE(record.wait_durable(1));
    const auto log_bytes = [&] { return std::filesystem::file_size(directory.path("taktd.db-wal")); };
    std::uint64_t step = 1;
    {
        SQLite::Database reader{directory.path(), SQLite::OPEN_READONLY, 1000};
        SQLite::Transaction snapshot{reader};
        EXPECT_EQ(reader.execAndGet("SELECT count(*) FROM job_state").getInt(), 1);
        for (int i = 0; i < 4; ++i) {
            store.append(++step, many_pages(i));
            ASSERT_TRUE(record.wait_durable(step)) << "a reader holds up no commit";
        }
        EXPECT_GT(log_bytes(), 8 * kMiB);
        EXPECT_TRUE(comes_true([&] { return lines.count("fuser -v") > 0; }));
    }
    store.append(++step, {testing::job_state_row("y", testing::at(1))});
    ASSERT_TRUE(record.wait_durable(step));
    EXPECT_TRUE(comes_true([&] { return log_bytes() <= kMiB; })) << log_bytes();
    store.append(++step, many_pages(9));
    ASSERT_TRUE(record.wait_durable(step)) << "the writer goes on with a log that was cut";
    EXPECT_TRUE(store.close_clean({}, 30s));
    EXPECT_EQ(lines.count("fuser -v"), 1U) << "told once an hour";
    EXPECT_EQ(ask_sql(directory.path(), "SELECT count(*) FROM calls"), "5500");
}

TEST(Writer, ALogThatAReaderHeld_IsCutInQuietTimesWithoutAnotherCommit) {
    const StoreDirectory directory;
    StoreOptions options{.path = directory.path(), .create = true};
    options.log_bytes_kept = kMiB;
    options.look = options.quiet = 1ms;
    auto opened = Store::open(options);
    ASSERT_TRUE(opened) << opened.error();
    Record record;
    (*opened)->start(record.events());
    const auto log_bytes = [&] { return std::filesystem::file_size(directory.path("taktd.db-wal")); };
    {
        SQLite::Database reader{directory.path(), SQLite::OPEN_READONLY, 1000};
        SQLite::Transaction snapshot{reader};
        EXPECT_EQ(reader.execAndGet("SELECT count(*) FROM job_state").getInt(), 0);
        (*opened)->append(1, many_pages(1));
        ASSERT_TRUE(record.wait_durable(1));
        EXPECT_GT(log_bytes(), 2 * kMiB);
    }
    EXPECT_TRUE(comes_true([&] { return log_bytes() <= kMiB; })) << log_bytes();
}

// taktctl may wait long for whoever reads what it prints; by then it holds nothing.
TEST(Reader, BetweenItsQuestions_HoldsNoTransaction) {
    const StoreDirectory directory;
    auto store = testing::open_store(directory.path());
    Record record;
    store->start(record.events());
    store->append(1, testing::history(1, "load", {RunState::due, RunState::starting, RunState::running}));
    ASSERT_TRUE(record.wait_durable(1));
    Reader reader = testing::open_reader(directory.path());
    const auto is_log_free = [&] {
        SQLite::Database other{directory.path(), SQLite::OPEN_READWRITE, 0};
        return other.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)").getInt() == 0;
    };
    std::uint64_t step = 1;
    const std::vector<std::function<void()>> questions{[&] { reader.list_runs({}); },
                                                       [&] { reader.snapshot(); },
                                                       [&] { reader.show(testing::run_id(1)); },
                                                       [&] { reader.find_run("load"); },
                                                       [&] { reader.gaps(); },
                                                       [&] { reader.holds(); },
                                                       [&] { reader.newest(); },
                                                       [&] { reader.first_run_from("load", testing::at(0)); },
                                                       [&] { verify(reader); }};
    for (std::size_t i = 0; i < questions.size(); ++i) {
        questions[i]();
        store->append(++step, {testing::job_state_row("x", testing::at(static_cast<std::int64_t>(step)))});
        ASSERT_TRUE(record.wait_durable(step));
        EXPECT_TRUE(is_log_free()) << "question " << i;
    }
}

TEST(Writer, AShortLog_IsLeftAsItIs) {
    const StoreDirectory directory;
    auto store = testing::open_store(directory.path());
    Record record;
    store->start(record.events());
    store->append(1, many_pages(1));
    ASSERT_TRUE(record.wait_durable(1));
    store->append(2, {testing::job_state_row("x", testing::at(1))});
    ASSERT_TRUE(record.wait_durable(2));
    EXPECT_GT(std::filesystem::file_size(directory.path("taktd.db-wal")), 0U);
}

}  // namespace
}  // namespace taktd
