// Aligned columns of text for people: widths in terminal cells (UTF-8 aware), control characters made harmless, colours
// only if asked for. A column that may be left out vanishes when it is empty in every row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taktd::report {

enum class Colour { none, dim, bold, green, yellow, red };

/// `text` in the colour, or as it is.
std::string coloured(std::string_view text, Colour colour, bool enabled);

struct Column {
    std::string header;
    bool may_vanish = false;
    bool right = false;
};

struct Cell {
    Cell(std::string value, Colour paint = Colour::none) : text{std::move(value)}, colour{paint} {}
    Cell(const char* value) : text{value} {}
    std::string text;
    Colour colour = Colour::none;
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_{std::move(columns)} {}

    /// As many cells as there are columns.
    void add(std::vector<Cell> row);
    bool empty() const { return rows_.empty(); }
    /// Lines without blanks at their ends.
    std::string to_text(bool colour) const;

private:
    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

/// The width of `text` on a terminal.
std::size_t cells_of(std::string_view text);

}  // namespace taktd::report
