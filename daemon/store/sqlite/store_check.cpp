// SPDX-License-Identifier: Apache-2.0
// SQLite's own quick check. A verdict that an interruption has touched is none: pages that were not reached would seem
// unused.
#include "daemon/store/sqlite/store_check.hpp"

#include <chrono>
#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "daemon/store/sqlite/connection.hpp"

namespace taktd {
namespace {

/// Whether a page that could not be read is one that nobody can read.
bool is_damage(int code) {
    const int primary = code & 0xFF;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_IOERR;
}

}  // namespace

StoreCheck::StoreCheck(std::string path, std::function<void(CheckMark, std::string)> on_verdict)
    : path_{std::move(path)}, on_verdict_{std::move(on_verdict)}, thread_{[this] { look_through(); }} {}

StoreCheck::~StoreCheck() {
    // An interruption is lost on a statement that has not begun yet, so it is repeated.
    constexpr auto kAgain = std::chrono::milliseconds{10};
    std::unique_lock lock{mutex_};
    broken_off_ = true;
    while (reading_ != nullptr) {
        sqlite3_interrupt(reading_->getHandle());
        has_read_.wait_for(lock, kAgain);
    }
    lock.unlock();
    thread_.join();
}

void StoreCheck::look_through() {
    CheckMark mark = CheckMark::wanted;
    std::string why;
    try {
        SQLite::Database database{path_, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs};
        {
            const std::lock_guard lock{mutex_};
            if (broken_off_) return;
            reading_ = &database;
        }
        try {
            const std::string verdict = database.execAndGet("PRAGMA quick_check(1)").getString();
            mark = verdict == "ok" ? CheckMark::passed : CheckMark::failed;
            if (mark == CheckMark::failed) why = "is damaged (quick check: " + verdict + ")";
        } catch (const SQLite::Exception& error) {
            why = explain_sqlite(error.getExtendedErrorCode(), error.what());
            if (is_damage(error.getExtendedErrorCode())) mark = CheckMark::failed;
        }
        const std::lock_guard lock{mutex_};
        reading_ = nullptr;
        has_read_.notify_all();
    } catch (const SQLite::Exception& error) {
        why = explain_sqlite(error.getExtendedErrorCode(), error.what());
    }
    {
        const std::lock_guard lock{mutex_};
        if (broken_off_) return;
    }
    on_verdict_(mark, std::move(why));
}

}  // namespace taktd
