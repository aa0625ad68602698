// SPDX-License-Identifier: Apache-2.0
// The store as the daemon reads it: obligations first, the rest before the first config.
#pragma once

#include <utility>

#include "daemon/core/model/past.hpp"

namespace taktd::test {

/// Takes out of `found` what Remembered brings.
inline Past take_past(Past& whole) {
    Past taken{{}, std::exchange(whole.schedules, {})};
    auto& [past, schedules] = taken;
    Snapshot& found = whole.snapshot;
    past.jobs = std::exchange(found.jobs, {});
    past.disposed_ahead = std::exchange(found.disposed_ahead, {});
    past.request_keys = std::exchange(found.request_keys, {});
    past.foreign = std::exchange(found.foreign, {});
    past.cut_calls = std::exchange(found.cut_calls, {});
    return taken;
}

}  // namespace taktd::test
