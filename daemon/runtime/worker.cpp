// SPDX-License-Identifier: Apache-2.0
// A task is destroyed on the worker's thread, too: what it holds may be large.
#include "daemon/runtime/worker.hpp"

#include <utility>

namespace taktd {

Worker::Worker() : thread_{[this] { work(); }} {}

Worker::~Worker() {
    stop_taking();
    thread_.join();
}

void Worker::run(std::function<void()> task) {
    {
        const std::lock_guard lock{mutex_};
        if (ending_) return;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_all();
}

bool Worker::end(std::chrono::nanoseconds wait) {
    stop_taking();
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, wait, [this] { return ended_; });
}

void Worker::stop_taking() {
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
    }
    changed_.notify_all();
}

void Worker::work() {
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock{mutex_};
            changed_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
            if (ending_) break;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
    {
        const std::lock_guard lock{mutex_};
        ended_ = true;
    }
    changed_.notify_all();
}

}  // namespace taktd
