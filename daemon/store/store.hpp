// SPDX-License-Identifier: Apache-2.0
// The durable side of taktd: one SQLite file, one writer thread. Steps are committed in order, many in one transaction
// (group commit); a batch whose commit fails is retried by reopening and applying the same rows, never dropped or
// reordered. So are rows that a log held which somebody removed or cut. Opening: lock, migrations. After an unclean
// stop all of it is checked, beside and while the daemon works. Reading for people is queries.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/store/sqlite/log_watch.hpp"

namespace taktd {

/// Of the log (FILE-wal); a longer one is cut when all of it stands in the file and the writer has nothing to do.
inline constexpr std::uint64_t kLogBytesKept = 64ULL << 20;

struct StoreOptions {
    std::string path;
    bool create = false;  ///< where nothing of a store lies: the daemon alone makes one
    /// While the log holds what the file does not, its files are looked at this often (and around each commit); without
    /// a commit for `quiet` all of it is brought into the file, and nobody looks any more.
    Duration look = std::chrono::seconds{1};
    Duration quiet = std::chrono::minutes{1};
    Duration retry_initial = std::chrono::milliseconds{100};  ///< of a failed commit, doubling
    Duration retry_max = std::chrono::seconds{5};
    std::uint64_t log_bytes_untold = LogWatch::kBytesUntold;
    std::uint64_t log_bytes_kept = kLogBytesKept;
    std::function<BootTime()> clock = {};  ///< so that a warning can be repeated; none: it is not
    bool checks = true;                    ///< after an unclean stop; false for who has the store for a moment only
};

/// Of a transaction that is on the disk.
struct StoreCommit {
    Duration took{};
    std::size_t rows = 0;
};

/// Called on the writer thread; the shell posts them to its loop.
struct StoreEvents {
    std::function<void(std::uint64_t step)> durable;             ///< this step and every earlier one
    std::function<void(const std::string& why)> down;            ///< the first failure of a batch
    std::function<void()> up;                                    ///< all is durable again (after `durable`)
    std::function<void(const StoreCommit& commit)> committed{};  ///< before `durable`; never of one that failed
    /// On the check's thread, at most once: what is damaged; empty: nothing is.
    std::function<void(const std::string& damage)> checked{};
};

/// The rows of one step: whoever appended them reads them beside the writer.
using SharedRows = std::shared_ptr<const std::vector<Row>>;

class Store {
public:
    /// The error is a sentence for the operator: path, cause, what to do (locked by another daemon, newer schema,
    /// corrupt...).
    static Result<std::unique_ptr<Store>> open(StoreOptions options);

    virtual ~Store() = default;  ///< flushes what it can, without marking the stop as clean

    /// All that recovery needs; call before start(), as the next two.
    virtual Snapshot load() = 0;
    /// The part that obligations need, in time that depends on live runs alone...
    virtual Snapshot load_owed() { return load(); }
    /// ...and what reads the rest, as it was before start(). May be called once, on any thread, also after the store
    /// has ended.
    virtual std::function<Snapshot()> past() {
        return [] { return Snapshot{}; };
    }
    /// Starts the writer thread.
    virtual void start(StoreEvents events) = 0;
    /// Queues one step's rows; returns at once. Steps are strictly increasing.
    virtual void append(std::uint64_t step, SharedRows rows) = 0;
    void append(std::uint64_t step, std::vector<Row> rows) {
        append(step, std::make_shared<const std::vector<Row>>(std::move(rows)));
    }
    /// Deletes finished runs (and their transitions, calls) updated before `finished_before`, and query calls that
    /// ended before `queries_before`, in small transactions between batches; never a run with an open obligation.
    virtual void prune(WallTime finished_before, WallTime queries_before) = 0;
    /// Whoever reads the store's files in this process holds one meanwhile, a moment at most: files that somebody
    /// removed can only be made anew while nobody reads. Null: not now. On any thread.
    virtual std::shared_ptr<void> reading() { return std::make_shared<int>(); }
    /// A number for the piece of work that the writer is at, another for each; 0: it waits for work. Who finds the same
    /// one for long knows that it hangs. On any thread.
    virtual std::uint64_t work_in_hand() const { return 0; }
    /// Waits (at most `wait`) until everything is durable, writes the limiters' debts and the clean mark, closes.
    /// False if something could not be written.
    virtual bool close_clean(std::vector<LimiterRow> limiters, Duration wait) = 0;
};

}  // namespace taktd
