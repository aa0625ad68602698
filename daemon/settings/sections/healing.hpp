// SPDX-License-Identifier: Apache-2.0
// `stop.heal` and `stop.heal_within`: whether injected faults are undone before a stop, and how long that may delay it.
#pragma once

#include <optional>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/report/findings.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

/// Takes both keys from a `stop` section. How long a stop may be held up at most; nothing: the stop is sent at once,
/// which is all there is where the adapter cannot heal.
std::optional<Duration> read_healing(Section& stop, const AdapterSchema& schema, Findings& findings);

}  // namespace taktd
