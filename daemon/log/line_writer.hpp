// SPDX-License-Identifier: Apache-2.0
// Writes lines to a descriptor on a thread of its own, so that nobody else ever waits for the reader: push() returns at
// once. What the reader leaves untaken waits in a bounded queue (line_queue.hpp).
//
// Why a thread and no readiness: O_NONBLOCK belongs to the open file, which stderr shares with whoever else holds the
// pipe or the terminal, and what poll(2) promises ends with the first byte that another writer puts there; on a file
// it promises nothing (a hung mount). So the thread may stand in write(2) for ever, and only the end of the process
// ends that. It holds no lock meanwhile, and every wait for it is bounded.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "daemon/log/line_queue.hpp"

namespace taktd::log {

class LineWriter {
public:
    /// The line, newline included, that tells of dropped ones; called on the writer's thread.
    using Note = std::function<std::string(const Dropped&)>;

    /// The thread starts with the first line. It takes no signals. It does not survive fork(2), which taktd never does.
    explicit LineWriter(int fd, QueueLimits limits = {}) : fd_{fd}, queue_{limits} {}
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;
    /// Waits until the reader has taken all, or is gone. The log's own writer is never destroyed.
    ~LineWriter();

    void on_dropped(Note note);
    /// `line` with its newline.
    void push(Level level, std::string line);
    /// False: the reader has not taken all within that time.
    bool flush(std::chrono::milliseconds at_most);

private:
    void start();
    void run();
    bool write_out(std::string_view text);

    const int fd_;
    std::mutex mutex_;  // of all below but `begins_line_`, which is the thread's
    std::condition_variable has_work_, is_idle_;
    LineQueue queue_;
    Note note_;
    bool writing_ = false, stopping_ = false;
    bool begins_line_ = true;  // false: a write failed in the middle of one
    std::thread thread_;
};

}  // namespace taktd::log
