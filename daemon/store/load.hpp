// What recovery needs of the store, read in a few queries that touch only what is live, however many finished runs
// there are.
#pragma once

#include "daemon/core/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

/// Everything but clean_stop and first_start, which opening found out; limiters as stored. Throws StoreError.
Snapshot load_snapshot(SQLite::Database& database);

/// For the readers, which show the same rows.
std::vector<JobStateRow> load_job_states(SQLite::Database& database);
std::vector<HoldRow> load_holds(SQLite::Database& database);
std::vector<GapRow> load_gaps(SQLite::Database& database);
/// The newest instant that was written; epoch if none was.
WallTime load_newest(SQLite::Database& database);

}  // namespace taktd
