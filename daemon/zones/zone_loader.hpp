// SPDX-License-Identifier: Apache-2.0
// IANA zones from the system's tzdata (Howard Hinnant's date), read into the core's plain tables once per name.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/calendar/zone.hpp"

namespace taktd {

/// Null if the system has no zone of that name. Thread-safe; each zone is read once.
ZonePtr load_zone(const std::string& name);
std::vector<std::string> zone_names();

}  // namespace taktd
