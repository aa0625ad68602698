// SPDX-License-Identifier: Apache-2.0
// One daemon per store: an advisory lock on the database itself, so that it holds whatever name the store was given by
// and whatever becomes of the files beside it; and one on `<store>.lock`, which is there before the database is and
// carries the holder's pid for the message that a second daemon gives. Both are held for the life of the process and
// dropped by the kernel with it. The locks are of flock(2): SQLite's own, which are of fcntl(2), know nothing of them.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/base/result.hpp"

namespace taktd {

class LockFile {
public:
    /// `store_path` without symbolic links (store_place.hpp). Where there is a store, `<store>.lock` need not be: a
    /// disk that cannot be written, or somebody who tidies up, keeps nobody from stopping what is owed.
    static Result<LockFile> acquire(const std::string& store_path);
    /// Who has the lock now: a pid, or "unknown"; nothing if it is free. Ask it after acquire() has failed, to tell
    /// why: a free lock is taken for an instant.
    static std::optional<std::string> holder(const std::string& store_path);

    /// Once the store that was not there is made: the other half of the lock. The answer is what is wrong.
    std::optional<std::string> lock_database(const std::string& store_path);
    /// Of the locked file. Closing it drops SQLite's locks of this process, so it must outlive all connections.
    int database() const { return database_; }

    LockFile(LockFile&& other) noexcept;
    LockFile& operator=(LockFile&& other) noexcept;
    ~LockFile();

private:
    LockFile(int note, int database) : note_{note}, database_{database} {}
    int note_ = -1, database_ = -1;
};

}  // namespace taktd
