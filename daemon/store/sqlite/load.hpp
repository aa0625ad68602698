// SPDX-License-Identifier: Apache-2.0
// What recovery needs of the store. Obligations come first and by themselves, read in a few queries that touch only
// what is live, however many jobs and finished runs there are; the rest may come later.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

// What cannot be read is left out, and Snapshot::damage says so. Opening finds out clean_stop, first_start and
// found_damaged; limiters come as stored.

/// Live runs, ended ones that are looked at once more, holds, limiters, limits and the newest instant. Throws
/// StoreError as load_live() does.
Snapshot load_obligations(SQLite::Database& database);
/// Jobs, what was disposed of ahead, request keys, foreign runs, notifications and cut calls.
Snapshot load_past(SQLite::Database& database);
/// Adds what load_past() found.
void add_past(Snapshot& snapshot, Snapshot past);
/// What reads it later, on a connection of its own that sees the store as it is now; null if there can be none.
/// `reading` knows that connection as long as there is one.
std::function<Snapshot()> past_beside(const std::string& path, std::weak_ptr<void>& reading);
/// Both.
Snapshot load_snapshot(SQLite::Database& database);

/// For the readers, which show the same rows.
std::vector<JobStateRow> load_job_states(SQLite::Database& database);
std::vector<HoldRow> load_holds(SQLite::Database& database);
std::vector<GapRow> load_gaps(SQLite::Database& database);
/// Not ended.
std::vector<ForeignRow> load_foreign(SQLite::Database& database);
/// The newest instant that was written; epoch if none was.
WallTime load_newest(SQLite::Database& database);

}  // namespace taktd
