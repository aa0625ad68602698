// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/taken_place.hpp"

#include <utility>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/creation.hpp"
#include "daemon/store/sqlite/store_place.hpp"

namespace taktd {

Result<TakenPlace> take_place(const std::string& path, bool may_create) {
    const auto place = locate_store(path);
    if (!place) return unexpected{place.error()};
    if (!place->is_there && !may_create) return unexpected{"there is no store " + path};
    // The directory's problems are told before the lock's, which would only say "cannot open".
    if (auto problem = directory_problem(place->path)) return unexpected{*problem};
    auto lock = LockFile::acquire(place->path);
    if (!lock) return unexpected{lock.error()};
    const auto found = locate_store(place->path);  // another may have made it before the lock was ours
    if (!found) return unexpected{found.error()};
    if (!found->is_there) {
        if (auto problem = create_store(place->path)) return unexpected{*problem};
        if (auto problem = lock->lock_database(place->path)) return unexpected{*problem};
    }
    return TakenPlace{place->path, std::move(*lock), !found->is_there};
}

}  // namespace taktd
