#include "daemon/store/connection.hpp"

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

#include "daemon/store/migrations.hpp"

namespace taktd {
namespace {

/// 'takt': tells our file from other SQLite databases.
constexpr int kApplicationId = 0x74616b74;

std::string in_store(const std::string& path, const std::string& why) { return "the store " + path + ": " + why; }

enum class FileAccess : std::uint8_t { writable, read_only };

/// Creates the file for its owner alone, or checks the first bytes of what is there. SQLite must not have it open yet:
/// closing a descriptor drops the process's locks on the file.
Result<FileAccess> look_at_file(const std::string& path) {
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const FileAccess access = fd < 0 && errno == EROFS ? FileAccess::read_only : FileAccess::writable;
    if (access == FileAccess::read_only) fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return unexpected{in_store(
            path, std::string{std::strerror(errno)} + "; make it readable and writable for the daemon's user")};
    }
    struct stat status {};
    std::array<char, 16> head{};
    const bool known = ::fstat(fd, &status) == 0;
    const ssize_t n = ::pread(fd, head.data(), head.size(), 0);
    ::close(fd);
    if (!known || !S_ISREG(status.st_mode)) {
        return unexpected{in_store(path, "is not a regular file; set store.path")};
    }
    constexpr std::string_view kMagic{"SQLite format 3\0", 16};
    if (n == 0 || std::string_view{head.data(), n > 0 ? static_cast<std::size_t>(n) : 0} == kMagic) return access;
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

bool is_empty(SQLite::Database& database) {
    return database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
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
    opened.first_start = is_empty(db);
    if (!opened.first_start && db.execAndGet("PRAGMA application_id").getInt() != kApplicationId) {
        return unexpected{in_store(path, "is an SQLite database of another program; move it away, or set store.path")};
    }
    if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
        return unexpected{
            in_store(path, "its file system cannot hold a write-ahead log (WAL); put it on a local disk")};
    }
    if (!opened.first_start && db.tableExists("meta")) read_marks(db, opened);
    // Before the first table: a crash in between leaves a store that is empty still, and never one that seems foreign.
    if (opened.first_start) db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
    if (auto problem = migrate(db, embedded_migrations())) return unexpected{in_store(path, *problem)};
    mark_in_use(db, opened.check);
    return opened;
}

bool is_out_of_room(int code) {
    return (code & 0xFF) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_WRITE;
}

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

Result<OpenedDatabase> open_for_reading(const std::string& path, const std::string& why) {
    OpenedDatabase opened;
    opened.only_readable = why;
    opened.database = connect_without_writing(path);
    SQLite::Database& db = *opened.database;
    const bool is_ours = db.execAndGet("PRAGMA application_id").getInt() == kApplicationId && db.tableExists("meta");
    if (!is_ours) return unexpected{in_store(path, why)};
    try {
        if (migrate(db, embedded_migrations(), false)) return unexpected{in_store(path, why)};
        read_marks(db, opened);
    } catch (const SQLite::Exception& error) {
        if (!is_corruption(error)) throw;
        opened.check = CheckMark::failed;  // none of this is needed to stop what is owed
    }
    return opened;
}

}  // namespace

void mark_in_use(SQLite::Database& database, CheckMark check) {
    database.exec("INSERT INTO meta (key, value) VALUES ('clean_stop', 0), ('unchecked', " +
                  std::to_string(static_cast<int>(check)) + ") ON CONFLICT (key) DO UPDATE SET value = excluded.value");
}

void mark_check(SQLite::Database& database, CheckMark check) {
    database.exec("UPDATE meta SET value = " + std::to_string(static_cast<int>(check)) + " WHERE key = 'unchecked'");
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
    if (!is_writable && (cause != EROFS || ::access(path.c_str(), R_OK) != 0)) {
        return in_store(path, "its directory " + directory.string() + " is not writable (" + std::strerror(cause) +
                                  "); give it to the daemon's user, or set store.path");
    }
    return std::nullopt;
}

Result<OpenedDatabase> open_database(const std::string& path) {
    // Nobody reads SQLite's memory statistics, and each allocation would take a mutex for them. Later than the first
    // use of SQLite in this process it is refused, which costs nothing but speed.
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    const auto access = look_at_file(path);
    if (!access) return unexpected{access.error()};
    std::string why = "its file system is read-only; see the system's log, and mount it for writing";
    bool is_corrupt = false;
    try {
        if (*access == FileAccess::writable) return open_checked(path);
    } catch (const SQLite::Exception& error) {
        why = explain_sqlite(error.getExtendedErrorCode(), error.what());
        is_corrupt = is_corruption(error);
        if (!is_out_of_room(error.getExtendedErrorCode()) && !is_corrupt) return unexpected{in_store(path, why)};
    }
    try {
        auto opened = open_for_reading(path, why);
        if (opened && is_corrupt) opened->check = CheckMark::failed;
        return opened;
    } catch (const SQLite::Exception&) {
        return unexpected{in_store(path, why)};
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
        case SQLITE_CANTOPEN: return "cannot be opened (" + text + "); check the modes of the file and its directory";
        case SQLITE_BUSY: return "is locked by another program (" + text + "); close what has it open";
        case SQLITE_IOERR: return "the disk failed (" + text + "); check the system's log";
        default: return text;
    }
}

bool has_moved(SQLite::Database& database) {
    int moved = 0;
    sqlite3_file_control(database.getHandle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

}  // namespace taktd
