// SPDX-License-Identifier: Apache-2.0
// Windows as rows for people: local times of each job's zone beside UTC, what would skip them, what to know. Shared by
// `taktctl plan` and `taktctl check`.
#pragma once

#include "daemon/report/planning.hpp"
#include "daemon/report/table.hpp"

namespace taktd::report {

Table window_table();
void add_window(Table& table, const PlannedWindow& window);

}  // namespace taktd::report
