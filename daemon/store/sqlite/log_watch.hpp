// SPDX-License-Identifier: Apache-2.0
// Watches the store's log (FILE-wal). A program that reads the store in one long transaction keeps the log from being
// brought into the file, so it grows with every commit until the disk is full. Says when that is worth a word to the
// operator, and how he finds that program.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "daemon/core/base/time.hpp"

namespace taktd {

/// What a checkpoint has left.
struct LogSight {
    std::uint64_t bytes = 0;
    bool is_held = false;  ///< not all of it could be brought into the file
};

class LogWatch {
public:
    static constexpr std::uint64_t kBytesUntold = 256ULL << 20;  ///< a log of this size is nothing to speak of
    static constexpr Duration kToldAgainAfter = std::chrono::hours{1};

    /// Without a clock it is told once.
    LogWatch(std::string store_path, std::uint64_t bytes_untold, std::function<BootTime()> clock)
        : store_path_{std::move(store_path)}, bytes_untold_{bytes_untold}, clock_{std::move(clock)} {}

    /// A sentence for the operator, if it is time for one.
    std::optional<std::string> warning(const LogSight& seen);

private:
    const std::string store_path_;
    const std::uint64_t bytes_untold_;
    const std::function<BootTime()> clock_;
    std::optional<BootTime> told_;
};

}  // namespace taktd
