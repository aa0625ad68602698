// The writer's connection: WAL, synchronous=FULL, foreign keys, an own checkpoint rhythm. Opening checks that the file
// is a taktd store and says otherwise in a sentence for the operator; whether all of it is in good order is looked at
// later and beside (store_check.hpp). Reopening after a failure is the lesser form.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/result.hpp"
#include "daemon/store/store_check.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// A transaction of the writer waits at most so long for somebody with an SQLite shell.
inline constexpr int kBusyTimeoutMs = 1000;

struct OpenedDatabase {
    std::unique_ptr<SQLite::Database> database;
    bool first_start = false;
    bool clean_stop = false;              ///< of the last daemon; the mark is cleared by now
    CheckMark check = CheckMark::passed;  ///< as it is written by now
    /// Not empty: it cannot be written, and this says why. The connection serves to load what is owed, no more; the
    /// mark still stands.
    std::string only_readable;
};

/// Why no store can live in the directory of `path`, if so.
std::optional<std::string> directory_problem(const std::string& path);

/// Needs the lock and a good directory. Creates the file (mode 0600) if it is missing, brings the schema up to date,
/// clears the clean mark. On a full disk, on a file system that is read-only (a failing disk's often is), or with
/// damage where it would write, a store of this schema is opened all the same, as far as that goes: what a dead daemon
/// left running there must be stopped now, and not when somebody has mended it.
Result<OpenedDatabase> open_database(const std::string& path);

/// A daemon has the store: not a clean stop until it says so, and what has become of the check.
void mark_in_use(SQLite::Database& database, CheckMark check);
void mark_check(SQLite::Database& database, CheckMark check);

/// For a file that nobody can write, or that our lock is held on: reads it without writing a byte, not even a lock.
std::unique_ptr<SQLite::Database> connect_without_writing(const std::string& path);
bool is_on_read_only_disk(const std::string& path);

/// After a failed commit: the file must still be there. Everything that the log (WAL) holds is brought into the file
/// and synced anew before the next commit builds on it, since the kernel forgets pages whose write-back failed. Throws
/// SQLite::Exception.
std::unique_ptr<SQLite::Database> reopen_database(const std::string& path);

/// What an SQLite failure means for an operator: its text and, where there is one, the way out.
std::string explain_sqlite(int code, const std::string& text);

/// The file is no longer the one that was opened: deleted, or replaced under the daemon.
bool has_moved(SQLite::Database& database);

}  // namespace taktd
