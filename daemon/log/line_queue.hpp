// SPDX-License-Identifier: Apache-2.0
// Lines that wait for somebody to take them, at most so many. When there is no room, the least important go first: a
// line makes room for itself among lines of lower levels, or is not taken itself. What is dropped is counted by level.
// No thread and no lock: the owner has both (line_writer.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "daemon/log/log.hpp"

namespace taktd::log {

inline constexpr std::size_t kLevels = 4;
/// How many lines were dropped, by level.
using Dropped = std::array<std::uint64_t, kLevels>;

struct QueueLimits {
    std::size_t lines = kQueuedLinesMax;
    std::size_t bytes = kQueuedBytesMax;
};

class LineQueue {
public:
    LineQueue() = default;
    explicit LineQueue(QueueLimits limits) : limits_{limits} {}

    /// False: it was dropped and counted. The lines that make room for it are the newest of the lowest level, so that
    /// what is left tells how it began.
    bool push(Level level, std::string line);
    /// The oldest line; nothing: there is none.
    std::optional<std::string> pop();
    /// Counts a line that was taken and could not be written.
    void count_lost(Level level) { ++dropped_[static_cast<std::size_t>(level)]; }

    bool empty() const { return lines_ == 0; }
    std::size_t size() const { return lines_; }
    std::size_t bytes() const { return bytes_; }
    /// The level of the line that pop() gave last.
    Level last_level() const { return last_level_; }

    const Dropped& dropped() const { return dropped_; }
    bool has_dropped() const { return dropped_ != Dropped{}; }
    /// `told` was said to the reader; what came since is still to be told.
    void forget(const Dropped& told);

private:
    struct Line {
        std::uint64_t number;  // orders the lines of all levels
        std::string text;
    };

    bool has_room_for(std::size_t bytes) const;
    bool make_room(Level level, std::size_t bytes);
    void note_taken(std::size_t level, std::size_t bytes);

    QueueLimits limits_{};
    std::array<std::deque<Line>, kLevels> by_level_;
    std::array<std::size_t, kLevels> bytes_of_{};
    std::size_t lines_ = 0, bytes_ = 0;
    std::uint64_t next_number_ = 0;
    Level last_level_ = Level::info;
    Dropped dropped_{};
};

}  // namespace taktd::log
