// SPDX-License-Identifier: Apache-2.0
// An account whose credentials the provider refuses is closed: it sends nothing but probes until one is answered.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// What waits for a permit is taken back; runs that owe a stop are taken up again by reopen_account() or a probe.
void close_account(EngineState& engine, Account& account);
/// Every run of the account is looked at at once.
void reopen_account(EngineState& engine, Account& account);
/// Refused credentials are of no use to an owed stop; those of the config may be.
void leave_closed(EngineState& engine, Account& account);

}  // namespace taktd
