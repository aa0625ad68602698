// SPDX-License-Identifier: Apache-2.0
// The schema's history: migrations/NNNN_*.sql, embedded at build time, applied in order, each in a transaction that
// also records its checksum. A store with a newer schema or with a changed migration is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace SQLite {
class Database;
}

namespace taktd {

struct Migration {
    int number = 0;
    std::string name;
    std::string sql;
};

std::span<const Migration> embedded_migrations();

/// FNV-1a over the text: finds an edited migration, not a forger.
std::string checksum_of(const std::string& sql);

/// Of a store that lacks some of `known` and has nothing else: a sentence that says how far it has come. It is no
/// damage: an older taktd made it, or a taktd that was killed between two migrations, and the next start finishes it.
std::optional<std::string> unfinished_migrations(SQLite::Database& database, std::span<const Migration> known);

/// Why the store's schema cannot be brought up to `known`; nothing if it could and was (or, with `apply` false, is it
/// already). Throws SQLite::Exception when the file itself fails.
std::optional<std::string> migrate(SQLite::Database& database, std::span<const Migration> known, bool apply = true);

}  // namespace taktd
