// SPDX-License-Identifier: Apache-2.0
// What a ClockRow means in the tables (core/clock_correction.hpp), and what a store shows of a clock that was ahead.
#pragma once

#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// Within the writer's transaction; applied twice it is as if applied once.
void apply_clock_row(SQLite::Database& database, const ClockRow& row);

}  // namespace taktd
