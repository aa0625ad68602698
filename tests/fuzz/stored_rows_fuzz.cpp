// SPDX-License-Identifier: Apache-2.0
// Rows of the store as SQLite would hand them over: a first line `run`, `transition`, `call`, `plan` or `baseline`,
// then one column on each line (`t` text, `i` integer, `n` null) or the JSON text. Whatever stands there is refused by
// StoreError or comes back; what came back is written and read again without a change.
#include <charconv>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/migrations.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/sqlite/row_writer.hpp"
#include "daemon/store/sqlite/sql_text.hpp"
#include "tests/fuzz/property.hpp"

namespace {

using namespace taktd;
using fuzz::require;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

std::size_t count_columns(std::string_view list) {
    std::size_t columns = 1;
    for (const char c : list) columns += c == ',' ? 1 : 0;
    return columns;
}

/// `SELECT ?1, ?2, ...` with the given columns; those that are missing are null.
SQLite::Statement row_of(SQLite::Database& database, std::size_t columns, const std::vector<std::string>& lines) {
    std::string sql = "SELECT ?";
    for (std::size_t i = 1; i < columns; ++i) sql += ",?";
    SQLite::Statement row{database, sql};
    for (std::size_t i = 0; i < columns && i + 1 < lines.size(); ++i) {
        const std::string& line = lines[i + 1];
        const int index = static_cast<int>(i) + 1;
        if (line.starts_with("t")) row.bind(index, line.substr(1));
        if (!line.starts_with("i")) continue;
        std::int64_t number = 0;
        std::from_chars(line.data() + 1, line.data() + line.size(), number);
        row.bind(index, number);
    }
    require(row.executeStep(), "one row");
    return row;
}

std::string text_of(SQLite::Database& database, const std::string& sql) {
    SQLite::Statement row{database, sql};
    std::string text;
    while (row.executeStep()) {
        for (int i = 0; i < row.getColumnCount(); ++i) {
            const auto column = row.getColumn(i);
            text += column.isNull() ? "n" : (column.isInteger() ? "i" : "t") + column.getString();
            text += '\n';
        }
    }
    return text;
}

/// The row as the store keeps it; empty if the store has no room for it (a word that means nothing there, no key).
template <class T>
std::string stored(SQLite::Database& database, const T& row, const std::string& select) {
    SQLite::Transaction undone{database};  // never committed
    try {
        RowWriter writer{database};
        const std::vector<Row> rows{row};
        const std::vector<std::span<const Row>> steps{rows};
        writer.write(steps);
        return text_of(database, select);
    } catch (const SQLite::Exception& error) {
        require((error.getErrorCode() & 0xFF) == 19, "the store refuses a row by its constraints alone", error.what());
    } catch (const StoreError&) {  // says itself what is wrong
    }
    return {};
}

template <class T, class Read>
void check_row(SQLite::Database& database, const std::string& table, const std::string& columns,
               const std::vector<std::string>& lines, Read read) {
    const std::size_t width = count_columns(columns);
    const auto read_lines = [&](const std::vector<std::string>& from) -> std::optional<T> {
        try {
            auto statement = row_of(database, width, from);
            return read(statement);
        } catch (const StoreError&) {
            return std::nullopt;
        }
    };
    const auto first = read_lines(lines);
    if (!first) return;
    const std::string select = "SELECT " + columns + " FROM " + table;
    const std::string once = stored(database, *first, select);
    if (once.empty()) return;
    if (once.find('\n') == std::string::npos || lines_of(once).size() != width) return;  // a text with a line break
    auto again_lines = lines_of(once);
    again_lines.insert(again_lines.begin(), table);
    const auto again = read_lines(again_lines);
    require(again.has_value(), "what was written can be read", once);
    require(stored(database, *again, select) == once, "what was read is written again as it was", once);
}

void check_plan(const std::string& text) {
    StopPlanReader reader;
    const auto plan = reader.read(text, "{}");
    if (!plan) return require(!plan.error().empty(), "an error says something", text);
    const std::string once = stop_plan_to_json(*plan);
    const auto again = reader.read(once, "{}");
    require(again.has_value(), "a written plan can be read", once);
    require(stop_plan_to_json(*again) == once, "a plan comes back as it went in", once);
    require(StopPlanWriter{}.write(*plan) == once, "writer and function agree", once);
    require((plan->provider == nullptr) == (again->provider == nullptr), "the provider comes back", once);
    if (!plan->provider) return;
    require(again->task.task_id.size() <= plan->task.task_id.size() * 3, "only invalid bytes are replaced", once);
}

void check_baseline(const std::string& text) {
    const auto baseline = baseline_from_json(text);
    if (!baseline) return require(!baseline.error().empty(), "an error says something", text);
    const std::string once = baseline_to_json(*baseline);
    const auto again = baseline_from_json(once);
    require(again.has_value() && again->asked == baseline->asked && again->seen.remote == baseline->seen.remote &&
                again->seen.token.has_value() == baseline->seen.token.has_value(),
            "a baseline comes back", once);
    require(baseline_to_json(*again) == once, "a baseline comes back as it went in", once);
}

SQLite::Database& memory() {
    static SQLite::Database database = [] {
        SQLite::Database made{":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
        require(!migrate(made, embedded_migrations()), "the schema can be made");
        made.exec("PRAGMA foreign_keys = OFF");  // a row stands here by itself
        return made;
    }();
    return database;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{reinterpret_cast<const char*>(data), size};
    const auto kind = input.substr(0, input.find('\n'));
    const auto rest = input.size() > kind.size() ? input.substr(kind.size() + 1) : std::string{};
    const auto lines = lines_of(input);
    if (kind == "run") {
        check_row<RunRow>(memory(), "runs", TAKTD_RUN_COLUMNS, lines, [](SQLite::Statement& row) {
            StopPlanReader plans;
            return read_run(row, plans);
        });
    } else if (kind == "transition") {
        check_row<TransitionRow>(memory(), "transitions", TAKTD_TRANSITION_COLUMNS, lines, &read_transition);
    } else if (kind == "call") {
        check_row<CallRow>(memory(), "calls", TAKTD_CALL_COLUMNS, lines, &read_call);
    } else if (kind == "plan") {
        check_plan(rest);
    } else if (kind == "baseline") {
        check_baseline(rest);
    }
    return 0;
}
