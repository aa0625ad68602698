// SPDX-License-Identifier: Apache-2.0
// Watches the open obligations for those that are not discharged in time. It decides nothing: a stop that is overdue is
// retried by the engine as ever; this makes sure that it is never silent.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "daemon/core/model/rows.hpp"

namespace taktd {

class OverdueWatch {
public:
    /// What is overdue (ends.hpp) is said at once, again after a minute, doubling up to an hour.
    static constexpr Duration kRepeatInitial = std::chrono::minutes{1};
    static constexpr Duration kRepeatMax = std::chrono::hours{1};

    struct Overdue {
        RunId run;
        std::string job, provider;
        RunState state = RunState::stopping;
        WallTime stop_due;
        Duration late{};
    };

    void note(const RunRow& run);
    /// Those to speak of now, each with when it should have stopped.
    std::vector<Overdue> take_overdue(WallTime now);
    /// When to ask again.
    std::optional<WallTime> next() const;

private:
    struct Watched {
        Overdue about;
        WallTime at;  ///< when to speak
        Duration repeat = kRepeatInitial;
    };
    std::map<RunId, Watched> watched_;
    std::set<std::pair<WallTime, RunId>> agenda_;
};

}  // namespace taktd
