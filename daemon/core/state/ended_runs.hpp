// SPDX-License-Identifier: Apache-2.0
// Runs that have ended: the last one of each task that is nobody's now, by which it is known again, and those that are
// looked at again because no stop of ours ended them.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/model/rows.hpp"
#include "daemon/core/state/book.hpp"

namespace taktd {

/// Of a run that has ended without a stop of ours: whether that was its end is asked once more.
struct LastLook {
    RunRow ended;
    WallTime due;
    std::optional<BootTime> not_shown_since;  ///< asked then, the vendor answered without showing the task...
    int not_shown = 0;                        ///< ...and so often since
    std::optional<BootTime> clear_since;  ///< asked then, the task did not show the run; one such look is not enough
    std::optional<CallId> query;
    int failures = 0;
};

class EndedRuns {
public:
    /// Our last run of its task, whose id at the vendor is known.
    void remember(const RunRow& ended);
    void forget(const std::string& task_key) { by_task_.erase(task_key); }
    /// Null: none is known.
    const RunRow* last_of(const std::string& task_key) const { return by_task_.find(task_key); }
    /// The task is ours again.
    std::optional<RunRow> take_last(const std::string& task_key);

    /// It is looked at again at `at`.
    LastLook& expect(const RunRow& ended, WallTime due, BootTime at);
    LastLook* find(const RunId& id) { return looks_.find(id); }
    void close(const RunId& id) { looks_.erase(id); }
    void look_at(const RunId& id, BootTime when) { looks_.look_at(id, when); }
    Agenda<BootTime, RunId>& agenda() { return looks_.agenda(); }

private:
    Book<RunRow> by_task_;
    TimedBook<LastLook, BootTime, RunId> looks_;  ///< by run
};

}  // namespace taktd
