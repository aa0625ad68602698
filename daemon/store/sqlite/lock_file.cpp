// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/lock_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/file.h>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace taktd {
namespace {

std::string holder_of(int fd) {
    std::array<char, 32> text{};
    const ssize_t n = ::pread(fd, text.data(), text.size() - 1, 0);
    std::string pid{text.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
    pid.erase(pid.find_last_not_of(" \n") + 1);
    return pid.empty() || pid.find_first_not_of("0123456789") != std::string::npos ? "unknown" : pid;
}

/// False, and errno, if it cannot be had.
bool lock(int fd) {
    int rc = 0;
    do rc = ::flock(fd, LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

int open_database_file(const std::string& store_path) {
    return ::open(store_path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/// `note`: where the holder has written its pid, if anywhere.
std::string why_locked(const std::string& store_path, int note, int cause) {
    if (cause != EWOULDBLOCK) return "cannot lock the store " + store_path + ": " + std::strerror(cause);
    return "the store " + store_path + " is in use by another taktd, pid " + holder_of(note) +
           "; stop that one, or give this one another store.path";
}

}  // namespace

Result<LockFile> LockFile::acquire(const std::string& store_path) {
    const std::string path = store_path + ".lock";
    LockFile held{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), -1};
    // Whoever locks need not write.
    if (held.note_ < 0) held.note_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const int cause = errno;
    if (held.note_ >= 0 && !lock(held.note_)) return unexpected{why_locked(store_path, held.note_, errno)};
    const bool is_there = ::access(store_path.c_str(), F_OK) == 0;
    if (held.note_ < 0 && !is_there) {
        return unexpected{"cannot open the lock " + path + ": " + std::strerror(cause) +
                          "; make it readable and writable for the daemon's user"};
    }
    if (is_there) {
        if (auto problem = held.lock_database(store_path)) return unexpected{*problem};
    }
    // The pid is for people; a disk that cannot be written must not keep the daemon from stopping what it owes.
    const std::string pid = std::to_string(::getpid()) + "\n";
    [[maybe_unused]] const bool told =
        ::ftruncate(held.note_, 0) == 0 &&
        ::pwrite(held.note_, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
    return held;
}

std::optional<std::string> LockFile::lock_database(const std::string& store_path) {
    database_ = open_database_file(store_path);
    if (database_ < 0) {
        const bool is_forbidden = errno == EACCES || errno == EPERM;
        return "cannot open the store " + store_path + ": " + std::strerror(errno) +
               (is_forbidden ? "; make it readable and writable for the daemon's user" : "");
    }
    if (lock(database_)) return std::nullopt;
    return why_locked(store_path, note_, errno);
}

std::optional<std::string> LockFile::holder(const std::string& store_path) {
    const LockFile probe{::open((store_path + ".lock").c_str(), O_RDONLY | O_CLOEXEC), open_database_file(store_path)};
    for (const int fd : {probe.note_, probe.database_}) {
        if (fd < 0 || ::flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) continue;
        return holder_of(probe.note_);
    }
    return std::nullopt;
}

LockFile::LockFile(LockFile&& other) noexcept
    : note_{std::exchange(other.note_, -1)}, database_{std::exchange(other.database_, -1)} {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
    std::swap(note_, other.note_);
    std::swap(database_, other.database_);
    return *this;
}

LockFile::~LockFile() {
    if (note_ >= 0) ::close(note_);
    if (database_ >= 0) ::close(database_);
}

}  // namespace taktd
