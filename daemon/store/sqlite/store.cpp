// SPDX-License-Identifier: Apache-2.0
// The one writer: what it is given is committed in its order, by a thread of its own, many steps at a time.
#include "daemon/store/store.hpp"

#include <algorithm>
#include <optional>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "daemon/core/base/check.hpp"
#include "daemon/log/log.hpp"
#include "daemon/store/sqlite/check_keeper.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/file_watch.hpp"
#include "daemon/store/sqlite/kept_rows.hpp"
#include "daemon/store/sqlite/load.hpp"
#include "daemon/store/sqlite/pulse.hpp"
#include "daemon/store/sqlite/reader_gate.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "daemon/store/sqlite/taken_place.hpp"
#include "daemon/store/sqlite/write_queue.hpp"

namespace taktd {
namespace {

/// Pages in the log from which it is brought into the file: when the writer is idle, and in any case.
constexpr int kCheckpointPagesIdle = 1000;
constexpr int kCheckpointPagesMax = 16000;
/// While somebody's transaction holds the log, an idle writer looks so often whether it has ended.
constexpr auto kHeldLogLook = std::chrono::seconds{30};
/// Rows that only the log holds are kept in memory, so many of them.
constexpr std::size_t kKeptRowsMax = 65536;

class SqliteStore final : public Store {
    using Ending = WriteQueue::Ending;

public:
    SqliteStore(StoreOptions options, LockFile lock, OpenedDatabase opened, bool is_new)
        : options_{std::move(options)},
          lock_{std::move(lock)},
          watch_{options_.path, lock_.database()},
          database_{std::move(opened.database)},
          first_start_{is_new},
          clean_stop_{opened.clean_stop && !is_new},
          check_{options_.path, options_.checks, opened.check},
          is_marked_clean_{!opened.only_readable.empty()} {
        std::string why = std::move(opened.only_readable);
        if (why.empty()) why = begin_writing();
        is_only_read_ = !why.empty();
        if (is_only_read_)
            log::error("the store cannot be written: owed stops still go out, and nothing is started",
                       {{"store", options_.path}, {"cause", why}});
    }

    ~SqliteStore() override {
        queue_.end(Ending::flush);
        if (thread_.joinable()) thread_.join();
        check_.close();  // before the connection: the last one to close brings the log into the file
        close();
    }

    Snapshot load() override {
        Snapshot snapshot = load_owed();
        add_past(snapshot, past()());
        return snapshot;
    }

    Snapshot load_owed() override {
        Snapshot snapshot = load_obligations(*database_);
        snapshot.clean_stop = clean_stop_ && snapshot.damage.empty();
        snapshot.first_start = first_start_;
        snapshot.found_damaged = check_.mark() == CheckMark::failed;
        if (!snapshot.clean_stop) snapshot.limiters.clear();
        if (is_only_read_) {
            unread_past_ = load_past(*database_);
            close();  // the first commit opens it for writing
        }
        return snapshot;
    }

    std::function<Snapshot()> past() override {
        if (!unread_past_) {
            if (auto beside = past_beside(options_.path, past_reading_)) return beside;
            unread_past_ = load_past(*database_);
        }
        return [past = std::move(*unread_past_)] { return past; };
    }

    void start(StoreEvents events) override {
        TAKTD_CHECK(!thread_.joinable(), "a store is started once");
        events_ = std::move(events);
        if (!is_only_read_) begin_check();
        thread_ = std::thread{[this] { write_until_ended(); }};
    }

    void append(std::uint64_t step, SharedRows rows) override { queue_.push(step, std::move(rows)); }

    void prune(WallTime finished_before, WallTime queries_before) override {
        queue_.prune({finished_before, queries_before});
    }

    std::shared_ptr<void> reading() override { return readers_.enter(); }

    std::uint64_t work_in_hand() const override { return pulse_.piece(); }

    bool close_clean(std::vector<LimiterRow> limiters, Duration wait) override {
        if (!thread_.joinable()) start({});
        queue_.leave(std::move(limiters));
        queue_.end(Ending::clean);
        queue_.wait_for_end(wait);
        queue_.end(Ending::abandon);
        thread_.join();
        check_.close();
        close();
        return clean_written_;
    }

private:
    /// Whoever starts the writer, or the writer that could not write before.
    void begin_check() {
        check_.begin({.told = events_.checked, .news = [this] { queue_.wake(); }});
    }

    // The writer's thread, from here on.

    void write_until_ended() {
        for (;;) {
            pulse_.begin();
            if (std::optional<Batch> batch = queue_.take()) {
                if (batch->last) batch->check = check_.take_news();
                if (!commit_until_durable(*batch) || batch->last) break;
                if (log_pages_ >= kCheckpointPagesMax || kept_.count() >= kKeptRowsMax) checkpoint();
                if (kept_.count() >= kKeptRowsMax) queue_.give_back(kept_.forget(false));
            } else if (database_ && check_.has_news()) {
                check_.write(*database_, *check_.take_news());
            } else if (const auto request = database_ ? queue_.wish() : std::nullopt) {
                prune_step(*request);
            } else if (!wait_for_work()) {
                break;
            }
        }
        pulse_.rest();
        queue_.finish();
    }

    /// False if there will be none.
    bool wait_for_work() {
        if (log_pages_ >= kCheckpointPagesIdle || is_log_held_) empty_log();
        const auto wait = [this](std::optional<Duration> time) {
            return queue_.wait(time, database_ != nullptr, [this] { return database_ && check_.has_news(); });
        };
        pulse_.rest();
        for (Duration quiet{}; (!kept_.empty() || queue_.has_spent()) && !wait(options_.look);) {
            quiet += options_.look;
            pulse_.begin();
            queue_.destroy_spent();
            if (!tend_log(quiet >= options_.quiet)) return false;
            pulse_.rest();
        }
        wait(is_log_held_ ? std::optional<Duration>{kHeldLogLook} : std::nullopt);
        return queue_.goes_on();
    }

    /// False if the store was ended before it worked.
    bool commit_until_durable(Batch& batch) {
        Duration backoff = options_.retry_initial;
        BootTime begun = read_clock();
        while (const std::optional<Failure> failure = try_commit(batch)) {
            if (failure->constraint) {
                log::error("the store refuses a row; nothing is committed until this is resolved",
                           {{"store", options_.path}, {"cause", failure->why}});
            }
            if (!std::exchange(down_, true) && events_.down) events_.down(failure->why);
            if (!queue_.wait_to_retry(backoff)) return false;
            backoff = std::min(backoff * 2, options_.retry_max);
            begun = read_clock();
            pulse_.begin();
        }
        if (batch.last) clean_written_ = true;
        if (batch.rows > 0 && events_.committed) events_.committed({read_clock() - begun, batch.rows});
        if (!batch.steps.empty() && events_.durable) events_.durable(batch.steps.back().number);
        if (down_ && queue_.is_empty()) {
            down_ = false;
            if (events_.up) events_.up();
        }
        return true;
    }

    BootTime read_clock() const { return options_.clock ? options_.clock() : BootTime{}; }

    /// One attempt. After a failure of SQLite's the connection is closed: whether that commit is on the disk is
    /// unknown, and applying the same rows again makes it so.
    std::optional<Failure> try_commit(Batch& batch) {
        try {
            if (auto failure = make_ready()) return failure;
            write(batch);
            // What lies in a log that nobody will find is not durable.
            if (watch_.look(*database_) != FileState::good)
                return Failure{options_.path + ": its files were removed or cut under a commit", false};
            for (Step& step : batch.steps) kept_.keep(std::move(step.rows));
            begin_check();
            return std::nullopt;
        } catch (const SQLite::Exception& error) {
            const int code = error.getErrorCode();
            close();
            return Failure{options_.path + ": " + explain_sqlite(code, error.what()),
                           (code & 0xFF) == SQLITE_CONSTRAINT};
        } catch (const StoreError& error) {
            close();
            return Failure{options_.path + ": " + error.what(), true};
        }
    }

    /// The connection is open on the files that bear the store's names, and they are whole.
    std::optional<Failure> make_ready() {
        switch (database_ ? watch_.look(*database_) : watch_.look_at_database()) {
            case FileState::good:
                if (!database_) open_again();
                readers_.open();
                return std::nullopt;
            // The connection stays: it is good when the file is back, and may be all that is left of it.
            case FileState::database_gone: return Failure{options_.path + ": " + kDatabaseGone, false};
            case FileState::database_cut: return Failure{options_.path + ": " + kDatabaseCut, false};
            case FileState::log_gone: return replace_log(copy_log());
            case FileState::log_cut: return replace_log(false);
        }
        return std::nullopt;
    }

    /// What only the lost log held is in the file already (`is_copied`), or is written again from memory.
    std::optional<Failure> replace_log(bool is_copied) {
        if (!is_copied && !kept_.is_whole() && watch_.look(*database_) == FileState::log_gone)
            return Failure{options_.path +
                               "-wal was removed while in use, and a reader keeps it from being replaced; "
                               "close what has the store open",
                           false};
        if (!past_reading_.expired() || !readers_.close())
            return Failure{options_.path + "-wal was removed or cut while the store is still being read", false};
        check_.break_off();  // the next commit begins it anew
        const std::size_t rows = kept_.count();
        const bool is_whole = is_copied || kept_.is_whole();
        keep_log_at_close();
        close();
        watch_.clear_away_log();
        open_again();
        readers_.open();
        log::error("files of the store were removed or cut while in use; taktd recreates them",
                   {{"store", options_.path}, {"rows_written_again", rows}, {"nothing_lost", is_whole}});
        return std::nullopt;
    }

    /// Whatever became of the log meanwhile: the same rows twice are the same rows.
    void open_again() {
        database_ = reopen_database(options_.path);
        prepare();
        if (kept_.empty()) return;
        SQLite::Transaction transaction{*database_, SQLite::TransactionBehavior::IMMEDIATE};
        database_->exec("UPDATE meta SET value = 0 WHERE key = 'clean_stop'");
        writer_->write(kept_.steps());
        transaction.commit();
    }

    void write(const Batch& batch) {
        std::vector<std::span<const Row>> steps;
        for (const Step& step : batch.steps) {
            if (!step.rows->empty()) steps.emplace_back(*step.rows);
        }
        if (steps.empty() && !batch.last) return;
        SQLite::Transaction transaction{*database_, SQLite::TransactionBehavior::IMMEDIATE};
        if (is_marked_clean_) mark_in_use(*database_, check_.mark());
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
        if (!more) queue_.fulfil(request);
    }

    /// In quiet times. False if the store was ended before it worked.
    bool tend_log(bool is_to_be_emptied) {
        if (!database_ || watch_.look(*database_) != FileState::good) {
            Batch nothing;
            return commit_until_durable(nothing);
        }
        if (is_to_be_emptied) empty_log();
        return true;
    }

    /// While nobody waits for the writer.
    void empty_log() {
        checkpoint();
        if (!is_log_held_) cut_log();
    }

    /// A failure here loses nothing, since the log holds it all; the next commit that cannot grow the log will say so.
    void checkpoint() {
        log_pages_ = 0;  // until the next commit says how many there are
        is_log_held_ = false;
        if (!database_ || watch_.look(*database_) != FileState::good) return;
        copy_log();
        if (auto warning = log_watch_.warning({watch_.log_bytes(), is_log_held_})) log::warning(*warning);
    }

    /// True if the file holds all that the log does.
    bool copy_log() {
        int pages = 0, copied = 0;
        const int rc =
            sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
        is_log_held_ = rc == SQLITE_OK && copied < pages && watch_.log_bytes() >= options_.log_bytes_kept;
        if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
            log::warning("the store's log could not be checkpointed",
                         {{"store", options_.path}, {"cause", std::string_view{sqlite3_errstr(rc)}}});
        }
        if (rc != SQLITE_OK || pages != copied) return false;
        watch_.need_log(0);
        queue_.give_back(kept_.forget(true));
        return true;
    }

    /// SQLite uses a long log again from its beginning and never gives its room back. Waits for nobody: whoever reads
    /// now keeps it as it is, until the next time.
    void cut_log() {
        if (!database_ || watch_.log_bytes() <= options_.log_bytes_kept) return;
        if (watch_.look(*database_) != FileState::good) return;  // the next commit, or look, mends that first
        sqlite3_busy_timeout(database_->getHandle(), 0);
        const int rc =
            sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
        sqlite3_busy_timeout(database_->getHandle(), kBusyTimeoutMs);
        is_log_held_ = rc == SQLITE_BUSY;
    }

    /// What keeps it from being written, if anything does: a table may have lost a column, where the page that names
    /// them is damaged.
    std::string begin_writing() {
        try {
            prepare();
            checkpoint();
            return {};
        } catch (const SQLite::Exception& error) {
            writer_.reset();
            return explain_sqlite(error.getErrorCode(), error.what());
        }
    }

    void prepare() {
        writer_ = std::make_unique<RowWriter>(*database_);
        log_pages_ = 0;
        sqlite3_wal_hook(
            database_->getHandle(),
            [](void* self, sqlite3*, const char*, int pages) {
                auto* store = static_cast<SqliteStore*>(self);
                store->log_pages_ = pages;
                store->watch_.need_log(pages);
                return SQLITE_OK;
            },
            this);
        watch_.begin(*database_);
    }

    void close() {
        writer_.reset();
        if (!database_) return;
        const FileState state = watch_.look(*database_);
        // SQLite would bring what is left of the log into whatever file there is, and remove what bears the log's name.
        if (state != FileState::good && state != FileState::log_gone) keep_log_at_close();
        database_.reset();
    }

    void keep_log_at_close() {
        sqlite3_db_config(database_->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    }

    const StoreOptions options_;
    const LockFile lock_;

    // The opener's until start(), then the writer's.
    FileWatch watch_;
    std::unique_ptr<SQLite::Database> database_;
    std::unique_ptr<RowWriter> writer_;
    int log_pages_ = 0;
    bool is_log_held_ = false;  ///< somebody's transaction keeps a long log from being used again
    LogWatch log_watch_{options_.path, options_.log_bytes_untold, options_.clock};
    KeptRows kept_;  ///< what the file does not hold for sure, but the log does
    Pulse pulse_;
    bool down_ = false;
    bool clean_written_ = false;
    StoreEvents events_;
    const bool first_start_, clean_stop_;
    CheckKeeper check_;
    ReaderGate readers_;
    std::weak_ptr<void> past_reading_;     ///< the connection that does so beside
    std::optional<Snapshot> unread_past_;  ///< read already, since there is no connection to read it later
    bool is_only_read_ = false;            ///< when it was opened it could not be written
    bool is_marked_clean_;                 ///< nor marked as in use, so the mark of the last stop may still stand

    WriteQueue queue_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
    auto place = take_place(options.path, options.create);
    if (!place) return unexpected{place.error()};
    options.path = place->path;
    auto opened = open_database(options.path);
    if (!opened) return unexpected{opened.error()};
    return std::make_unique<SqliteStore>(std::move(options), std::move(place->lock), std::move(*opened), place->is_new);
}

}  // namespace taktd
