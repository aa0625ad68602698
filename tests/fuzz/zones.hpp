// SPDX-License-Identifier: Apache-2.0
// Zones whose tables stand here and not in the machine's tzdata, so that an input means the same everywhere.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/calendar/zone.hpp"

namespace taktd::fuzz {

/// UTC, Asia/Shanghai without summer time, Europe/Berlin, Australia/Lord_Howe (half an hour), Pacific/Apia (a day left
/// out). Null for any other name.
ZonePtr find_zone(const std::string& name);
std::vector<std::string> zone_names();

}  // namespace taktd::fuzz
