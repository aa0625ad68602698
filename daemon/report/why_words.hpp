// SPDX-License-Identifier: Apache-2.0
// What the reasons of a run mean, as sentences.
#pragma once

#include <string>

#include "daemon/store/queries.hpp"

namespace taktd::report {

/// Why a run was skipped, or failed before anything of it ran.
std::string words_of_refusal(Reason reason);
/// Why a run is to be stopped.
std::string words_of_stop(Reason reason);
/// What ended a run that had been started; `was_stopping`: a stop was wanted before.
/// `may_be_ours`: a stop of ours was sent, and its answer does not say that it had no effect.
std::string words_of_end(RunState state, Reason reason, bool was_stopping, bool may_be_ours);
/// What the last look at a task that should have ended showed, and why that is no proof of its end.
std::string words_of_last_look(RemoteState remote);

}  // namespace taktd::report
