#include "daemon/store/store.hpp"

#include <algorithm>
#include <cassert>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "daemon/log/log.hpp"
#include "daemon/store/connection.hpp"
#include "daemon/store/load.hpp"
#include "daemon/store/lock_file.hpp"
#include "daemon/store/prune.hpp"
#include "daemon/store/row_reading.hpp"
#include "daemon/store/row_writer.hpp"

namespace taktd {
namespace {

/// Steps share a transaction until it holds so many rows; a longer one would keep its first step waiting.
constexpr std::size_t kBatchRowsMax = 4096;
/// Pages in the log from which it is brought into the file: when the writer is idle, and in any case.
constexpr int kCheckpointPagesIdle = 1000;
constexpr int kCheckpointPagesMax = 16000;

struct Step {
    std::uint64_t number = 0;
    std::vector<Row> rows;
};

/// What one transaction holds.
struct Batch {
    std::vector<Step> steps;
    bool last = false;  ///< the clean mark and the limiters' debts
    std::vector<Row> limiters;
    std::optional<CheckMark> check;
};

struct Failure {
    std::string why;
    bool constraint = false;  ///< no retry will cure it: the program contradicts its store
};

class SqliteStore final : public Store {
public:
    SqliteStore(StoreOptions options, LockFile lock, OpenedDatabase opened)
        : options_{std::move(options)},
          lock_{std::move(lock)},
          database_{std::move(opened.database)},
          first_start_{opened.first_start},
          clean_stop_{opened.clean_stop},
          check_mark_{opened.check},
          is_marked_clean_{!opened.only_readable.empty()} {
        if (is_marked_clean_) {
            log::error("the store cannot be written; what is owed is stopped all the same, and nothing is started",
                       {{"store", options_.path}, {"cause", opened.only_readable}});
        } else {
            prepare();
        }
    }

    ~SqliteStore() override {
        end(Ending::flush);
        if (thread_.joinable()) thread_.join();
        check_.reset();  // before the connection: the last one to close brings the log into the file
        close();
    }

    Snapshot load() override {
        Snapshot snapshot = load_owed();
        Snapshot rest = past()();
        snapshot.jobs = std::move(rest.jobs);
        snapshot.request_keys = std::move(rest.request_keys);
        snapshot.foreign = std::move(rest.foreign);
        snapshot.cut_calls = std::move(rest.cut_calls);
        std::ranges::move(rest.damage, std::back_inserter(snapshot.damage));
        return snapshot;
    }

    Snapshot load_owed() override {
        Snapshot snapshot = load_obligations(*database_);
        snapshot.clean_stop = clean_stop_ && snapshot.damage.empty();
        snapshot.first_start = first_start_;
        snapshot.found_damaged = check_mark_ == CheckMark::failed;
        if (!snapshot.clean_stop) snapshot.limiters.clear();
        if (is_marked_clean_) {
            unread_past_.emplace();
            load_past(*database_, *unread_past_);
            close();  // the first commit opens it for writing
        }
        return snapshot;
    }

    std::function<Snapshot()> past() override {
        if (!unread_past_) {
            if (auto beside = past_beside(options_.path)) return beside;
            unread_past_.emplace();
            load_past(*database_, *unread_past_);
        }
        return [past = std::move(*unread_past_)] { return past; };
    }

    void start(StoreEvents events) override {
        assert(!thread_.joinable());
        events_ = std::move(events);
        if (!is_marked_clean_) begin_check();
        thread_ = std::thread{[this] { write_until_ended(); }};
    }

    void append(std::uint64_t step, std::vector<Row> rows) override {
        {
            const std::lock_guard lock{mutex_};
            assert(ending_ == Ending::no && step > newest_step_);
            newest_step_ = step;
            queue_.push_back({step, std::move(rows)});
        }
        wake_.notify_one();
    }

    void prune(WallTime finished_before, WallTime queries_before) override {
        {
            const std::lock_guard lock{mutex_};
            prune_ = PruneRequest{finished_before, queries_before};
        }
        wake_.notify_one();
    }

    bool close_clean(std::vector<LimiterRow> limiters, Duration wait) override {
        if (!thread_.joinable()) start({});
        {
            const std::lock_guard lock{mutex_};
            limiters_.assign(std::make_move_iterator(limiters.begin()), std::make_move_iterator(limiters.end()));
        }
        end(Ending::clean);
        {
            std::unique_lock lock{mutex_};
            ended_.wait_for(lock, wait, [this] { return finished_; });
        }
        end(Ending::abandon);
        thread_.join();
        check_.reset();
        close();
        return clean_written_;
    }

private:
    /// Whoever starts the writer, or the writer that could not write before.
    void begin_check() {
        if (!options_.checks || check_mark_ == CheckMark::passed) return;
        const std::lock_guard lock{mutex_};
        if (check_ || ending_ != Ending::no) return;
        check_.emplace(options_.path, [this](CheckMark mark, const std::string& why) { note_check(mark, why); });
    }

    /// The check's thread.
    void note_check(CheckMark mark, const std::string& why) {
        if (mark == CheckMark::wanted) {
            log::warning("the store could not be checked; the next start tries again",
                         {{"store", options_.path}, {"cause", why}});
            return;
        }
        {
            const std::lock_guard lock{mutex_};
            unwritten_mark_ = mark;
        }
        wake_.notify_one();
        if (events_.checked) events_.checked(why);
    }

    /// How the writer is to end: later ones overrule earlier ones.
    enum class Ending : std::uint8_t {
        no,
        clean,    ///< everything, then the clean mark; as often as it takes
        flush,    ///< everything, but the first failure ends it
        abandon,  ///< at once
    };

    void end(Ending ending) {
        {
            const std::lock_guard lock{mutex_};
            ending_ = std::max(ending_, ending);
        }
        wake_.notify_one();
    }

    // The writer's thread, from here on.

    void write_until_ended() {
        for (;;) {
            if (std::optional<Batch> batch = next_batch()) {
                if (!commit_until_durable(*batch) || batch->last) break;
                if (log_pages_ >= kCheckpointPagesMax) checkpoint();
            } else if (const std::optional<CheckMark> mark = next_mark()) {
                write_mark(*mark);
            } else if (const std::optional<PruneRequest> request = next_prune()) {
                prune_step(*request);
            } else if (!wait_for_work()) {
                break;
            }
        }
        const std::lock_guard lock{mutex_};
        finished_ = true;
        ended_.notify_one();
    }

    /// Everything that is queued, up to a limit; after the last step of a clean end, what closes the store.
    std::optional<Batch> next_batch() {
        const std::lock_guard lock{mutex_};
        if (ending_ == Ending::abandon) return std::nullopt;
        Batch batch;
        for (std::size_t rows = 0; !queue_.empty() && rows < kBatchRowsMax; queue_.pop_front()) {
            rows += queue_.front().rows.size();
            batch.steps.push_back(std::move(queue_.front()));
        }
        if (!batch.steps.empty()) return batch;
        if (ending_ != Ending::clean) return std::nullopt;
        batch.last = true;
        batch.limiters = std::move(limiters_);
        batch.check = unwritten_mark_;
        return batch;
    }

    std::optional<PruneRequest> next_prune() {
        const std::lock_guard lock{mutex_};
        return ending_ == Ending::no && database_ ? prune_ : std::nullopt;
    }

    std::optional<CheckMark> next_mark() {
        const std::lock_guard lock{mutex_};
        return database_ ? std::exchange(unwritten_mark_, std::nullopt) : std::nullopt;
    }

    /// One that cannot be written makes the next daemon check again.
    void write_mark(CheckMark mark) {
        try {
            mark_check(*database_, mark);
            check_mark_ = mark;
        } catch (const SQLite::Exception& error) {
            log::warning("the store's check could not be recorded; the next start checks again",
                         {{"store", options_.path}, {"cause", std::string_view{error.what()}}});
        }
    }

    /// False if there will be none.
    bool wait_for_work() {
        if (log_pages_ >= kCheckpointPagesIdle) checkpoint();
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [this] {
            return ending_ != Ending::no || !queue_.empty() || ((prune_ || unwritten_mark_) && database_);
        });
        return ending_ <= Ending::clean || (ending_ == Ending::flush && !queue_.empty());
    }

    /// False if the store was ended before it worked.
    bool commit_until_durable(const Batch& batch) {
        Duration backoff = options_.retry_initial;
        while (const std::optional<Failure> failure = try_commit(batch)) {
            if (failure->constraint) {
                log::error("the store refuses a row; nothing is committed until this is resolved",
                           {{"store", options_.path}, {"cause", failure->why}});
            }
            if (!std::exchange(down_, true) && events_.down) events_.down(failure->why);
            std::unique_lock lock{mutex_};
            if (wake_.wait_for(lock, backoff, [this] { return ending_ >= Ending::flush; })) return false;
            backoff = std::min(backoff * 2, options_.retry_max);
        }
        if (batch.last) clean_written_ = true;
        if (!batch.steps.empty() && events_.durable) events_.durable(batch.steps.back().number);
        if (down_ && is_drained()) {
            down_ = false;
            if (events_.up) events_.up();
        }
        return true;
    }

    bool is_drained() {
        const std::lock_guard lock{mutex_};
        return queue_.empty();
    }

    /// One attempt. After a failure the connection is closed: whether that commit is on the disk is unknown, and
    /// applying the same rows again makes it so.
    std::optional<Failure> try_commit(const Batch& batch) {
        try {
            if (!database_) {
                database_ = reopen_database(options_.path);
                prepare();
            }
            if (has_moved(*database_)) {
                close();
                return Failure{options_.path + ": the file was deleted or replaced while in use; put it back", false};
            }
            write(batch);
            begin_check();
            return std::nullopt;
        } catch (const SQLite::Exception& error) {
            const int code = error.getErrorCode();
            Failure failure{options_.path + ": " + explain_sqlite(code, error.what()),
                            (code & 0xFF) == SQLITE_CONSTRAINT};
            close();
            return failure;
        } catch (const StoreError& error) {
            Failure failure{options_.path + ": " + error.what(), true};
            close();
            return failure;
        }
    }

    void write(const Batch& batch) {
        std::vector<std::span<const Row>> steps;
        for (const Step& step : batch.steps) {
            if (!step.rows.empty()) steps.emplace_back(step.rows);
        }
        if (steps.empty() && !batch.last) return;
        SQLite::Transaction transaction{*database_, SQLite::TransactionBehavior::IMMEDIATE};
        if (is_marked_clean_) mark_in_use(*database_, check_mark_);
        if (batch.last) {
            database_->exec("DELETE FROM limiters");
            database_->exec("UPDATE meta SET value = 1 WHERE key = 'clean_stop'");
            if (batch.check) mark_check(*database_, *batch.check);
            if (!batch.limiters.empty()) steps.emplace_back(batch.limiters);
        }
        writer_->write(steps);
        transaction.commit();
        is_marked_clean_ = false;
    }

    void prune_step(const PruneRequest& request) {
        bool more = false;
        try {
            more = prune_some(*database_, request);
        } catch (const SQLite::Exception& error) {
            log::warning("old rows could not be pruned",
                         {{"store", options_.path}, {"cause", std::string_view{error.what()}}});
        }
        const std::lock_guard lock{mutex_};
        const bool replaced = prune_ && (prune_->finished_before != request.finished_before ||
                                         prune_->queries_before != request.queries_before);
        if (!more && !replaced) prune_.reset();
    }

    /// A failure here loses nothing, since the log holds it all; the next commit that cannot grow the log will say so.
    void checkpoint() {
        const int rc =
            sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
            log::warning("the store's log could not be checkpointed",
                         {{"store", options_.path}, {"cause", std::string_view{sqlite3_errstr(rc)}}});
        }
        log_pages_ = 0;  // until the next commit says how many there are
    }

    void prepare() {
        writer_ = std::make_unique<RowWriter>(*database_);
        log_pages_ = 0;
        sqlite3_wal_hook(
            database_->getHandle(),
            [](void* self, sqlite3*, const char*, int pages) {
                static_cast<SqliteStore*>(self)->log_pages_ = pages;
                return SQLITE_OK;
            },
            this);
    }

    void close() {
        writer_.reset();
        database_.reset();
    }

    const StoreOptions options_;
    const LockFile lock_;

    // The opener's until start(), then the writer's.
    std::unique_ptr<SQLite::Database> database_;
    std::unique_ptr<RowWriter> writer_;
    int log_pages_ = 0;
    bool down_ = false;
    bool clean_written_ = false;
    StoreEvents events_;
    const bool first_start_, clean_stop_;
    CheckMark check_mark_;
    std::optional<Snapshot> unread_past_;  ///< read already, since there is no connection to read it later
    bool is_marked_clean_;  ///< it could only be read so far, so the mark of the last stop may still stand

    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_, ended_;
    std::deque<Step> queue_;
    std::uint64_t newest_step_ = 0;
    std::optional<PruneRequest> prune_;
    std::vector<Row> limiters_;
    Ending ending_ = Ending::no;
    bool finished_ = false;
    std::optional<CheckMark> unwritten_mark_;

    std::optional<StoreCheck> check_;

    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
    // The directory's problems are told before the lock's, which would only say "cannot open".
    if (auto problem = directory_problem(options.path)) return unexpected{*problem};
    auto lock = LockFile::acquire(options.path);
    if (!lock) return unexpected{lock.error()};
    auto opened = open_database(options.path);
    if (!opened) return unexpected{opened.error()};
    return std::make_unique<SqliteStore>(std::move(options), std::move(*lock), std::move(*opened));
}

}  // namespace taktd
