// SPDX-License-Identifier: Apache-2.0
// The tasks behind the stand-in: their states, what moves them, and the ground truth of what ever ran. Knows nothing of
// HTTP or JSON; the gateway in twin.cpp asks it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "providers/provider.hpp"
#include "providers/tencent_cfg/twin_drill.hpp"

namespace taktd::tencent_cfg_twin {

/// An error as the vendor says it.
struct VendorError {
    std::string code, message;
};

/// What ModifyTaskRunStatus says with an end.
struct Conclusion {
    bool is_expect = false;
    std::string summary;
};

/// What CreateTaskFromTemplate may say of the new task.
struct Settings {
    std::optional<std::string> title;
    std::string description;
    std::int64_t mode = 2;  ///< TaskMode: 1 manual, 2 automatic
    std::int64_t pause_minutes = 60;
    std::vector<std::vector<std::string>> groups;  ///< the instances of each
    std::vector<std::pair<std::string, std::string>> tags;
    std::optional<std::int64_t> policy_deal_type;
};

struct Task {
    TwinTask definition;
    Settings settings;
    std::int64_t status = 1001;    ///< TaskStatus
    std::int64_t status_type = 0;  ///< TaskStatusType: 0 not ended, 1 success, 2 failure, 3 terminated
    WallTime created, updated;
    std::optional<WallTime> started, ended;
    std::optional<Conclusion> conclusion;
    Drill drill;
    bool is_rail_set_off = false;

    // What is under way; each happens at its own instant, however late advance() comes.
    std::optional<WallTime> begins_at, ends_itself_at, terminates_at, rolled_back_at;
    std::optional<Duration> left_when_paused;
    std::optional<std::size_t> run;  ///< its line of the ground truth, from its accepted start to its end

    std::int64_t mode() const { return drill.turned_manual() ? 1 : settings.mode; }
    GuardRail rail() const;
    std::string title() const { return definition.name.empty() ? "task " + definition.task_id : definition.name; }
};

class Tasks {
public:
    void define(const TwinTask& definition);
    void advance(WallTime now);

    /// A new task, idle, with an id that no other has; what the definition says of an id does not count.
    std::int64_t create(TwinTask definition, Settings settings, WallTime now);

    std::optional<VendorError> execute(std::int64_t id, WallTime now);
    /// `status` is 1001 to 1004; the conclusion belongs to 1004.
    std::optional<VendorError> modify(std::int64_t id, std::int64_t status, const std::optional<Conclusion>& conclusion,
                                      WallTime now);
    /// TriggerPolicy with type 0. True: the guard rail is set off now; false: it was already.
    Result<bool, VendorError> trigger(std::int64_t id, WallTime now);

    const Task* find(std::int64_t id) const;
    const std::map<std::int64_t, Task>& all() const { return tasks_; }
    /// Of a run that goes on, with the faults that are in place now.
    std::vector<TwinRun> runs() const;

private:
    void advance(Task& task, WallTime now);
    void begin(Task& task, WallTime at);
    void end_by_itself(Task& task, WallTime at);
    void stand_still(Task& task, WallTime at);
    void end(Task& task, WallTime at, std::int64_t status_type, const std::string& by);

    std::optional<VendorError> start(Task& task, WallTime now);
    std::optional<VendorError> pause(Task& task, WallTime now);
    std::optional<VendorError> resume(Task& task, WallTime now);
    std::optional<VendorError> terminate(Task& task, const std::optional<Conclusion>& conclusion, WallTime now);

    std::map<std::int64_t, Task> tasks_;  // by id, the order of a list
    std::int64_t next_id_ = 3256;         // the one in the page's example
    std::vector<TwinRun> runs_;
};

}  // namespace taktd::tencent_cfg_twin
