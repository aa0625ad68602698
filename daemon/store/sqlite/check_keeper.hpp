// SPDX-License-Identifier: Apache-2.0
// The writer's side of the check of the whole store (store_check.hpp).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "daemon/store/sqlite/store_check.hpp"

namespace taktd {

/// Begins the check, and keeps what it found until that is written. begin() is called by
/// whoever starts the writer, and then by the writer alone.
class CheckKeeper {
public:
    struct Handlers {
        std::function<void(const std::string& damage)>
            told;                    ///< on the check's thread, or null; empty: nothing is damaged
        std::function<void()> news;  ///< on the check's thread: take_news() has some
    };

    CheckKeeper(std::string path, bool is_wanted, CheckMark mark)
        : path_{std::move(path)}, is_wanted_{is_wanted}, mark_{mark} {}

    /// As the store has it.
    CheckMark mark() const { return mark_; }
    /// Once it has begun it is not begun again, unless it was broken off.
    void begin(const Handlers& handlers);
    void break_off();
    /// Nothing is begun any more.
    void close();

    /// A verdict that is to be written.
    bool has_news() const;
    std::optional<CheckMark> take_news();
    /// One that cannot be written makes the next daemon check again.
    void write(SQLite::Database& database, CheckMark mark);

private:
    void note(const Handlers& handlers, CheckMark mark, const std::string& why);

    const std::string path_;
    const bool is_wanted_;
    CheckMark mark_;
    mutable std::mutex mutex_;  // guards what follows
    std::optional<CheckMark> news_;
    std::unique_ptr<StoreCheck> check_;
    bool closed_ = false;
};

}  // namespace taktd
