// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/salvage/mend_ids.hpp"

#include <initializer_list>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/core/base/random.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {
namespace {

std::vector<std::string> unreadable_ids(SQLite::Database& db, const char* table) {
    SQLite::Statement row{db, std::string{"SELECT id FROM "} + table + " ORDER BY rowid"};
    std::vector<std::string> found;
    while (row.executeStep()) {
        std::string id = row.getColumn(0).getString();
        if (!Uuid::parse(id)) found.push_back(std::move(id));
    }
    return found;
}

void rename(SQLite::Database& db, std::initializer_list<const char*> updates, const std::string& from,
            const std::string& to) {
    for (const char* sql : updates) {
        SQLite::Statement update{db, sql};
        update.bind(1, to);
        update.bind(2, from);
        update.exec();
    }
}

}  // namespace

void mend_ids(SQLite::Database& db, WallTime now, SalvageReport& report) {
    UuidSource uuids{static_cast<std::uint64_t>(to_ns(now))};
    for (const std::string& id : unreadable_ids(db, "runs")) {
        const std::string other = uuids.next(now).text();
        rename(db,
               {"UPDATE runs SET id = ? WHERE id = ?", "UPDATE transitions SET run_id = ? WHERE run_id = ?",
                "UPDATE calls SET run_id = ? WHERE run_id = ?", "UPDATE call_runs SET run_id = ? WHERE run_id = ?"},
               id, other);
        report.repaired.push_back("run '" + id + "': that is not an id; it is run " + other + " now");
    }
    for (const std::string& id : unreadable_ids(db, "calls")) {
        const std::string other = uuids.next(now).text();
        rename(db, {"UPDATE calls SET id = ? WHERE id = ?", "UPDATE call_runs SET call_id = ? WHERE call_id = ?"}, id,
               other);
        report.repaired.push_back("call '" + id + "': that is not an id; it is call " + other + " now");
    }
}

}  // namespace taktd
