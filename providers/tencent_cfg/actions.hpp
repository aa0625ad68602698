// SPDX-License-Identifier: Apache-2.0
// What DescribeTask shows of a drill's actions: which faults may still be in place, whether its guard rail would undo
// them, and whether it waits for a person; and what TriggerPolicy, which sets the guard rail off, answers.
// Nobody has published that an end undoes a fault: recovery actions do. An action that cannot be read proves nothing.
#pragma once

#include <boost/json/fwd.hpp>

#include "daemon/core/model/model.hpp"

namespace taktd::tencent_cfg {

/// Fills in residue, is_recovered, rolls_back and waits_for of `seen`, whose `remote` and `mode` are read already. For
/// DescribeTask only: a list shows neither actions nor policy. A task without a policy has no guard rail.
void read_actions(const boost::json::value* task, Observation& seen);

/// Of an answer without an error: `Success` true is an accepted call, false (with HTTP 200) a refusal; without it the
/// answer says nothing.
Outcome outcome_of_trigger(const boost::json::value* response);

}  // namespace taktd::tencent_cfg
