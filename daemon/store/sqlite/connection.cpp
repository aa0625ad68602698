// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <sys/stat.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "daemon/store/sqlite/migrations.hpp"

namespace taktd {
namespace {

std::string in_store(const std::string& path, const std::string& why) { return "the store " + path + ": " + why; }

enum class FileAccess : std::uint8_t { writable, read_only };

/// Checks the first bytes of the file. SQLite must not have it open yet: closing a descriptor drops the process's locks
/// on the file.
Result<FileAccess> look_at_file(const std::string& path) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    const FileAccess access = fd < 0 && errno != ENOENT ? FileAccess::read_only : FileAccess::writable;
    if (access == FileAccess::read_only) fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        const bool is_forbidden = errno == EACCES || errno == EPERM;
        return unexpected{
            in_store(path, std::string{std::strerror(errno)} +
                               (is_forbidden ? "; make it readable and writable for the daemon's user" : ""))};
    }
    std::array<char, 16> head{};
    const ssize_t n = ::pread(fd, head.data(), head.size(), 0);
    const int cause = errno;
    ::close(fd);
    if (n < 0) return unexpected{in_store(path, std::string{"cannot be read: "} + std::strerror(cause))};
    constexpr std::string_view kMagic{"SQLite format 3\0", 16};
    if (std::string_view{head.data(), static_cast<std::size_t>(n)} == kMagic) return access;
    return unexpected{in_store(path, "is not an SQLite database; move it away, or set store.path")};
}

/// Checkpoints are the writer's own (store.cpp), between batches and not inside a commit.
void configure(SQLite::Database& database) {
    database.exec("PRAGMA foreign_keys = ON");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA wal_autocheckpoint = 0");
    database.exec("PRAGMA cache_size = -16384");            // KiB
    database.exec("PRAGMA journal_size_limit = 67108864");  // bytes of log kept after a peak
}

std::unique_ptr<SQLite::Database> connect(const std::string& path) {
    // One thread at a time uses the connection, so it needs no mutex of its own.
    auto database =
        std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs);
    configure(*database);
    return database;
}

std::optional<std::int64_t> meta(SQLite::Database& database, const char* key) {
    SQLite::Statement row{database, "SELECT value FROM meta WHERE key = ?"};
    row.bind(1, key);
    if (!row.executeStep()) return std::nullopt;
    return row.getColumn(0).getInt64();
}

/// What the last daemon has left: whether it ended cleanly, and whether the store is still to be checked.
void read_marks(SQLite::Database& database, OpenedDatabase& opened) {
    opened.clean_stop = meta(database, "clean_stop") == 1;
    const auto check = meta(database, "unchecked").value_or(0);
    opened.check = check >= 2 ? CheckMark::failed : check == 1 ? CheckMark::wanted : CheckMark::passed;
    if (!opened.clean_stop) opened.check = std::max(opened.check, CheckMark::wanted);
}

Result<OpenedDatabase> open_checked(const std::string& path) {
    OpenedDatabase opened;
    opened.database = connect(path);
    SQLite::Database& db = *opened.database;
    if (auto problem = foreignness(db)) return unexpected{in_store(path, *problem)};
    if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
        return unexpected{
            in_store(path, "its file system cannot hold a write-ahead log (WAL); put it on a local disk")};
    }
    read_marks(db, opened);
    if (auto problem = migrate(db, embedded_migrations())) return unexpected{in_store(path, *problem)};
    mark_in_use(db, opened.check);
    return opened;
}

/// It may be that SQLite only cannot write, or open for that; if it cannot read either, reading will show.
bool is_about_writing(int code) {
    constexpr std::array kCauses{SQLITE_FULL,  SQLITE_IOERR,    SQLITE_BUSY,     SQLITE_LOCKED,
                                 SQLITE_NOMEM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM};
    return std::ranges::find(kCauses, code & 0xFF) != kCauses.end();
}

bool is_in_use(int code) { return (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED; }

bool is_corruption(const SQLite::Exception& error) { return (error.getErrorCode() & 0xFF) == SQLITE_CORRUPT; }

/// As the path of a `file:` URI (https://www.sqlite.org/uri.html).
std::string uri_path(const std::string& path) {
    std::string escaped;
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            constexpr std::string_view kDigits = "0123456789abcdef";
            escaped += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string why_read_only(const std::string& path) {
    if (::access(path.c_str(), W_OK) == 0 || errno == EROFS)
        return "its file system is read-only; see the system's log, and mount it for writing";
    return std::string{"is not writable ("} + std::strerror(errno) + "); give it to the daemon's user";
}

Result<OpenedDatabase> read_checked(std::unique_ptr<SQLite::Database> database, const std::string& path,
                                    const std::string& why) {
    OpenedDatabase opened;
    opened.only_readable = why;
    opened.database = std::move(database);
    SQLite::Database& db = *opened.database;
    if (foreignness(db)) return unexpected{in_store(path, why)};
    try {
        if (migrate(db, embedded_migrations(), false)) return unexpected{in_store(path, why)};
        read_marks(db, opened);
    } catch (const SQLite::Exception& error) {
        if (!is_corruption(error)) throw;
        opened.check = CheckMark::failed;  // none of this is needed to stop what is owed
    }
    return opened;
}

/// Beside another program that has it open, as a reader among others, if that can be. Else alone.
Result<OpenedDatabase> open_for_reading(const std::string& path, const std::string& why, bool is_busy) {
    if (is_busy) {
        try {
            return read_checked(connect_for_reading(path), path, why);
        } catch (const SQLite::Exception&) {  // it keeps readers out, too
        }
    }
    try {
        return read_checked(connect_without_writing(path), path, why);
    } catch (const SQLite::Exception&) {
        return unexpected{in_store(path, why)};
    }
}

}  // namespace

bool bears_our_mark(SQLite::Database& database) {
    return database.execAndGet("PRAGMA application_id").getInt() == kApplicationId;
}

void mark_in_use(SQLite::Database& database, CheckMark check) {
    database.exec("INSERT INTO meta (key, value) VALUES ('clean_stop', 0), ('unchecked', " +
                  std::to_string(static_cast<int>(check)) + ") ON CONFLICT (key) DO UPDATE SET value = excluded.value");
}

void mark_check(SQLite::Database& database, CheckMark check) {
    database.exec("UPDATE meta SET value = " + std::to_string(static_cast<int>(check)) + " WHERE key = 'unchecked'");
}

std::optional<std::string> foreignness(SQLite::Database& database) {
    const bool is_marked = database.execAndGet("PRAGMA application_id").getInt() == kApplicationId;
    if (is_marked && database.tableExists("meta")) return std::nullopt;
    const bool is_empty = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
    if (!is_empty) return "is an SQLite database of another program; move it away, or set store.path";
    return "is an SQLite database without a table, as no store is; restore it from a backup, or save what can be read: "
           "taktctl salvage --db FILE --to NEW; if there never was a store, remove it";
}

std::optional<std::string> directory_problem(const std::string& path) {
    std::filesystem::path directory = std::filesystem::path{path}.parent_path();
    if (directory.empty()) directory = ".";
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) {
        return in_store(path, "its directory " + directory.string() + ": " + std::strerror(errno) +
                                  "; create it for the daemon's user, or set store.path");
    }
    if (!S_ISDIR(status.st_mode)) return in_store(path, directory.string() + " is not a directory; set store.path");
    const bool is_writable = ::access(directory.c_str(), W_OK | X_OK) == 0;
    const int cause = errno;
    // A store that is there can be read, and what it owes be stopped.
    if (!is_writable && ::access(path.c_str(), R_OK) != 0) {
        return in_store(path, "its directory " + directory.string() + " is not writable (" + std::strerror(cause) +
                                  "); give it to the daemon's user, or set store.path");
    }
    return std::nullopt;
}

// Nobody reads SQLite's memory statistics, and each allocation would take a mutex for them. Later than the first use of
// SQLite in this process it is refused, which costs nothing but speed.
void prepare_sqlite() { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

Result<OpenedDatabase> open_database(const std::string& path) {
    prepare_sqlite();
    const auto access = look_at_file(path);
    if (!access) return unexpected{access.error()};
    if (*access == FileAccess::read_only) return open_for_reading(path, why_read_only(path), false);
    try {
        return open_checked(path);
    } catch (const SQLite::Exception& error) {
        const int code = error.getExtendedErrorCode();
        const std::string why = explain_sqlite(code, error.what());
        if (!is_about_writing(code) && !is_corruption(error)) return unexpected{in_store(path, why)};
        auto opened = open_for_reading(path, why, is_in_use(code));
        if (opened && is_corruption(error)) opened->check = CheckMark::failed;
        return opened;
    }
}

// The index of the log lives in memory, which SQLite does for whoever has the file for himself. A store that was closed
// has no log, and SQLite would want to make one, unless it is told that nothing ever changes.
std::unique_ptr<SQLite::Database> connect_without_writing(const std::string& path) {
    std::error_code no_log;
    const bool has_log = std::filesystem::file_size(path + "-wal", no_log) > 0 && !no_log;
    auto database = std::make_unique<SQLite::Database>("file:" + uri_path(path) + (has_log ? "" : "?immutable=1"),
                                                       SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX | SQLite::OPEN_URI,
                                                       kBusyTimeoutMs, "unix-none");
    database->exec("PRAGMA locking_mode = EXCLUSIVE");
    return database;
}

std::unique_ptr<SQLite::Database> connect_for_reading(const std::string& path) {
    return std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs);
}

bool is_on_read_only_disk(const std::string& path) { return ::access(path.c_str(), W_OK) != 0 && errno == EROFS; }

std::unique_ptr<SQLite::Database> reopen_database(const std::string& path) {
    auto database = connect(path);
    if (!database->tableExists("schema_migrations")) throw SQLite::Exception{"the file was replaced by another one"};
    const int rc =
        sqlite3_wal_checkpoint_v2(database->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    // A reader may hold an old snapshot; then the log goes on, behind what that reader sees.
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) throw SQLite::Exception{database->getHandle(), rc};
    return database;
}

std::string explain_sqlite(int code, const std::string& text) {
    // On a full disk a store that was not closed cannot even be opened: the index of its log finds no room.
    if (code == SQLITE_IOERR_SHMSIZE) return "the disk is full (" + text + "); make room";
    switch (code & 0xFF) {
        case SQLITE_NOTADB: return "is not an SQLite database (" + text + "); move it away, or set store.path";
        case SQLITE_CORRUPT:
            return "is damaged (" + text +
                   "); restore it from a backup, or save what can be read: taktctl salvage --db FILE --to NEW";
        case SQLITE_FULL: return "the disk is full (" + text + "); make room";
        case SQLITE_READONLY: return "is not writable (" + text + "); check the mode of the file and of its directory";
        case SQLITE_CANTOPEN:
            return "cannot be opened (" + text +
                   "); check the modes of the file and its directory, and that the disk can hold another file";
        case SQLITE_BUSY: return "is locked by another program (" + text + "); close what has it open";
        case SQLITE_IOERR: return "the disk failed (" + text + "); check the system's log";
        default: return text;
    }
}

}  // namespace taktd
