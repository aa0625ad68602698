// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/log_watch.hpp"

namespace taktd {

std::optional<std::string> LogWatch::warning(const LogSight& seen) {
    const BootTime now = clock_ ? clock_() : BootTime{};
    if (!seen.is_held) {
        // A reader that comes and goes by the minute is told of as seldom as one that stays.
        if (told_ && now - *told_ >= kToldAgainAfter) told_.reset();
        return std::nullopt;
    }
    if (seen.bytes < bytes_untold_ || (told_ && now - *told_ < kToldAgainAfter)) return std::nullopt;
    told_ = now;
    const std::string log = store_path_ + "-wal";
    return "the store's log has grown to " + std::to_string(seen.bytes >> 20) +
           " MiB, because a program reads the store and does not finish; find it with `fuser -v " + log +
           "` or `lsof " + log + "`, and end it before the disk is full";
}

}  // namespace taktd
