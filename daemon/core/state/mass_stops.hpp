// SPDX-License-Identifier: Apache-2.0
// Stops of many runs at once, one after another: each is carried out in slices, so that ten thousand runs do not hold
// up the step that asks for it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/model/effects.hpp"
#include "daemon/core/state/stop_pursuit.hpp"

namespace taktd {

struct MassStop {
    CommandId command = 0;
    StopCause cause;
    std::deque<RunId> left;
    std::vector<RunId> asked{};  ///< their end has been asked for by this one
};

class MassStops {
public:
    void begin(MassStop stop) { waiting_.push_back(std::move(stop)); }
    bool is_idle() const { return waiting_.empty(); }
    /// Of the oldest one; nothing: it is done, and take_done() yields it.
    std::optional<RunId> take_next() {
        if (waiting_.front().left.empty()) return std::nullopt;
        RunId next = std::move(waiting_.front().left.front());
        waiting_.front().left.pop_front();
        return next;
    }
    MassStop& current() { return waiting_.front(); }
    MassStop take_done() {
        MassStop done = std::move(waiting_.front());
        waiting_.pop_front();
        return done;
    }

private:
    std::deque<MassStop> waiting_;
};

}  // namespace taktd
