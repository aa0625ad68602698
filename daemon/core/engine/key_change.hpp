// SPDX-License-Identifier: Apache-2.0
// Keys change while runs are live. A stop plan says where its account's secrets are; if those are gone or refused, and
// the config has others for the same place, the run's calls go through those: a stop must not fail for a key that was
// replaced.
#pragma once

#include "daemon/core/engine/state.hpp"

namespace taktd {

/// Another key stands where the plan points: requests are signed with it from now on, so they count at its bucket. What
/// the old one lacks the new one lacks too, for the vendor may count both as one.
void follow_keys(EngineState& engine);
/// From now on what the run owes goes through the account of `to`. An intent of a start that has not left is taken
/// back.
void change_account(EngineState& engine, LiveRun& run, const ProviderSpec& to);
/// What the run owes goes through the config's provider of that name from now on, if that is another account, and open.
/// False: there is none, and nothing has changed.
bool leave_account(EngineState& engine, LiveRun& run);

}  // namespace taktd
