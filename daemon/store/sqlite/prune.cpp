// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/prune.hpp"

#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/sql_text.hpp"

namespace taktd {
namespace {

std::vector<std::string> old_runs(SQLite::Database& db, WallTime before) {
    SQLite::Statement row{db, "SELECT id FROM runs INDEXED BY runs_done_age WHERE " TAKTD_DONE
                              " AND updated_ns < ? AND obligation <> 'open' ORDER BY updated_ns LIMIT ?"};
    row.bind(1, to_ns(before));
    row.bind(2, kPruneRunsPerStep);
    std::vector<std::string> ids;
    while (row.executeStep()) ids.push_back(row.getColumn(0).getString());
    return ids;
}

void delete_by_run(SQLite::Database& db, const char* sql, const std::vector<std::string>& ids) {
    SQLite::Statement statement{db, sql};
    for (const std::string& id : ids) {
        statement.reset();
        statement.bindNoCopy(1, id);
        statement.exec();
    }
}

int delete_old_queries(SQLite::Database& db, WallTime before) {
    SQLite::Statement statement{db,
                                "DELETE FROM calls WHERE rowid IN (SELECT rowid FROM calls INDEXED BY calls_query_age "
                                "WHERE action = 'query' AND done_ns < ? ORDER BY done_ns LIMIT ?)"};
    statement.bind(1, to_ns(before));
    statement.bind(2, kPruneQueriesPerStep);
    return statement.exec();
}

}  // namespace

bool prune_some(SQLite::Database& db, const PruneRequest& request) {
    SQLite::Transaction transaction{db, SQLite::TransactionBehavior::IMMEDIATE};
    const std::vector<std::string> ids = old_runs(db, request.finished_before);
    delete_by_run(db, "DELETE FROM calls WHERE run_id = ?", ids);  // takes its call_runs along
    delete_by_run(db, "DELETE FROM call_runs WHERE run_id = ?", ids);
    delete_by_run(db, "DELETE FROM runs WHERE id = ?", ids);  // takes its transitions along
    const int queries = delete_old_queries(db, request.queries_before);
    SQLite::Statement gaps{db, "DELETE FROM gaps WHERE recorded_ns < ?"};
    gaps.bind(1, to_ns(request.finished_before));
    gaps.exec();
    SQLite::Statement actions{db, "DELETE FROM actions WHERE at_ns < ?"};
    actions.bind(1, to_ns(request.finished_before));
    actions.exec();
    transaction.commit();
    return ids.size() == kPruneRunsPerStep || queries == kPruneQueriesPerStep;
}

}  // namespace taktd
