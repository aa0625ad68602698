// SPDX-License-Identifier: Apache-2.0
// Looks the whole store through, beside the daemon's work: on a thread and a read-only connection of its own. What it
// finds stops starts; stops need none of it. Gigabytes take minutes on a cold disk, and nothing waits for them.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace SQLite {
class Database;
}

namespace taktd {

/// What has become of the check of a store; the number stands in meta.unchecked.
enum class CheckMark : int {
    passed = 0,
    wanted = 1,  ///< the daemon before did not end cleanly, or no check has come to its end since
    failed = 2,  ///< the last one found damage: nothing is started until another one has passed
};

class StoreCheck {
public:
    /// Begins at once. `on_verdict` is called on the check's thread, once: with `passed`, with `failed` and what is
    /// damaged, or with `wanted` and why it could not be done. Not at all if this is destroyed before it has ended.
    StoreCheck(std::string path, std::function<void(CheckMark, std::string why)> on_verdict);
    /// Breaks it off: waits for one page at most.
    ~StoreCheck();
    StoreCheck(const StoreCheck&) = delete;
    StoreCheck& operator=(const StoreCheck&) = delete;

private:
    void look_through();

    const std::string path_;
    const std::function<void(CheckMark, std::string)> on_verdict_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable has_read_;
    SQLite::Database* reading_ = nullptr;  // to be interrupted
    bool broken_off_ = false;
    std::thread thread_;
};

}  // namespace taktd
