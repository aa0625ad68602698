// SPDX-License-Identifier: Apache-2.0
// The columns named `detail`. transitions: a sentence, and for a start that was not made the facts that decided it, as
// `taktctl why` needs them. actions: what was asked for beside its target and reason.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daemon/core/model/rows.hpp"
#include "daemon/core/rules/policies.hpp"

namespace taktd {

/// `{"note": ..., "facts": {...}}`; empty if there is nothing to tell.
std::string detail_to_json(const TransitionRow& transition);

/// Fills `detail` and `facts`. What is no such JSON becomes the sentence as it stands; facts that cannot be read are
/// left out: they explain, nothing is decided by them again.
void detail_from_json(std::string_view text, TransitionRow& transition);

/// `{"run": ..., "until": ..., "note": ...}` of actions.detail; empty if there is nothing to tell.
std::string detail_to_json(const ActionRow& action);
/// What cannot be read is left out: nothing is decided by it.
void detail_from_json(std::string_view text, ActionRow& action);

}  // namespace taktd
