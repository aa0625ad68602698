// SPDX-License-Identifier: Apache-2.0
// The operator's zone: $TZ, else /etc/localtime, by the IANA name where there is one, else as the C library sees it.
#pragma once

#include "daemon/core/calendar/zone.hpp"

namespace taktd::ctl {

/// Never null.
ZonePtr local_zone();

/// The zone of the C library's localtime(), read off its offsets.
ZonePtr zone_of_c_library();

}  // namespace taktd::ctl
