// SPDX-License-Identifier: Apache-2.0
// The place of a store, locked for this process; where nothing lies a new store is made, if it may be.
#pragma once

#include <string>

#include "daemon/core/base/result.hpp"
#include "daemon/store/sqlite/lock_file.hpp"

namespace taktd {

struct TakenPlace {
    std::string path;  ///< without symbolic links
    LockFile lock;
    bool is_new = false;
};

/// The error is a sentence for the operator.
Result<TakenPlace> take_place(const std::string& path, bool may_create);

}  // namespace taktd
