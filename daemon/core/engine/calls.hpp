// SPDX-License-Identifier: Apache-2.0
// Calls: an intent is written, released once it is durable, or withdrawn while nothing has left this process (R1).
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// A call with an id of its own. It is sent by release(), or its intent is written first.
PendingCall& make_call(EngineState& engine, CallSpec spec, CallClass call_class, Purpose purpose);
/// From now on it waits for its permit only.
void make_ready(EngineState& engine, PendingCall& call);
/// The request leaves with this step; the account is charged for it.
void release(EngineState& engine, PendingCall& call);
/// It never leaves, and its row says so.
void withdraw_call(EngineState& engine, const CallId& id);
/// A call about one task, with the parameters of its start.
CallSpec spec_of(const ProviderPtr& provider, Action action, const TaskSpec& task);
/// A call about the run, by its plan.
CallSpec spec_of(const RunRow& run, Action action);
/// What is known of a run before it has started.
Placeholders start_placeholders(const RunRow& row);
/// The vendor's code and words, as a note shows them.
std::string problem_of(const CallResult& result);

}  // namespace taktd
