// SPDX-License-Identifier: Apache-2.0
// The files that the writer has open, against those that bear their names. SQLite goes on writing to a log (-wal) that
// somebody has removed or emptied, and a crash then forgets what was called durable; the writer looks here around each
// commit, which costs a few calls of stat(2). What it does about it is in store.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace SQLite {
class Database;
}

namespace taktd {

enum class FileState : std::uint8_t {
    good,
    database_gone,  ///< deleted, or another file bears its name
    database_cut,   ///< shorter than it says it is
    log_gone,       ///< the log or its index (-shm); what is open is whole
    log_cut,        ///< the log has lost what was written to it
};

/// What an operator is told of the two that only he can mend.
inline constexpr const char* kDatabaseGone = "the file was deleted or replaced while in use; put it back";
inline constexpr const char* kDatabaseCut =
    "the file was cut short while in use; stop taktd and restore a backup, or save what can be read: "
    "taktctl salvage --db FILE --to NEW";

class FileWatch {
public:
    /// `database`: an open descriptor of the file at `path`, which outlives this.
    FileWatch(std::string path, int database);
    ~FileWatch();
    FileWatch(const FileWatch&) = delete;
    FileWatch& operator=(const FileWatch&) = delete;

    /// Once a connection is open and has read: from now on these are the files. Nothing in the log is needed yet.
    void begin(SQLite::Database& connection);
    /// The log now holds so many pages that the file does not; 0: none.
    void need_log(int pages);
    FileState look(SQLite::Database& connection);

    /// The file is the one that was locked, whole so far.
    FileState look_at_database();
    /// Of whatever bears the log's name; 0 if nothing does.
    std::uint64_t log_bytes() const;
    /// Before a new log is begun. One at our log's name that is not ours is emptied: nobody may replay it into this
    /// store. The index is removed: whoever else has it open reads in it of a log that is no more.
    void clear_away_log() const;

private:
    struct Identity {
        dev_t device = 0;
        ino_t inode = 0;
        bool operator==(const Identity&) const = default;
    };
    static std::optional<struct stat> status_of(const std::string& path);
    static Identity identity_of(const struct stat& status) { return {status.st_dev, status.st_ino}; }
    static bool is_at(const std::string& path, const std::optional<Identity>& file);
    bool is_log_whole(SQLite::Database& connection);

    const std::string path_, log_path_, index_path_;
    const int database_;
    off_t database_bytes_ = 0;
    int log_ = -1;  // a descriptor of our own
    std::optional<Identity> log_id_, index_id_;
    off_t page_bytes_ = 4096;
    int pages_needed_ = 0;
    std::uint64_t generation_ = 0;  ///< of the log in which they are; SQLite begins a new one when all is in the file
};

}  // namespace taktd
