// SPDX-License-Identifier: Apache-2.0
// One thread for what may take long or never end: a config of 100,000 jobs, a file on a mount that hangs. Tasks are
// done in order; each owns or outlives all that it touches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace taktd {

class Worker {
public:
    Worker();
    /// Drops what has not begun and waits for the task in hand, however long that takes; see end().
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void run(std::function<void()> task);

    /// Drops what has not begun and waits at most so long for the task in hand. False: it hangs; then nothing that it
    /// touches may be destroyed, and only the end of the process ends it.
    bool end(std::chrono::nanoseconds wait);

private:
    void work();
    void stop_taking();

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::deque<std::function<void()>> tasks_;
    bool ending_ = false, ended_ = false;

    std::thread thread_;
};

}  // namespace taktd
