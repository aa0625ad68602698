// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/clock_correction_sql.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/json/text.hpp"
#include "daemon/store/sqlite/row_reading.hpp"

namespace taktd {
namespace {

void run_at(SQLite::Database& db, const char* sql, WallTime at) {
    SQLite::Statement statement{db, sql};
    statement.bind(1, to_ns(at));
    statement.exec();
}

}  // namespace

void apply_clock_row(SQLite::Database& db, const ClockRow& row) {
    // A run that was never sent gives its occurrence back; every other one keeps it. (A scheduled run is due to start
    // at its occurrence, and by that there is an index.)
    run_at(db,
           "UPDATE runs SET occurrence_ns = NULL WHERE start_due_ns > ?1 AND occurrence_ns > ?1 AND state = 'skipped'",
           row.at);
    run_at(db,
           "INSERT OR IGNORE INTO occurrences_ahead (job, occurrence_ns) SELECT job, occurrence_ns FROM runs "
           "WHERE start_due_ns > ?1 AND occurrence_ns > ?1",
           row.at);
    run_at(db, "DELETE FROM gaps WHERE first_ns > ?", row.at);
    run_at(db, "UPDATE limiters SET at_ns = ?1 WHERE at_ns > ?1", row.at);
    run_at(db,
           "UPDATE OR REPLACE foreign_runs SET first_seen_ns = min(first_seen_ns, ?1), last_seen_ns = ?1 "
           "WHERE ended = 0 AND last_seen_ns > ?1",
           row.at);
    // A run that ended then is looked at once more after what was left of its window.
    SQLite::Statement looks{db, "UPDATE last_looks SET due_ns = ?1 + max(due_ns - ?2, 0) WHERE due_ns > ?1"};
    looks.bind(1, to_ns(row.at));
    looks.bind(2, to_ns(row.newest));
    looks.exec();
    run_at(db, "UPDATE meta SET value = ? WHERE key = 'newest_ns'", row.at);
    SQLite::Statement audit{db,
                            "INSERT OR IGNORE INTO clock_corrections (at_ns, newest_ns, last_run, actor, reason) "
                            "VALUES (?, ?, (SELECT coalesce(max(rowid), 0) FROM runs), ?, ?)"};
    audit.bind(1, to_ns(row.at));
    audit.bind(2, to_ns(row.newest));
    audit.bind(3, storable_text(row.actor, kNoteBytesMax));
    audit.bind(4, storable_text(row.reason, kNoteBytesMax));
    audit.exec();
}

}  // namespace taktd
