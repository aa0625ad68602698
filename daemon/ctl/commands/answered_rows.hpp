// SPDX-License-Identifier: Apache-2.0
// Rows out of what the API answers, as the store would give them: the other direction of report/json_values.hpp. So one
// table shows both. What is missing or of another form becomes empty; a newer daemon may say more.
#pragma once

#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/store/json/stop_plan_json.hpp"
#include "daemon/store/queries.hpp"

namespace taktd::ctl {

/// Nothing for what is no run.
std::optional<RunRow> run_in(const json::object& object, StopPlanReader& plans);
TransitionRow transition_in(const json::object& object);
ToldTransition told_transition_in(const json::object& object);
CallRow call_in(const json::object& object);
ForeignRow foreign_in(const json::object& object);
std::optional<RunHistory> history_in(const json::object& object);

}  // namespace taktd::ctl
