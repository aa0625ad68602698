// SPDX-License-Identifier: Apache-2.0
// Rows of steps that only the log holds for sure: if somebody removes or cuts it, they are written once more.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "daemon/store/store.hpp"

namespace taktd {

class KeptRows {
public:
    void keep(SharedRows step) {
        if (step->empty()) return;
        count_ += step->size();
        steps_.push_back(std::move(step));
    }

    /// What was kept. `is_whole`: the file holds what it told.
    std::deque<SharedRows> forget(bool is_whole) {
        count_ = 0;
        is_whole_ = is_whole;
        return std::exchange(steps_, {});
    }

    bool empty() const { return steps_.empty(); }
    std::size_t count() const { return count_; }
    /// They are all that the log holds and the file does not.
    bool is_whole() const { return is_whole_; }
    std::vector<std::span<const Row>> steps() const {
        std::vector<std::span<const Row>> steps;
        for (const auto& step : steps_) steps.emplace_back(*step);
        return steps;
    }

private:
    std::deque<SharedRows> steps_;
    std::size_t count_ = 0;
    bool is_whole_ = false;
};

}  // namespace taktd
