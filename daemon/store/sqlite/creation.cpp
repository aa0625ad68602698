// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/creation.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <unistd.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/migrations.hpp"

namespace taktd {
namespace {

std::string because_of(int cause) { return std::strerror(cause); }

bool sync_path(const std::string& path, int flags) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0) return false;
    const bool synced = ::fsync(fd) == 0;
    const int cause = errno;
    ::close(fd);
    errno = cause;
    return synced;
}

void remove_draft(const std::string& draft) {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) ::unlink((draft + end).c_str());
}

/// What is wrong, if something is.
std::optional<std::string> write_draft(const std::string& draft) {
    const int fd = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return because_of(errno);
    ::close(fd);
    try {
        SQLite::Database db{draft, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs};
        db.exec("PRAGMA synchronous = OFF");  // it is synced as a whole, before it gets its name
        if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
            return "its file system cannot hold a write-ahead log (WAL); put it on a local disk";
        db.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
        if (auto problem = migrate(db, embedded_migrations())) return problem;
        // Nobody has used it, so it needs no check.
        db.exec("INSERT INTO meta (key, value) VALUES ('clean_stop', 1) ON CONFLICT (key) DO UPDATE SET value = 1");
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const SQLite::Exception& error) {
        return explain_sqlite(error.getExtendedErrorCode(), error.what());
    }
    return std::nullopt;
}

/// Gives the draft its name. Whoever else makes stores waits for the lock.
std::optional<std::string> publish(const std::string& draft, const std::string& path) {
    const std::string directory = std::filesystem::path{path}.parent_path().string();
    const bool done = sync_path(draft, 0) && ::rename(draft.c_str(), path.c_str()) == 0 &&
                      sync_path(directory.empty() ? "." : directory, O_DIRECTORY);
    if (!done) return because_of(errno);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> create_store(const std::string& path) {
    prepare_sqlite();
    const std::string draft = path + ".unfinished";
    remove_draft(draft);  // of one who died over it
    auto problem = write_draft(draft);
    if (!problem) problem = publish(draft, path);
    remove_draft(draft);
    if (!problem) return std::nullopt;
    return "the store " + path + ": cannot be made: " + *problem;
}

}  // namespace taktd
