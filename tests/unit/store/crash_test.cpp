// SPDX-License-Identifier: Apache-2.0
// The store under power cuts and failing disks, at every operation of a life that an engine really led
// (tests/support/workload.hpp). After each: it opens, holds exactly a prefix of the steps with all that it had called
// durable, breaks no rule that a store can show, and an engine recovers from it. By default a sample of the operations;
// TAKTD_EVERY_FAULT=1 takes them all.
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "daemon/core/engine/engine.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/sql_text.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/support/crash_vfs.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/workload.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using test::Digest;
using test::WorkloadStep;
using testing::CrashVfs;
using testing::FaultVfs;
using testing::StoreDirectory;
using namespace std::chrono_literals;

/// Thousands of stores are written and forgotten; what a real disk would do to them is not the matter here.
class Scratch : public StoreDirectory {
public:
    Scratch() : StoreDirectory{std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp"} {}
};

bool takes_every() { return std::getenv("TAKTD_EVERY_FAULT") != nullptr; }

/// One life, and what the store should hold after each of its steps.
struct Life {
    std::vector<WorkloadStep> steps;
    std::vector<std::uint64_t> digests{Digest{}.value()};

    explicit Life(std::uint64_t seed, std::size_t steps_max) : steps{test::record_workload(seed, steps_max)} {
        Digest digest;
        for (const auto& step : steps) {
            for (const auto& row : step.rows) digest.add(row);
            digests.push_back(digest.value());
        }
    }
};

struct Image {
    int operation = 0;
    std::size_t durable = 0;   ///< steps called durable by then
    std::size_t released = 0;  ///< steps after which requests had gone out
    bool closing = false;
    CrashVfs::Files files;
};

/// Leads the life over a store in `path`; counts are read by whoever watches the file system meanwhile.
class Living {
public:
    std::atomic<std::size_t> durable{0}, released{0};
    std::atomic<bool> closing{false};

    Image image_of(const CrashVfs& disk, int operation, CrashVfs::Fate fate) const {
        return {operation, durable, released, closing, disk.after_crash(fate, static_cast<std::uint64_t>(operation))};
    }

    ::testing::AssertionResult lead(const Life& life, Store& store) {
        testing::Record record;
        StoreEvents events = record.events();
        events.durable = [this, &record, tell = events.durable](std::uint64_t step) {
            durable = step;
            tell(step);
        };
        store.start(std::move(events));
        for (std::size_t i = 0; i < life.steps.size(); ++i) {
            store.append(i + 1, life.steps[i].rows);
            // Requests wait for their step; else a few steps share a commit, as they do in a busy daemon.
            if (life.steps[i].sent_after.empty() && i % 4 != 3) continue;
            if (!record.wait_durable(i + 1)) return ::testing::AssertionFailure() << "step " << i + 1 << " never came";
            released = i + 1;
        }
        closing = true;
        if (!store.close_clean({}, 30s)) return ::testing::AssertionFailure() << "not closed cleanly";
        return ::testing::AssertionSuccess();
    }
};

Digest digest_of(SQLite::Database& db, std::set<CallId>& calls) {
    Digest digest;
    StopPlanReader plans;
    SQLite::Statement runs{db, "SELECT " TAKTD_RUN_COLUMNS " FROM runs"};
    while (runs.executeStep()) digest.add(read_run(runs, plans));
    SQLite::Statement transitions{db, "SELECT " TAKTD_TRANSITION_COLUMNS " FROM transitions"};
    while (transitions.executeStep()) digest.add(read_transition(transitions));
    SQLite::Statement call_rows{db, "SELECT " TAKTD_CALL_COLUMNS " FROM calls"};
    while (call_rows.executeStep()) {
        const CallRow call = read_call(call_rows);
        calls.insert(call.id);
        digest.add(call);
    }
    return digest;
}

/// Everything that must hold of what a crash left in `path`; returns how many steps it holds.
std::size_t check(const Life& life, const Image& image, const std::string& path) {
    const std::string where = "crash before operation " + std::to_string(image.operation);
    SCOPED_TRACE(where);
    {
        auto store = Store::open({.path = path, .create = true});
        if (!store) {
            ADD_FAILURE() << store.error();
            return 0;
        }
        const Snapshot found = (*store)->load();
        // One that was made and never written to is as good as one that was closed.
        const bool is_unused = image.released == 0 && found.newest == WallTime{};
        EXPECT_TRUE(image.closing || is_unused || !found.clean_stop);
        Engine engine{1};
        const Now now{found.newest + 1s, BootTime{1h}};
        std::size_t owed = 0;
        for (const auto& live : found.live) owed += owes_stop(live.run.state) ? 1 : 0;
        engine.step(Recovered{{found, {}}, "another boot"}, now);
        EXPECT_EQ(engine.status().owed_stops, owed) << "every open obligation is re-armed";  // R3, R12
    }
    auto reader = testing::open_reader(path);
    std::set<CallId> calls;
    Digest digest = digest_of(reader.database(), calls);
    for (const auto& job : reader.job_states()) digest.add(job);
    for (const auto& gap : reader.gaps()) digest.add(gap);
    for (const auto& hold : reader.holds()) digest.add(hold);

    // Exactly the first m steps, m at least what was called durable: nothing is lost, nothing stands after a gap.
    std::size_t held = image.durable;
    while (held < life.digests.size() && life.digests[held] != digest.value()) ++held;
    EXPECT_LT(held, life.digests.size()) << "the store holds no prefix of the steps with the first " << image.durable;
    for (std::size_t i = 0; i < image.released; ++i) {
        for (const auto& row : life.steps[i].rows) {
            const auto* call = std::get_if<CallRow>(&row);
            const bool is_start = call != nullptr && call->action == Action::start;
            EXPECT_TRUE(!is_start || calls.contains(call->id));  // R1
        }
    }
    for (const auto& violation : verify(reader)) ADD_FAILURE() << violation.rule << ": " << violation.text;
    return held;
}

std::string lay_down(const StoreDirectory& directory, const CrashVfs::Files& files) {
    const std::string folder = directory.path("after");
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    for (const auto& [path, bytes] : files) {
        std::ofstream{folder + "/" + std::filesystem::path{path}.filename().string(), std::ios::binary} << bytes;
    }
    return folder + "/taktd.db";
}

CrashVfs::Fate fate_of(int n) {
    static constexpr CrashVfs::Fate kFates[] = {CrashVfs::Fate::any, CrashVfs::Fate::lost, CrashVfs::Fate::kept};
    return kFates[n % 3];
}

/// Leads the life once, and keeps what a crash would leave before each operation that is wanted.
std::vector<Image> crash_at(const Life& life, const std::function<bool(int)>& is_wanted, int fate, int* operations) {
    const Scratch directory;
    CrashVfs disk;
    Living living;
    std::vector<Image> images;
    disk.before = [&](int n) {
        if (is_wanted(n)) images.push_back(living.image_of(disk, n, fate_of(n + fate)));
    };
    {
        auto store = testing::open_store(directory.path());
        EXPECT_TRUE(living.lead(life, *store));
    }
    images.push_back(living.image_of(disk, disk.operations(), CrashVfs::Fate::lost));
    if (operations != nullptr) *operations = disk.operations();
    return images;
}

TEST(StoreCrash, Store_AfterACrashAtEveryOperation_HoldsWhatItCalledDurable) {
    const Life life{11, 160};
    ASSERT_GT(life.steps.size(), 100U);
    // So many images at a time: each holds the whole store.
    const int stride = takes_every() ? 17 : 19;
    const int rounds = takes_every() ? stride : 1;
    const int fates = takes_every() ? 3 : 1;
    std::size_t checked = 0, beyond = 0;
    const Scratch directory;
    for (int fate = 0; fate < fates; ++fate) {
        for (int round = 0; round < rounds; ++round) {
            int operations = 0;
            const auto images = crash_at(
                life, [&](int n) { return n % stride == round; }, fate, &operations);
            ASSERT_GT(operations, 500);
            for (const auto& image : images) {
                const std::size_t held = check(life, image, lay_down(directory, image.files));
                ++checked;
                beyond += held > image.durable ? 1 : 0;
                if (::testing::Test::HasFailure()) return;
            }
        }
    }
    std::printf("%zu crashes, %zu of them found more than was called durable\n", checked, beyond);
}

TEST(StoreCrash, CrashDuringRecovery_IsTheSameAsOneCrash) {
    const Life life{12, 120};
    const Scratch directory;
    const auto images = crash_at(
        life, [&](int n) { return n % (takes_every() ? 23 : 211) == 5; }, 0, nullptr);
    std::size_t checked = 0;
    for (const auto& image : images) {
        const std::string path = lay_down(directory, image.files);
        std::vector<Image> again;
        {
            CrashVfs disk;
            disk.before = [&](int n) {
                Image second = image;
                second.files = disk.after_crash(fate_of(n), static_cast<std::uint64_t>(n));
                again.push_back(std::move(second));
            };
            testing::open_store(path)->load();
        }
        std::set<std::size_t> held{check(life, image, path)};
        const Scratch second;
        for (std::size_t i = 0; i < again.size(); i += takes_every() ? 1 : 31) {
            held.insert(check(life, again[i], lay_down(second, again[i].files)));
            ++checked;
        }
        EXPECT_EQ(held.size(), 1U) << "all find the same";  // R12
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(checked, 0U);
}

/// The n-th operation of a kind fails, so many times in a row; some time later the machine dies, too.
void fail_and_die(const Life& life, FaultVfs::Op op, int nth, int times, int dies_at) {
    SCOPED_TRACE("operation " + std::to_string(nth) + " of kind " + std::to_string(static_cast<int>(op)) + " fails " +
                 std::to_string(times) + " times");
    const Scratch directory;
    std::optional<Image> image;
    {
        CrashVfs medium;
        FaultVfs disk;
        Living living;
        medium.before = [&](int n) {
            if (n >= dies_at && !image) image = living.image_of(medium, n, fate_of(n));
        };
        disk.fail(op, nth, times, op == FaultVfs::Op::open ? SQLITE_CANTOPEN : SQLITE_IOERR);
        auto store = Store::open(
            {.path = directory.path(), .create = true, .retry_initial = 1ms, .retry_max = 2ms, .checks = false});
        if (!store) {
            EXPECT_GT(disk.failures(), 0) << store.error();
            disk.heal();
            store = Store::open(
                {.path = directory.path(), .create = true, .retry_initial = 1ms, .retry_max = 2ms, .checks = false});
        }
        ASSERT_TRUE(store) << store.error();
        ASSERT_TRUE(living.lead(life, **store));
        store->reset();
        disk.heal();
        Image end = living.image_of(medium, medium.operations(), CrashVfs::Fate::kept);
        EXPECT_EQ(end.durable, life.steps.size());
        if (!image) image = std::move(end);
    }
    Image whole;
    whole.durable = whole.released = life.steps.size();
    whole.closing = true;
    check(life, whole, directory.path());
    const Scratch second;
    check(life, *image, lay_down(second, image->files));
}

TEST(StoreCrash, AnyOperation_MayFail_AndThenTheMachineDies) {
    const Life life{13, 40};
    int writes = 0, syncs = 0, opens = 0;
    {
        const Scratch directory;
        const CrashVfs medium;
        const FaultVfs disk;
        Living living;
        auto store = testing::open_store(directory.path());
        ASSERT_TRUE(living.lead(life, *store));
        store.reset();
        writes = disk.count(FaultVfs::Op::write);
        syncs = disk.count(FaultVfs::Op::sync);
        opens = disk.count(FaultVfs::Op::open);
    }
    const auto walk = [&](FaultVfs::Op op, int count, int step) {
        for (int nth = 1; nth <= count && !::testing::Test::HasFailure(); nth += takes_every() ? 1 : step)
            fail_and_die(life, op, nth, 1 + nth % 3, nth * 2 + nth * 7 % 50);
    };
    walk(FaultVfs::Op::write, writes, 41);
    walk(FaultVfs::Op::sync, syncs, 9);
    walk(FaultVfs::Op::open, opens, 2);
}

}  // namespace
}  // namespace taktd
