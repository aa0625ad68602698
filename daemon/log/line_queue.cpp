// SPDX-License-Identifier: Apache-2.0
// One queue for each level; numbers say which line is the oldest of all.
#include "daemon/log/line_queue.hpp"

#include <utility>

namespace taktd::log {

bool LineQueue::has_room_for(std::size_t bytes) const {
    return lines_ + 1 <= limits_.lines && bytes_ + bytes <= limits_.bytes;
}

void LineQueue::note_taken(std::size_t level, std::size_t bytes) {
    bytes_ -= bytes;
    bytes_of_[level] -= bytes;
    --lines_;
}

bool LineQueue::make_room(Level level, std::size_t bytes) {
    const auto own = static_cast<std::size_t>(level);
    std::size_t lower_lines = 0, lower_bytes = 0;
    for (std::size_t lower = 0; lower < own; ++lower) {
        lower_lines += by_level_[lower].size();
        lower_bytes += bytes_of_[lower];
    }
    // Nothing is thrown away for a line that finds no room even so.
    if (lines_ - lower_lines + 1 > limits_.lines || bytes_ - lower_bytes + bytes > limits_.bytes) return false;
    for (std::size_t lower = 0; lower < own; ++lower) {
        while (!has_room_for(bytes) && !by_level_[lower].empty()) {
            note_taken(lower, by_level_[lower].back().text.size());
            by_level_[lower].pop_back();
            ++dropped_[lower];
        }
    }
    return true;
}

bool LineQueue::push(Level level, std::string line) {
    if (!has_room_for(line.size()) && !make_room(level, line.size())) {
        count_lost(level);
        return false;
    }
    const auto own = static_cast<std::size_t>(level);
    bytes_ += line.size();
    bytes_of_[own] += line.size();
    ++lines_;
    by_level_[own].push_back({next_number_++, std::move(line)});
    return true;
}

std::optional<std::string> LineQueue::pop() {
    std::deque<Line>* oldest = nullptr;
    for (std::size_t level = 0; level < kLevels; ++level) {
        auto& lines = by_level_[level];
        if (lines.empty() || (oldest != nullptr && oldest->front().number < lines.front().number)) continue;
        oldest = &lines;
        last_level_ = static_cast<Level>(level);
    }
    if (oldest == nullptr) return std::nullopt;
    std::string text = std::move(oldest->front().text);
    oldest->pop_front();
    note_taken(static_cast<std::size_t>(last_level_), text.size());
    return text;
}

void LineQueue::forget(const Dropped& told) {
    for (std::size_t level = 0; level < kLevels; ++level) dropped_[level] -= told[level];
}

}  // namespace taktd::log
