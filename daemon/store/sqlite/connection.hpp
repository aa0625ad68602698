// SPDX-License-Identifier: Apache-2.0
// The writer's connection: WAL, synchronous=FULL, foreign keys, an own checkpoint rhythm. Opening checks that the file
// is a taktd store and says otherwise in a sentence for the operator; whether all of it is in good order is looked at
// later and beside (store_check.hpp). Reopening after a failure is the lesser form.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "daemon/core/base/result.hpp"
#include "daemon/store/sqlite/store_check.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// 'takt': tells our file from other SQLite databases.
inline constexpr int kApplicationId = 0x74616b74;
/// A transaction of the writer waits at most so long for somebody with an SQLite shell.
inline constexpr int kBusyTimeoutMs = 1000;

struct OpenedDatabase {
    std::unique_ptr<SQLite::Database> database;
    bool clean_stop = false;              ///< of the last daemon; the mark is cleared by now
    CheckMark check = CheckMark::passed;  ///< as it is written by now
    /// Not empty: it cannot be written, and this says why. The connection serves to load what is owed, no more; the
    /// mark still stands.
    std::string only_readable;
};

/// Tells our file from other SQLite databases, also before its first table.
bool bears_our_mark(SQLite::Database& database);

/// Why it cannot be a store, if so. One without tables never was new: a store is made whole (creation.hpp).
std::optional<std::string> foreignness(SQLite::Database& database);

/// Why no store can live in the directory of `path`, if so.
std::optional<std::string> directory_problem(const std::string& path);

/// Before the first use of SQLite in this process.
void prepare_sqlite();

/// Needs the lock and a store. Brings the schema up to date, clears the clean mark. Where that cannot be written (a
/// full or failing disk, no inode left, a read-only file system, a mode, another program's lock, damage there), a store
/// of this schema is opened all the same, as far as that goes: what a dead daemon left running there must be stopped
/// now, and not when somebody has mended the cause.
Result<OpenedDatabase> open_database(const std::string& path);

/// A daemon has the store: not a clean stop until it says so, and what has become of the check.
void mark_in_use(SQLite::Database& database, CheckMark check);
void mark_check(SQLite::Database& database, CheckMark check);

/// For a file that nobody can write, or that our lock is held on: reads it without writing a byte, not even a lock.
std::unique_ptr<SQLite::Database> connect_without_writing(const std::string& path);
/// As any reader does, who takes no more than a reader's lock.
std::unique_ptr<SQLite::Database> connect_for_reading(const std::string& path);
bool is_on_read_only_disk(const std::string& path);

/// After a failed commit: the file must still be there. Everything that the log (WAL) holds is brought into the file
/// and synced anew before the next commit builds on it, since the kernel forgets pages whose write-back failed. Throws
/// SQLite::Exception.
std::unique_ptr<SQLite::Database> reopen_database(const std::string& path);

/// What an SQLite failure means for an operator: its text and, where there is one, the way out.
std::string explain_sqlite(int code, const std::string& text);

}  // namespace taktd
