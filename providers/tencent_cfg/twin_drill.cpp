// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin_drill.hpp"

#include <algorithm>

namespace taktd::tencent_cfg_twin {
namespace {

constexpr std::int64_t kIsFault = 1, kIsRecovery = 2;
constexpr std::int64_t kToBeExecuted = 2002, kExecuting = 2003, kOver = 2004;
constexpr std::int64_t kOk = 1, kFailed = 2, kCut = 3;
constexpr std::int64_t kFirstId = 5001, kFirstRandomId = 880'001;

void end_as(DrillAction& action, std::int64_t type) {
    action.status = kOver;
    action.type = type;
}

}  // namespace

void Drill::define(const TwinTask& definition) {
    actions_.clear();
    recovery_takes_ = definition.recovery_takes;
    recovery_fails_ = definition.recovery_fails;
    last_fault_fails_ = definition.turns_manual;
    turned_manual_ = false;
    const std::int64_t count = definition.faults + (definition.turns_manual ? 1 : 0);
    for (std::int64_t i = 0; i < 2 * count; ++i) {
        const bool is_fault = i < count;
        const std::int64_t number = is_fault ? i + 1 : i + 1 - count;
        actions_.push_back({.id = kFirstId + i,
                            .random_id = kFirstRandomId + i,
                            .partner = kFirstRandomId + (is_fault ? i + count : i - count),
                            .attribute = is_fault ? kIsFault : kIsRecovery,
                            .title = (is_fault ? "fault " : "recovery of fault ") + std::to_string(number)});
    }
}

void Drill::begin(bool is_automatic) {
    if (actions_.empty()) return;
    if (!is_automatic) {
        actions_.front().status = kToBeExecuted;
        return;
    }
    DrillAction* last = nullptr;
    for (auto& action : actions_) {
        if (action.attribute != kIsFault) continue;
        end_as(action, kOk);
        last = &action;
    }
    if (!last_fault_fails_) return;
    last->type = kFailed;
    turned_manual_ = true;
}

// A fault is undone by its own recovery; where a fault failed, or never ran, there is nothing to undo.
bool Drill::is_in_place(const DrillAction& fault) const {
    if (fault.attribute != kIsFault || fault.status != kOver || fault.type != kOk) return false;
    return std::ranges::none_of(actions_, [&](const DrillAction& other) {
        return other.random_id == fault.partner && other.status == kOver && other.type == kOk;
    });
}

WallTime Drill::roll_back(WallTime now) {
    for (auto& action : actions_) {
        if (action.attribute == kIsRecovery && action.status != kOver) action.status = kExecuting;
    }
    return now + recovery_takes_;
}

void Drill::finish_recoveries() {
    for (auto& action : actions_) {
        if (action.attribute == kIsRecovery && action.status != kOver) end_as(action, recovery_fails_ ? kFailed : kOk);
    }
}

bool Drill::recover_at_end() {
    const bool has_some = !actions_.empty();
    finish_recoveries();
    if (!has_some || residue().empty()) return true;
    turned_manual_ = true;
    return false;
}

void Drill::terminate() {
    for (auto& action : actions_) {
        if (action.status == kExecuting) end_as(action, kCut);
    }
}

bool Drill::is_recovering() const {
    return std::ranges::any_of(actions_, [](const DrillAction& a) { return a.status == kExecuting; });
}

std::string Drill::residue() const {
    std::string text;
    for (const auto& action : actions_) {
        if (is_in_place(action)) text += (text.empty() ? "" : ", ") + action.title;
    }
    return text;
}

}  // namespace taktd::tencent_cfg_twin
