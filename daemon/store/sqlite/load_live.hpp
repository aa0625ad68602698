// SPDX-License-Identifier: Apache-2.0
// The live runs and what recovery needs of each, found by the index of live runs: finished runs are not looked at,
// however many there are. One that cannot be read does not hide the others.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// In order of their starts. What cannot be read is left out and told in `damage`, a sentence each. Throws StoreError
/// if there may be live runs and none can be read: then nothing can be stopped, and nobody should think so.
std::vector<RecoveredRun> load_live(SQLite::Database& database, std::vector<std::string>& damage);

}  // namespace taktd
