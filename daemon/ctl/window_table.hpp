// Windows as rows for people: local times of each job's zone beside UTC, what would skip them, what to know. Shared by
// `taktctl plan` and `taktctl check`.
#pragma once

#include "daemon/ctl/planning.hpp"
#include "daemon/ctl/table.hpp"

namespace taktd::ctl {

Table window_table();
void add_window(Table& table, const PlannedWindow& window);

}  // namespace taktd::ctl
