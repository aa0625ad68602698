// SPDX-License-Identifier: Apache-2.0
// Sizes and offsets are those of https://www.sqlite.org/fileformat2.html. SQLite shrinks a log only when a checkpoint
// has emptied it, and a file only when its header says so (VACUUM).
#include "daemon/store/sqlite/file_watch.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace taktd {
namespace {

constexpr off_t kLogHeaderBytes = 32, kFrameHeaderBytes = 24;
constexpr off_t kPageCountAt = 28;  // of the file
constexpr off_t kSaltAt = 16;       // of the log

std::uint32_t big_endian(const std::array<unsigned char, 4>& b) {
    return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

std::uint32_t word_at(int fd, off_t at) {
    std::array<unsigned char, 4> bytes{};
    return ::pread(fd, bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size()) ? big_endian(bytes) : 0;
}

}  // namespace

FileWatch::FileWatch(std::string path, int database)
    : path_{std::move(path)}, log_path_{path_ + "-wal"}, index_path_{path_ + "-shm"}, database_{database} {
    struct stat status {};
    if (::fstat(database_, &status) == 0) database_bytes_ = status.st_size;
}

FileWatch::~FileWatch() {
    if (log_ >= 0) ::close(log_);
}

std::optional<struct stat> FileWatch::status_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return status;
}

void FileWatch::begin(SQLite::Database& connection) {
    page_bytes_ = connection.execAndGet("PRAGMA page_size").getInt64();
    pages_needed_ = 0;
    if (log_ >= 0) ::close(log_);
    log_ = ::open(log_path_.c_str(), O_RDONLY | O_CLOEXEC);
    const auto log = status_of(log_path_);
    const auto index = status_of(index_path_);
    log_id_ = log ? std::optional{identity_of(*log)} : std::nullopt;
    index_id_ = index ? std::optional{identity_of(*index)} : std::nullopt;
}

void FileWatch::need_log(int pages) { pages_needed_ = pages; }

FileState FileWatch::look_at_database() {
    struct stat ours {};
    if (::fstat(database_, &ours) != 0) return FileState::good;
    if (!is_at(path_, identity_of(ours))) return FileState::database_gone;
    const bool has_shrunk = ours.st_size < database_bytes_;
    const off_t bytes_said = off_t{word_at(database_, kPageCountAt)} * page_bytes_;
    if (has_shrunk && (bytes_said == 0 || ours.st_size < bytes_said)) return FileState::database_cut;
    database_bytes_ = ours.st_size;
    return FileState::good;
}

FileState FileWatch::look(SQLite::Database& connection) {
    if (const FileState state = look_at_database(); state != FileState::good) return state;
    if (!is_log_whole(connection)) return FileState::log_cut;
    return is_at(log_path_, log_id_) && is_at(index_path_, index_id_) ? FileState::good : FileState::log_gone;
}

bool FileWatch::is_at(const std::string& path, const std::optional<Identity>& file) {
    if (!file) return true;  // nobody can tell
    const auto named = status_of(path);
    // What cannot be looked at for another cause has not moved.
    if (!named) return errno != ENOENT && errno != ENOTDIR;
    return identity_of(*named) == file;
}

bool FileWatch::is_log_whole(SQLite::Database& connection) {
    if (pages_needed_ == 0) return true;
    struct stat ours {};
    if (log_ < 0 || ::fstat(log_, &ours) != 0) return true;  // nobody can tell
    constexpr std::uint32_t kMagic = 0x377f0682;             // its last bit tells the order of bytes
    const bool has_header = (word_at(log_, 0) & ~1U) == kMagic;
    const std::uint64_t generation = std::uint64_t{word_at(log_, kSaltAt)} << 32 | word_at(log_, kSaltAt + 4);
    const off_t bytes_needed = kLogHeaderBytes + pages_needed_ * (kFrameHeaderBytes + page_bytes_);
    if (has_header && ours.st_size >= bytes_needed) {
        generation_ = generation;
        return true;
    }
    // Somebody else's checkpoint may have brought all of it into the file and emptied it, and others have written
    // since.
    const bool is_another = has_header && generation != generation_;
    if (!is_another && ours.st_size > 0) return false;
    // Where nothing is left, only SQLite knows. If its index still counts pages, it fails at the first, and has copied
    // none.
    if (!is_another && sqlite3_wal_checkpoint_v2(connection.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                                                 nullptr) != SQLITE_OK)
        return false;
    pages_needed_ = 0;
    return true;
}

std::uint64_t FileWatch::log_bytes() const {
    const auto log = status_of(log_path_);
    return log ? static_cast<std::uint64_t>(log->st_size) : 0;
}

void FileWatch::clear_away_log() const {
    const auto log = status_of(log_path_);
    if (log && identity_of(*log) != log_id_) {
        const int fd = ::open(log_path_.c_str(), O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) ::close(fd);
    }
    ::unlink(index_path_.c_str());
}

}  // namespace taktd
