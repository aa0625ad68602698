// SPDX-License-Identifier: Apache-2.0
// The store as the daemon reads it: obligations first, the rest before the first config.
#pragma once

#include <utility>

#include "daemon/core/model/rows.hpp"

namespace taktd::test {

/// Takes out of `found` what Remembered brings.
inline Snapshot take_past(Snapshot& found) {
    Snapshot past;
    past.jobs = std::exchange(found.jobs, {});
    past.disposed_ahead = std::exchange(found.disposed_ahead, {});
    past.schedules = std::exchange(found.schedules, {});
    past.request_keys = std::exchange(found.request_keys, {});
    past.foreign = std::exchange(found.foreign, {});
    past.cut_calls = std::exchange(found.cut_calls, {});
    return past;
}

}  // namespace taktd::test
