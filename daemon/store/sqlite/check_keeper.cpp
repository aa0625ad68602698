// SPDX-License-Identifier: Apache-2.0
// The check's thread leaves its verdict here; the writer fetches and writes it.
#include "daemon/store/sqlite/check_keeper.hpp"

#include <string_view>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/log/log.hpp"
#include "daemon/store/sqlite/connection.hpp"

namespace taktd {

void CheckKeeper::begin(const Handlers& handlers) {
    if (!is_wanted_ || mark_ == CheckMark::passed) return;
    const std::lock_guard lock{mutex_};
    if (check_ || closed_) return;
    check_ = std::make_unique<StoreCheck>(
        path_, [this, handlers](CheckMark mark, const std::string& why) { note(handlers, mark, why); });
}

void CheckKeeper::note(const Handlers& handlers, CheckMark mark, const std::string& why) {
    if (mark == CheckMark::wanted) {
        log::warning("the store could not be checked; the next start tries again", {{"store", path_}, {"cause", why}});
        return;
    }
    {
        const std::lock_guard lock{mutex_};
        news_ = mark;
    }
    handlers.news();
    if (handlers.told) handlers.told(why);
}

void CheckKeeper::break_off() {
    std::unique_ptr<StoreCheck> check;  // waited for without the mutex, for which it may be waiting
    const std::lock_guard lock{mutex_};
    check.swap(check_);
}

void CheckKeeper::close() {
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    break_off();
}

bool CheckKeeper::has_news() const {
    const std::lock_guard lock{mutex_};
    return news_.has_value();
}

std::optional<CheckMark> CheckKeeper::take_news() {
    const std::lock_guard lock{mutex_};
    return std::exchange(news_, std::nullopt);
}

void CheckKeeper::write(SQLite::Database& database, CheckMark mark) {
    try {
        mark_check(database, mark);
        mark_ = mark;
    } catch (const SQLite::Exception& error) {
        log::warning("the store's check could not be recorded; the next start checks again",
                     {{"store", path_}, {"cause", std::string_view{error.what()}}});
    }
}

}  // namespace taktd
