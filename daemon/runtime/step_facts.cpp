// SPDX-License-Identifier: Apache-2.0
// One row passes at most one point.
#include "daemon/runtime/step_facts.hpp"

namespace taktd {

std::vector<CrashPoint> crash_points_of(const std::vector<Row>& rows) {
    std::vector<CrashPoint> points;
    if (!kCrashPoints) return points;
    for (const auto& row : rows) {
        if (const auto* transition = std::get_if<TransitionRow>(&row)) {
            if (!transition->from && transition->to == RunState::due) points.push_back(CrashPoint::due_committed);
        } else if (const auto* call = std::get_if<CallRow>(&row)) {
            if (call->action == Action::start)
                points.push_back(call->result ? CrashPoint::outcome_committed : CrashPoint::intent_committed);
            if (call->action == Action::stop && !call->result) points.push_back(CrashPoint::stop_intent_committed);
        } else if (const auto* run = std::get_if<RunRow>(&row)) {
            if (run->obligation == Obligation::discharged) points.push_back(CrashPoint::discharged);
        }
    }
    return points;
}

}  // namespace taktd
