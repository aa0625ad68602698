// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/actions.hpp"

#include <algorithm>
#include <vector>

#include <boost/json.hpp>

#include "providers/json_values.hpp"

namespace taktd::tencent_cfg {
namespace {

namespace json = boost::json;

// Values of the vendor's PolicyDealType, ActionAttribute, TaskGroupActionStatus and its StatusType.
constexpr std::int64_t kRollBack = 1;
constexpr std::int64_t kFault = 1, kRecovery = 2;
constexpr std::int64_t kNotStarted = 2001, kWaiting = 2002, kExecuting = 2003, kEnded = 2004;
constexpr std::int64_t kSuccess = 1, kFailure = 2, kTerminated = 3, kSkipped = 4;

constexpr std::size_t kNamesMax = 20;
constexpr std::size_t kTitleMax = 60;  // characters

struct TaskAction {
    std::int64_t attribute = 0, status = 0, type = 0;
    // Ids of one task's actions; 0 where the vendor shows none.
    std::int64_t id = 0, random_id = 0, recover_id = 0, execute_id = 0;
    bool is_partly_done = false;  ///< it succeeded in some of its instances
    std::string title;

    bool has_run(std::int64_t how) const { return status == kEnded && type == how; }
};

bool succeeded_somewhere(const json::value* instances) {
    if (instances == nullptr || !instances->is_array()) return false;
    return std::ranges::any_of(instances->get_array(), [](const json::value& instance) {
        return integer_of(member(&instance, "TaskGroupInstanceStatusType")) == kSuccess;
    });
}

std::optional<TaskAction> read_action(const json::value& value) {
    const auto attribute = integer_of(member(&value, "ActionAttribute"));
    const auto status = integer_of(member(&value, "TaskGroupActionStatus"));
    const auto type = integer_of(member(&value, "TaskGroupActionStatusType"));
    if (attribute != kFault && attribute != kRecovery) return std::nullopt;
    if (!status || *status < kNotStarted || *status > kEnded) return std::nullopt;
    if (*status == kEnded && (!type || *type < kSuccess || *type > kSkipped)) return std::nullopt;
    const auto id = [&](const char* name) { return integer_of(member(&value, name)).value_or(0); };
    return TaskAction{.attribute = *attribute,
                      .status = *status,
                      .type = type.value_or(0),
                      .id = id("TaskGroupActionId"),
                      .random_id = id("TaskGroupActionRandomId"),
                      .recover_id = id("TaskGroupActionRecoverId"),
                      .execute_id = id("TaskGroupActionExecuteId"),
                      .is_partly_done = succeeded_somewhere(member(&value, "TaskGroupInstances")),
                      .title = text_of(member(&value, "ActionTitle"), kTitleMax)};
}

/// The actions of every group; `all_read` turns false when one of them, or a whole list, cannot be read.
std::vector<TaskAction> read_groups(const json::array& groups, bool& all_read) {
    std::vector<TaskAction> actions;
    for (const auto& group : groups) {
        const auto* list = member(&group, "TaskGroupActions");
        if (list == nullptr || !list->is_array()) {
            all_read = false;
            continue;
        }
        for (const auto& each : list->get_array()) {
            if (auto action = read_action(each)) {
                actions.push_back(std::move(*action));
            } else {
                all_read = false;
            }
        }
    }
    return actions;
}

// The pages say that these fields pair a fault with its recovery, and not which id each of them holds.
bool is_pair(const TaskAction& fault, const TaskAction& recovery) {
    const auto same = [](std::int64_t one, std::int64_t other) { return one != 0 && one == other; };
    return same(fault.recover_id, recovery.random_id) || same(fault.recover_id, recovery.id) ||
           same(fault.recover_id, recovery.recover_id) || same(recovery.execute_id, fault.random_id) ||
           same(recovery.execute_id, fault.id);
}

// A fault that is being injected, was cut while it was, or failed in some instances only, may be in place as well as
// one that succeeded.
bool was_injected(const TaskAction& action) {
    return action.attribute == kFault &&
           (action.status == kExecuting || action.has_run(kSuccess) || action.has_run(kTerminated) ||
            (action.has_run(kFailure) && action.is_partly_done));
}

bool is_undone(const TaskAction& fault, const std::vector<TaskAction>& actions) {
    bool has_recovery = false;
    for (const auto& action : actions) {
        if (action.attribute != kRecovery || !is_pair(fault, action)) continue;
        if (!action.has_run(kSuccess) && !action.has_run(kSkipped)) return false;
        has_recovery = true;
    }
    return has_recovery;
}

std::string name_of_action(const TaskAction& action) {
    const std::string id = action.id != 0 ? "action " + std::to_string(action.id) : "an action without an id";
    return action.title.empty() ? id : action.title + " (" + id + ")";
}

std::string residue_of(const std::vector<TaskAction>& actions) {
    std::string text;
    std::size_t names = 0;
    for (const auto& action : actions) {
        if (!was_injected(action) || is_undone(action, actions)) continue;
        if (++names > kNamesMax) continue;
        text += (text.empty() ? "" : ", ") + name_of_action(action);
    }
    if (names > kNamesMax) text += ", and " + std::to_string(names - kNamesMax) + " more";
    return text;
}

// "When an action fails, the drill goes over to manual and waits for a click on execute or skip": its status stays the
// same. While an action is being executed nobody is waited for.
std::string waiting_action(const std::vector<TaskAction>& actions, const Observation& seen) {
    if (seen.remote != RemoteState::running) return {};
    if (std::ranges::any_of(actions, [](const TaskAction& a) { return a.status == kExecuting; })) return {};
    for (const auto& action : actions) {
        if (action.has_run(kFailure)) return name_of_action(action) + " has failed";
    }
    for (const auto& action : actions) {
        if (action.status == kWaiting && seen.mode == "manual") return name_of_action(action) + " is to be executed";
    }
    return {};
}

bool rolls_back(const json::value* task) {
    auto policy = integer_of(member(task, "PolicyDealType"));
    if (!policy) policy = integer_of(member(member(task, "TaskPolicy"), "TaskPolicyDealType"));
    return policy == kRollBack;
}

}  // namespace

void read_actions(const json::value* task, Observation& seen) {
    seen.rolls_back = rolls_back(task);
    const auto* groups = member(task, "TaskGroups");
    if (groups == nullptr || !groups->is_array() || groups->get_array().empty()) return;
    bool all_read = true;
    const auto actions = read_groups(groups->get_array(), all_read);
    if (actions.empty()) return;
    auto residue = residue_of(actions);
    if (all_read || !residue.empty()) seen.residue = std::move(residue);
    const auto is_to_come = [](const TaskAction& a) { return a.attribute == kRecovery && a.status != kEnded; };
    seen.is_recovered = all_read && std::ranges::none_of(actions, is_to_come);
    seen.waits_for = waiting_action(actions, seen);
}

Outcome outcome_of_trigger(const json::value* response) {
    const auto* success = member(response, "Success");
    if (success == nullptr || !success->is_bool()) return Outcome::uncertain;
    return success->get_bool() ? Outcome::accepted : Outcome::refused_final;
}

}  // namespace taktd::tencent_cfg
