// SPDX-License-Identifier: Apache-2.0
// `control`: where taktctl, and whoever speaks HTTP, reach the daemon.
#pragma once

#include "daemon/settings/settings.hpp"
#include "daemon/settings/values/fields.hpp"

namespace taktd {

void read_control(const Field& field, Settings& settings, Findings& findings);

}  // namespace taktd
