#include "daemon/store/lock_file.hpp"

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

}  // namespace

Result<LockFile> LockFile::acquire(const std::string& store_path) {
    const std::string path = store_path + ".lock";
    int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const int cause = errno;
    // Whoever locks need not write.
    if (fd < 0 && cause == EROFS) fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return unexpected{"cannot open the lock " + path + ": " + std::strerror(cause) +
                          "; make it readable and writable for the daemon's user"};
    }
    LockFile lock{fd};
    int rc = 0;
    do rc = ::flock(fd, LOCK_EX | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    if (rc != 0 && errno == EWOULDBLOCK) {
        return unexpected{"the store " + store_path + " is in use by another taktd, pid " + holder_of(fd) +
                          "; stop that one, or give this one another store.path"};
    }
    if (rc != 0) return unexpected{"cannot lock " + path + ": " + std::strerror(errno)};
    // The pid is for people; a disk that cannot be written must not keep the daemon from stopping what it owes.
    const std::string pid = std::to_string(::getpid()) + "\n";
    [[maybe_unused]] const bool told =
        ::ftruncate(fd, 0) == 0 && ::pwrite(fd, pid.data(), pid.size(), 0) == static_cast<ssize_t>(pid.size());
    return lock;
}

std::optional<std::string> LockFile::holder(const std::string& store_path) {
    const LockFile probe{::open((store_path + ".lock").c_str(), O_RDONLY | O_CLOEXEC)};
    if (probe.fd_ < 0) return std::nullopt;
    if (::flock(probe.fd_, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return std::nullopt;
    return holder_of(probe.fd_);
}

LockFile::LockFile(LockFile&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

LockFile::~LockFile() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace taktd
