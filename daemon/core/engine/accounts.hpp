// SPDX-License-Identifier: Apache-2.0
// Accounts: one limiter for each, which outlives configs and processes (R6), and which provider a stop goes through.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// The account that requests of this provider go through; it is made when it is first asked for.
Account& account_of(EngineState& engine, const ProviderSpec& provider);
/// A config says what counts from now on; what it says is kept for a recovery that comes before the next one.
void tell_limits(EngineState& engine);
/// Whether one more intent may be written now, with `ahead` others written and not sent; if not, the account comes
/// again.
bool may_admit(EngineState& engine, Account& account, CallClass call_class, std::size_t ahead, Duration horizon);
/// The config's provider where the plan's has been, if it is another account by now.
ProviderPtr successor_of(const EngineState& engine, const ProviderSpec& owed);

}  // namespace taktd
