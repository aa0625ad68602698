// SPDX-License-Identifier: Apache-2.0
// An id of which a part is lost is the end of what is written under it, and of nothing else: another one serves as
// well.
#pragma once

#include "daemon/store/salvage/salvage.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// Runs and calls whose ids are none get new ones, wherever they are named. Comes before anything reads them as rows.
void mend_ids(SQLite::Database& database, WallTime now, SalvageReport& report);

}  // namespace taktd
