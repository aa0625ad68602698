// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/migrations.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

namespace taktd {
namespace {

struct Applied {
    std::string name, checksum;
};

std::map<int, Applied> applied_migrations(SQLite::Database& database) {
    std::map<int, Applied> applied;
    if (!database.tableExists("schema_migrations")) return applied;
    SQLite::Statement row{database, "SELECT number, name, checksum FROM schema_migrations ORDER BY number"};
    while (row.executeStep()) applied[row.getColumn(0)] = {row.getColumn(1), row.getColumn(2)};
    return applied;
}

/// Why `applied` is not the beginning of `known`.
std::optional<std::string> foreign_migration(const std::map<int, Applied>& applied, std::span<const Migration> known) {
    for (const auto& [number, migration] : applied) {
        const auto same = std::ranges::find(known, number, &Migration::number);
        if (same == known.end()) {
            return "its schema is newer than this taktd (migration " + std::to_string(number) + ", " + migration.name +
                   "); run the taktd that made it, or a later one";
        }
        if (checksum_of(same->sql) != migration.checksum) {
            return "migration " + std::to_string(number) + " (" + migration.name +
                   ") was applied to it with another content than this taktd has; run the taktd that made it";
        }
    }
    return std::nullopt;
}

void apply_one(SQLite::Database& database, const Migration& migration) {
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    database.exec(
        "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "checksum TEXT NOT NULL, applied_ns INTEGER NOT NULL) STRICT");
    database.exec(migration.sql);
    SQLite::Statement record{database,
                             "INSERT INTO schema_migrations (number, name, checksum, applied_ns) "
                             "VALUES (?, ?, ?, CAST(strftime('%s', 'now') AS INTEGER) * 1000000000)"};
    record.bind(1, migration.number);
    record.bind(2, migration.name);
    record.bind(3, checksum_of(migration.sql));
    record.exec();
    transaction.commit();
}

}  // namespace

std::span<const Migration> embedded_migrations() {
    static const std::vector<Migration> kMigrations{
#include "embedded_migrations.inc"
    };
    return kMigrations;
}

std::string checksum_of(const std::string& sql) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : sql) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = kDigits[(hash >> (60 - 4 * i)) & 0xF];
    return text;
}

std::optional<std::string> unfinished_migrations(SQLite::Database& database, std::span<const Migration> known) {
    const auto applied = applied_migrations(database);
    if (foreign_migration(applied, known) || applied.size() == known.size()) return std::nullopt;
    return "is of an older version (migration " + std::to_string(applied.size()) + " of " +
           std::to_string(known.size()) + "); taktd finishes it at its next start";
}

std::optional<std::string> migrate(SQLite::Database& database, std::span<const Migration> known, bool apply) {
    const auto applied = applied_migrations(database);
    if (auto problem = foreign_migration(applied, known)) return problem;
    if (!apply) return unfinished_migrations(database, known);
    for (const Migration& migration : known)
        if (!applied.contains(migration.number)) apply_one(database, migration);
    return std::nullopt;
}

}  // namespace taktd
