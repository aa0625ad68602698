// SPDX-License-Identifier: Apache-2.0
// Where the clocks of a zone change around an instant, in words: a time that does not exist, one that comes twice, a
// change while a run is under way. For `taktctl cron`, `plan` and `check`.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/calendar/schedule.hpp"

namespace taktd::report {

/// About `instant`, an occurrence of `rule`.
std::vector<std::string> notes_on_start(const StartRule& rule, WallTime instant);
/// About the changes in (start, stop].
std::vector<std::string> notes_between(WallTime start, WallTime stop, const Zone& zone);
/// The rule's zone; nothing for a one-shot, which is an instant.
ZonePtr zone_of(const StartRule& rule);

}  // namespace taktd::report
