// SPDX-License-Identifier: Apache-2.0
// An agenda by instant beside a map by run; a run stands in both exactly while its obligation is open.
#include "daemon/runtime/overdue_watch.hpp"

#include <algorithm>

#include "daemon/core/rules/ends.hpp"

namespace taktd {

void OverdueWatch::note(const RunRow& run) {
    const auto known = watched_.find(run.id);
    if (run.obligation != Obligation::open) {
        if (known == watched_.end()) return;
        agenda_.erase({known->second.at, run.id});
        watched_.erase(known);
        return;
    }
    const WallTime stop_due = should_end_at(run);
    if (known != watched_.end()) {
        known->second.about.state = run.state;
        if (known->second.about.stop_due <= stop_due) return;
        agenda_.erase({known->second.at, run.id});
    }
    Watched watched;
    watched.about = {run.id, run.job, run.provider, run.state, stop_due, {}};
    watched.at = overdue_from(run);
    agenda_.emplace(watched.at, run.id);
    watched_[run.id] = std::move(watched);
}

std::vector<OverdueWatch::Overdue> OverdueWatch::take_overdue(WallTime now) {
    std::vector<Overdue> overdue;
    while (!agenda_.empty() && agenda_.begin()->first <= now) {
        const RunId run = agenda_.begin()->second;
        agenda_.erase(agenda_.begin());
        Watched& watched = watched_.at(run);
        watched.about.late = now - watched.about.stop_due;
        overdue.push_back(watched.about);
        watched.at = now + watched.repeat;
        watched.repeat = std::min(watched.repeat * 2, kRepeatMax);
        agenda_.emplace(watched.at, run);
    }
    return overdue;
}

std::optional<WallTime> OverdueWatch::next() const {
    if (agenda_.empty()) return std::nullopt;
    return agenda_.begin()->first;
}

}  // namespace taktd
