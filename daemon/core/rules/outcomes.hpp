// SPDX-License-Identifier: Apache-2.0
// What an answer says, whatever the call was.
#pragma once

#include "daemon/core/model/call.hpp"

namespace taktd {

/// It certainly changed nothing at the vendor.
inline bool had_no_effect(Outcome outcome) { return outcome != Outcome::accepted && outcome != Outcome::uncertain; }

/// Only an answer that the vendor gave after it had checked the signature shows that the credentials work.
inline bool shows_authentication(Outcome outcome) {
    return outcome == Outcome::accepted || outcome == Outcome::conflict || outcome == Outcome::refused_final ||
           outcome == Outcome::refused_retryable;
}

/// What the answer shows of the task: `unknown` if it does not show it.
inline Observation seen_of(const CallResult& result, const std::string& task_id) {
    const auto seen = result.observations.find(task_id);
    return seen == result.observations.end() ? Observation{} : seen->second;
}

}  // namespace taktd
