// SPDX-License-Identifier: Apache-2.0
// Rows of the store back into values; the column lists are in sql_text.hpp. What cannot be read (an unknown word, a
// damaged plan) throws StoreError: a store that says nonsense must not be acted upon.
#pragma once

#include <string>

#include "daemon/core/model/rows.hpp"
#include "daemon/store/json/stop_plan_json.hpp"
#include "daemon/store/store_error.hpp"

namespace SQLite {
class Statement;
}

namespace taktd {

RunRow read_run(SQLite::Statement& row, StopPlanReader& plans);
TransitionRow read_transition(SQLite::Statement& row);
CallRow read_call(SQLite::Statement& row);  ///< without its links

/// Reads the columns of a statement's current row from left to right.
class ColumnReader {
public:
    explicit ColumnReader(SQLite::Statement& row, std::string what) : row_{row}, what_{std::move(what)} {}

    std::string text();  ///< empty for NULL
    std::optional<std::string> optional_text();
    std::int64_t number();  ///< 0 for NULL
    std::optional<std::int64_t> optional_number();
    WallTime wall() { return wall_from_ns(number()); }
    std::optional<WallTime> optional_wall();
    std::optional<BootTime> optional_boot();
    template <class Enum>
    Enum word() {
        const std::string spelling = text();
        const auto value = parse_name<Enum>(spelling);
        if (!value) fail("unknown word '" + spelling + "'");
        return *value;
    }
    /// A RunId or a CallId.
    template <class Id>
    Id id() {
        const std::string spelling = text();
        const auto value = Id::parse(spelling);
        if (!value) fail("'" + spelling + "' is not an id");
        return *value;
    }
    template <class Id>
    std::optional<Id> optional_id() {
        if (is_null()) return std::nullopt;
        return id<Id>();
    }
    [[noreturn]] void fail(const std::string& why) const;

private:
    /// Of the next column, which stays the next; one that is NULL is passed by.
    bool is_null();

    SQLite::Statement& row_;
    std::string what_;  ///< e.g. "run 0192..."; for errors
    int next_ = 0;
};

}  // namespace taktd
