// SPDX-License-Identifier: Apache-2.0
// Pages of runs and of transitions, for the reader: each is found by an index, from the place where the page before
// ended. Whoever calls holds the snapshot.
#pragma once

#include <string>
#include <vector>

#include "daemon/store/queries.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

Page<RunRow> list_run_rows(SQLite::Database& database, const RunFilter& filter);
Page<RunBrief> list_run_briefs(SQLite::Database& database, const RunFilter& filter);
/// Live ones, and those that have ended since `from`, due before `until`.
std::vector<RunBrief> briefs_between(SQLite::Database& database, WallTime from, WallTime until);
Page<ToldTransition> list_transitions(SQLite::Database& database, const TransitionFilter& filter);

/// The statements behind those, for the test that looks at their query plans. A run filter has one state at most here:
/// several are asked for one after the other. Parameters in order, as far as the filter has them: job, since, until,
/// the start and rowid of `behind`, provider, limit.
std::string list_runs_sql(const RunFilter& filter);
/// Since, until, the place behind which the page begins (three), limit; the job before them.
std::string list_transitions_sql(const TransitionFilter& filter);
/// `from`, then `until`; of the live ones only `until`.
std::string live_between_sql();
std::string done_between_sql();

}  // namespace taktd
