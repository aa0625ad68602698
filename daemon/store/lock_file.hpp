// One daemon per store: an advisory lock on `<store>.lock`, held for the life of the process and dropped by the kernel
// with it. The file carries the holder's pid for the message that a second daemon gives; it is never removed (removing
// it would let two daemons hold locks on two files of one name).
#pragma once

#include <optional>
#include <string>

#include "daemon/core/result.hpp"

namespace taktd {

class LockFile {
public:
    static Result<LockFile> acquire(const std::string& store_path);
    /// Who has the lock now: a pid, or "unknown"; nothing if it is free. Ask it after acquire() has failed, to tell
    /// why: a free lock is taken for an instant.
    static std::optional<std::string> holder(const std::string& store_path);

    LockFile(LockFile&& other) noexcept;
    LockFile& operator=(LockFile&& other) noexcept;
    ~LockFile();

private:
    explicit LockFile(int fd) : fd_{fd} {}
    int fd_ = -1;
};

}  // namespace taktd
