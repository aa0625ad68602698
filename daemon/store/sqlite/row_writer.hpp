// SPDX-License-Identifier: Apache-2.0
// One prepared statement per table, each keyed so that a row written twice equals a row written once (a batch whose
// commit failed is written again). A row that contradicts what is stored throws, and the batch with it: nothing is
// swallowed.
#pragma once

#include <memory>
#include <span>

#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

class RowWriter {
public:
    /// `database` must outlive the writer.
    explicit RowWriter(SQLite::Database& database);
    ~RowWriter();

    /// Inside the caller's transaction. Of several rows of one run only the last is written: each is the whole row.
    /// Also moves meta.newest_ns to the newest instant among the rows.
    void write(std::span<const std::span<const Row>> steps);

private:
    struct Statements;
    std::unique_ptr<Statements> statements_;
};

}  // namespace taktd
