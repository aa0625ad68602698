// SPDX-License-Identifier: Apache-2.0
// Who reads the store's files in this process. Connections of one process share what they know of the log, so one that
// somebody removed can only be made anew while nobody reads. On any thread.
#pragma once

#include <memory>
#include <mutex>

namespace taktd {

class ReaderGate {
public:
    /// Held by whoever reads, as long as that takes. Null: not now.
    std::shared_ptr<void> enter() {
        const std::lock_guard lock{mutex_};
        if (closed_) return nullptr;
        auto reading = readers_.lock();
        if (!reading) readers_ = reading = std::make_shared<int>();
        return reading;
    }
    /// Nobody begins to read any more. False: somebody reads still.
    bool close() {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        return readers_.expired();
    }
    void open() {
        const std::lock_guard lock{mutex_};
        closed_ = false;
    }

private:
    std::mutex mutex_;
    std::weak_ptr<void> readers_;
    bool closed_ = false;
};

}  // namespace taktd
