// SPDX-License-Identifier: Apache-2.0
// Rows are told apart by their shape: the columns of each table, as the schema of this program has them.
#include "daemon/store/salvage/salvage.hpp"

#include <algorithm>
#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/salvage/mend_ids.hpp"
#include "daemon/store/salvage/mend_runs.hpp"
#include "daemon/store/salvage/raw_pages.hpp"
#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/creation.hpp"
#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "daemon/store/sqlite/store_place.hpp"

namespace taktd {
namespace {

// Where a row has the shape of several tables, it is the first's. What a clean stop has left of the buckets is not
// copied: salvage follows anything but a clean stop. Nor are `limits`: until the next config stop plans say them.
constexpr const char* kTables[] = {"runs",  "transitions", "calls",        "job_state", "gaps",
                                   "holds", "call_runs",   "foreign_runs", "outbox",    "actions"};

struct ColumnShape {
    std::string name;
    bool is_text = false, may_be_null = false, may_be_missing = false, is_rowid = false;
};

/// A table of the new store, and the statement that fills it.
class Table {
public:
    Table(SQLite::Database& db, const std::string& name) : name_{name} {
        has_rowid_ = db.execAndGet("SELECT NOT wr FROM pragma_table_list WHERE name = '" + name + "'").getInt() != 0;
        SQLite::Statement row{
            db, "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info('" + name + "') " +
                    // Without rowids the key's columns come first on a page.
                    (has_rowid_ ? "ORDER BY cid" : "ORDER BY pk = 0, pk, cid")};
        while (row.executeStep()) {
            ColumnShape& column = columns_.emplace_back();
            column.name = row.getColumn(0).getString();
            column.is_text = row.getColumn(1).getString() == "TEXT";
            const bool has_default = row.getColumn(3).getInt() != 0;
            column.is_rowid = has_rowid_ && !column.is_text && row.getColumn(4).getInt() != 0;
            column.may_be_null = row.getColumn(2).getInt() == 0;
            column.may_be_missing = column.may_be_null || has_default;
        }
    }

    const std::string& name() const { return name_; }

    bool fits(const RawRecord& record) const {
        if (record.has_rowid != has_rowid_ || record.values.size() > columns_.size()) return false;
        // An index stands on the same kind of pages as a table without rowids: there nothing may be missing.
        if (!has_rowid_ && record.values.size() != columns_.size()) return false;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!fits(columns_[i], i < record.values.size() ? &record.values[i] : nullptr)) return false;
        }
        return true;
    }

    /// False if there is such a row already, or none like it may be there.
    bool insert(SQLite::Database& db, const RawRecord& record) {
        SQLite::Statement& statement = statement_for(db, record.values.size());
        statement.reset();
        for (std::size_t i = 0; i < record.values.size(); ++i) {
            const int at = static_cast<int>(i) + 1;
            const RawValue& value = record.values[i];
            if (columns_[i].is_rowid)
                statement.bind(at, record.rowid);
            else if (const auto* number = std::get_if<std::int64_t>(&value))
                statement.bind(at, *number);
            else if (const auto* text = std::get_if<std::string>(&value))
                statement.bind(at, *text);
            else
                statement.bind(at);
        }
        return statement.exec() != 0;
    }

private:
    static bool fits(const ColumnShape& column, const RawValue* value) {
        if (value == nullptr) return column.may_be_missing;  // from before the column was added
        if (std::holds_alternative<std::monostate>(*value)) return column.may_be_null || column.is_rowid;
        return std::holds_alternative<std::string>(*value) == column.is_text;
    }

    SQLite::Statement& statement_for(SQLite::Database& db, std::size_t count) {
        auto& statement = statements_[count];
        if (statement) return *statement;
        std::string names, marks, newer;
        for (std::size_t i = 0; i < count; ++i) {
            names += (i > 0 ? ", " : "") + columns_[i].name;
            marks += i > 0 ? ", ?" : "?";
            newer += (i > 0 ? ", " : "") + columns_[i].name + " = excluded." + columns_[i].name;
        }
        // Of two copies of a run (a page that was freed and not wiped) the newer one counts.
        const std::string otherwise =
            name_ == "runs" ? " ON CONFLICT (id) DO UPDATE SET " + newer + " WHERE excluded.updated_ns > updated_ns"
                            : "";
        statement = std::make_unique<SQLite::Statement>(
            db, std::string{name_ == "runs" ? "INSERT" : "INSERT OR IGNORE"} + " INTO " + name_ + " (" + names +
                    ") VALUES (" + marks + ")" + otherwise);
        return *statement;
    }

    std::string name_;
    bool has_rowid_ = false;
    std::vector<ColumnShape> columns_;
    std::map<std::size_t, std::unique_ptr<SQLite::Statement>> statements_;
};

class Salvage {
public:
    Salvage(const SalvageRequest& request, SQLite::Database& db) : request_{request}, db_{db} {
        for (const char* name : kTables) tables_.emplace_back(db, name);
    }

    SalvageReport run(RawPages& pages) {
        db_.exec("PRAGMA foreign_keys = OFF");  // rows come in the order of their pages
        SQLite::Transaction transaction{db_, SQLite::TransactionBehavior::IMMEDIATE};
        const RawPagesSeen seen = pages.read([this](RawRecord record) { take(std::move(record)); });
        tell(seen);
        link_calls();
        mend_ids(db_, request_.now, report_);
        mend_runs(db_, report_);
        mend_jobs();
        engage_hold();
        count();
        transaction.commit();
        db_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        return std::move(report_);
    }

private:
    void take(RawRecord record) {
        const auto table = std::ranges::find_if(tables_, [&](const Table& t) { return t.fits(record); });
        if (table == tables_.end()) return;  // an index, or a table that is not copied
        if (table->name() == "call_runs") {
            links_.push_back(std::move(record));
            return;
        }
        try {
            table->insert(db_, record);
        } catch (const SQLite::Exception& error) {
            if ((error.getErrorCode() & 0xFF) != kConstraint) throw;
            report_.lost.push_back("a row of " + table->name() + ": " + error.what());
        }
    }

    /// The table and its index have the same shape; only one way round do both ends exist.
    void link_calls() {
        Table& table = *std::ranges::find(tables_, "call_runs", &Table::name);
        SQLite::Statement is_link{
            db_, "SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?) AND EXISTS (SELECT 1 FROM calls WHERE id = ?)"};
        for (const RawRecord& link : links_) {
            is_link.reset();
            is_link.bind(1, std::get<std::string>(link.values[0]));
            is_link.bind(2, std::get<std::string>(link.values[1]));
            if (is_link.executeStep() && is_link.getColumn(0).getInt() != 0) table.insert(db_, link);
        }
    }

    void tell(const RawPagesSeen& seen) {
        if (seen.unreadable_pages > 0)
            report_.lost.push_back(std::to_string(seen.unreadable_pages) + " of " + std::to_string(seen.pages) +
                                   " pages cannot be read");
        if (seen.unreadable_rows > 0)
            report_.lost.push_back(std::to_string(seen.unreadable_rows) + " rows on pages that can be read");
    }

    /// R8: an occurrence that has its disposition must lie before its job's watermark, lest it came again.
    void mend_jobs() {
        SQLite::Statement row{
            db_,
            "SELECT o.job, max(o.at_ns), (SELECT watermark_ns FROM job_state WHERE job = o.job) AS mark FROM "
            "(SELECT job, occurrence_ns AS at_ns FROM runs WHERE occurrence_ns IS NOT NULL UNION ALL "
            "SELECT job, last_ns FROM gaps) AS o GROUP BY o.job "
            "HAVING mark IS NULL OR mark < max(o.at_ns)"};
        std::vector<std::pair<std::string, WallTime>> behind;
        while (row.executeStep()) {
            const std::string job = row.getColumn(0).getString();
            const WallTime at = wall_from_ns(row.getColumn(1).getInt64());
            const bool is_lost = row.getColumn(2).isNull();
            report_.repaired.push_back("job '" + job + "': " +
                                       (is_lost ? "its state is lost (was it disabled?)" : "its watermark was behind") +
                                       "; its occurrences up to " + to_rfc3339(at) + " count as disposed of");
            behind.emplace_back(job, at);
        }
        SQLite::Statement mark{db_,
                               "INSERT INTO job_state (job, schedule, watermark_ns, disabled) VALUES (?, '', ?, 0) "
                               "ON CONFLICT (job) DO UPDATE SET watermark_ns = excluded.watermark_ns"};
        for (const auto& [job, at] : behind) {
            mark.reset();
            mark.bind(1, job);
            mark.bind(2, to_ns(at));
            mark.exec();
        }
    }

    void engage_hold() {
        HoldRow hold;
        hold.reason = "salvage of " + request_.from + ": look at what was lost before anything starts again";
        hold.actor = request_.actor;
        hold.since = request_.now;
        const std::vector<Row> rows{hold};
        const std::span<const Row> step{rows};
        RowWriter{db_}.write(std::span{&step, 1});
        db_.exec(
            "UPDATE meta SET value = max(value, (SELECT max(at) FROM (SELECT max(updated_ns) AS at FROM runs UNION ALL "
            "SELECT max(at_ns) FROM transitions UNION ALL SELECT max(intent_ns) FROM calls UNION ALL "
            "SELECT max(done_ns) FROM calls UNION ALL SELECT max(watermark_ns) FROM job_state UNION ALL SELECT 0))) "
            "WHERE key = 'newest_ns'");
    }

    void count() {
        for (const Table& table : tables_)
            report_.copied[table.name()] =
                static_cast<std::uint64_t>(db_.execAndGet("SELECT count(*) FROM " + table.name()).getInt64());
        --report_.copied["holds"];  // our own
        report_.owed = static_cast<std::uint64_t>(
            db_.execAndGet("SELECT count(*) FROM runs WHERE obligation = 'open'").getInt64());
    }

    static constexpr int kConstraint = 19;  // SQLITE_CONSTRAINT

    const SalvageRequest& request_;
    SQLite::Database& db_;
    std::vector<Table> tables_;
    std::vector<RawRecord> links_;
    SalvageReport report_;
};

void remove_store(const std::string& path) {
    std::error_code ignored;
    for (const char* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + end, ignored);
}

Result<SalvageReport> fill(const SalvageRequest& request, RawPages& pages) {
    auto lock = LockFile::acquire(request.to);
    if (!lock) return unexpected{lock.error()};
    if (auto problem = create_store(request.to)) return unexpected{*problem};
    if (auto problem = lock->lock_database(request.to)) return unexpected{*problem};
    auto opened = open_database(request.to);
    if (!opened) return unexpected{opened.error()};
    try {
        auto report = Salvage{request, *opened->database}.run(pages);
        if (report.copied["runs"] + report.copied["job_state"] + report.copied["transitions"] > 0) return report;
        return unexpected{"nothing of a taktd store can be read in " + request.from};
    } catch (const SQLite::Exception& error) {
        return unexpected{"the new store " + request.to + ": " + explain_sqlite(error.getErrorCode(), error.what())};
    }
}

}  // namespace

Result<SalvageReport> salvage_store(const SalvageRequest& asked) {
    SalvageRequest request = asked;
    if (const auto to = locate_store(asked.to); !to) {
        return unexpected{to.error()};
    } else if (to->is_there) {
        return unexpected{asked.to + " exists already; name a file that does not"};
    }
    if (auto problem = directory_problem(request.to)) return unexpected{*problem};
    std::error_code unknown;
    if (std::filesystem::is_directory(asked.from, unknown)) return unexpected{locate_store(asked.from).error()};
    // Its log lies beside the file itself, not beside a symbolic link to it.
    const auto real = std::filesystem::weakly_canonical(asked.from, unknown);
    if (!unknown) request.from = real.string();
    auto pages = RawPages::open(request.from);
    if (!pages) return unexpected{pages.error()};
    // One that is gone but for its log has no lock to take, and nobody who writes it.
    const auto lock = LockFile::acquire(request.from);
    if (!lock && LockFile::holder(request.from)) return unexpected{lock.error()};
    auto report = fill(request, *pages);
    if (!report) remove_store(request.to);
    return report;
}

}  // namespace taktd
