// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin_tasks.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace taktd::tencent_cfg_twin {
namespace {

constexpr std::int64_t kNotStarted = 1001, kExecuting = 1002, kPaused = 1003, kEnded = 1004;
constexpr std::int64_t kAutomatic = 2;  // TaskMode
constexpr std::int64_t kSuccess = 1, kFailure = 2, kTerminated = 3;

VendorError no_such_task(std::int64_t id) {
    return {"InvalidParameterValue", "The task `" + std::to_string(id) + "` does not exist."};
}
VendorError unsupported(const std::string& why) {
    return {"UnsupportedOperation", "The operation is not supported: " + why};
}
VendorError denied(const std::string& why) { return {"OperationDenied", "The operation is rejected: " + why}; }

}  // namespace

void Tasks::define(const TwinTask& definition) {
    std::int64_t id = 0;
    const char* const end = definition.task_id.data() + definition.task_id.size();
    const auto [rest, error] = std::from_chars(definition.task_id.data(), end, id);
    if (error != std::errc{} || rest != end) {
        throw std::invalid_argument{"a CFG task's id is an integer, not '" + definition.task_id + "'"};
    }
    Task& task = tasks_[id];
    task.definition = definition;
    if (!task.run) task.drill.define(definition);
}

std::int64_t Tasks::create(TwinTask definition, Settings settings, WallTime now) {
    while (tasks_.contains(next_id_)) ++next_id_;
    Task& task = tasks_[next_id_];
    task.definition = std::move(definition);
    task.definition.task_id = std::to_string(next_id_);
    task.settings = std::move(settings);
    task.drill.define(task.definition);
    task.created = task.updated = now;
    return next_id_++;
}

void Tasks::advance(WallTime now) {
    for (auto& [id, task] : tasks_) {
        if (task.created == WallTime{}) task.created = task.updated = now;
        advance(task, now);
    }
}

void Tasks::advance(Task& task, WallTime now) {
    if (task.begins_at && *task.begins_at <= now) begin(task, *task.begins_at);
    const bool terminates = task.terminates_at && *task.terminates_at <= now;
    const bool ends_itself = task.ends_itself_at && *task.ends_itself_at <= now;
    const bool is_rolled_back = task.rolled_back_at && *task.rolled_back_at <= now;
    if (is_rolled_back && (!terminates || *task.rolled_back_at < *task.terminates_at)) {
        const WallTime at = *task.rolled_back_at;
        task.rolled_back_at.reset();
        task.drill.finish_recoveries();
        if (task.status == kExecuting) stand_still(task, at);
    }
    if (ends_itself && task.ends_itself_at && (!terminates || *task.ends_itself_at < *task.terminates_at)) {
        end_by_itself(task, *task.ends_itself_at);
    } else if (terminates) {
        end(task, *task.terminates_at, kTerminated, "stop");
    }
}

// A drill that fails leaves its faults where they are; any other runs its recoveries first.
void Tasks::end_by_itself(Task& task, WallTime at) {
    task.ends_itself_at.reset();
    if (task.definition.fails) return end(task, at, kFailure, "failure");
    if (task.drill.recover_at_end()) end(task, at, kSuccess, "itself");
}

void Tasks::stand_still(Task& task, WallTime at) {
    task.status = kPaused;
    task.updated = at;
    if (task.ends_itself_at) task.left_when_paused = *task.ends_itself_at - at;
    task.ends_itself_at.reset();
}

void Tasks::begin(Task& task, WallTime at) {
    task.begins_at.reset();
    task.status = kExecuting;
    task.status_type = 0;
    task.started = task.updated = at;
    task.ended.reset();
    task.conclusion.reset();
    task.is_rail_set_off = false;
    task.drill.define(task.definition);
    task.drill.begin(task.settings.mode == kAutomatic);
    const bool waits = task.drill.turned_manual();
    if (task.definition.ends_itself_after && !waits) task.ends_itself_at = at + *task.definition.ends_itself_after;
}

void Tasks::end(Task& task, WallTime at, std::int64_t status_type, const std::string& by) {
    task.status = kEnded;
    task.status_type = status_type;
    task.ended = task.updated = at;
    task.begins_at.reset();
    task.ends_itself_at.reset();
    task.terminates_at.reset();
    task.rolled_back_at.reset();
    task.left_when_paused.reset();
    task.drill.terminate();
    if (task.run) {
        runs_[*task.run].ended = at;
        runs_[*task.run].residue = task.drill.residue();
        runs_[*task.run].ended_by = by;
        task.run.reset();
    }
}

std::optional<VendorError> Tasks::execute(std::int64_t id, WallTime now) {
    advance(now);
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return no_such_task(id);
    Task& task = found->second;
    // ResourceInUse and OperationDenied are not among the codes that the vendor lists for ExecuteTask.
    if (task.run) return unsupported("the task is in progress.");
    return start(task, now);
}

std::optional<VendorError> Tasks::modify(std::int64_t id, std::int64_t status,
                                         const std::optional<Conclusion>& conclusion, WallTime now) {
    advance(now);
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return no_such_task(id);
    Task& task = found->second;
    if (status == kExecuting) return task.status == kPaused ? resume(task, now) : start(task, now);
    if (status == kPaused) return pause(task, now);
    if (status == kEnded) return terminate(task, conclusion, now);
    return unsupported("a task cannot be set back to not started.");
}

std::optional<VendorError> Tasks::start(Task& task, WallTime now) {
    if (task.run) {
        return VendorError{"ResourceInUse", "Resources are occupied: the task is in progress."};
    }
    if (task.status == kEnded && !task.definition.reruns) return unsupported("the task has ended.");
    task.run = runs_.size();
    runs_.push_back({.task_id = task.definition.task_id, .started = now, .ended = std::nullopt, .ended_by = ""});
    task.begins_at = now + task.definition.waits_for;
    advance(task, now);
    return std::nullopt;
}

std::optional<VendorError> Tasks::pause(Task& task, WallTime now) {
    if (task.status == kPaused) return denied("the task is paused already.");
    if (task.status != kExecuting) return unsupported("the task is not in progress.");
    if (task.terminates_at) return denied("the task is being ended.");
    stand_still(task, now);
    return std::nullopt;
}

std::optional<VendorError> Tasks::resume(Task& task, WallTime now) {
    if (task.terminates_at) return denied("the task is being ended.");
    task.status = kExecuting;
    task.updated = now;
    if (task.left_when_paused) task.ends_itself_at = now + *task.left_when_paused;
    task.left_when_paused.reset();
    return std::nullopt;
}

std::optional<VendorError> Tasks::terminate(Task& task, const std::optional<Conclusion>& conclusion, WallTime now) {
    if (!task.run) return unsupported(task.status == kEnded ? "the task has ended." : "the task has not started.");
    if (task.terminates_at) return denied("the task is being ended.");
    task.conclusion = conclusion;
    task.terminates_at = now + task.definition.stopping_takes;
    // A task that has been accepted but not begun never begins.
    task.begins_at.reset();
    task.updated = now;
    advance(task, now);
    return std::nullopt;
}

// "Pending recovery actions are executed by themselves, and when they are done the drill pauses."
Result<bool, VendorError> Tasks::trigger(std::int64_t id, WallTime now) {
    advance(now);
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return unexpected{no_such_task(id)};
    Task& task = found->second;
    const bool is_in_progress = task.status == kExecuting || task.status == kPaused;
    if (!task.run || !is_in_progress) return unexpected{unsupported("the task is not in progress.")};
    if (task.rail() == GuardRail::none) return unexpected{unsupported("the task has no guard rail.")};
    if (task.is_rail_set_off || task.terminates_at) return false;
    task.is_rail_set_off = true;
    if (task.rail() == GuardRail::pause) {
        if (task.status == kExecuting) stand_still(task, now);
        return true;
    }
    // What is left of its time does not pass while its recoveries run.
    if (task.ends_itself_at) task.left_when_paused = *task.ends_itself_at - now;
    task.ends_itself_at.reset();
    task.rolled_back_at = task.drill.roll_back(now);
    task.updated = now;
    advance(task, now);
    return true;
}

GuardRail Task::rail() const {
    if (!settings.policy_deal_type) return definition.rail;
    return *settings.policy_deal_type == 1 ? GuardRail::roll_back : GuardRail::pause;
}

std::vector<TwinRun> Tasks::runs() const {
    std::vector<TwinRun> runs = runs_;
    for (const auto& [id, task] : tasks_) {
        if (task.run) runs[*task.run].residue = task.drill.residue();
    }
    return runs;
}

const Task* Tasks::find(std::int64_t id) const {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : &found->second;
}

}  // namespace taktd::tencent_cfg_twin
