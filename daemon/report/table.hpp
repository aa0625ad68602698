// SPDX-License-Identifier: Apache-2.0
// Aligned columns of text for people: widths in terminal cells (UTF-8 aware), control characters made harmless, colours
// only if asked for. A column that may be left out vanishes when it is empty in every row.
#pragma once

#include <optional>
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
    int rank = 0;             ///< where there is no room the highest vanish first; 0: never
    bool may_be_cut = false;  ///< in its middle, on the narrowest terminals
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
    /// Lines without blanks at their ends. `width`: of the terminal; without one every column is shown, and nothing
    /// cut.
    std::string to_text(bool colour, std::optional<std::size_t> width = {}) const;

    /// A terminal that is narrower than this cuts names.
    static constexpr std::size_t kNarrow = 60;

private:
    /// Takes columns out until a line fits, as far as ranks allow.
    void make_fit(std::vector<std::size_t>& shown, std::vector<std::size_t>& widths, std::size_t width) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

/// The width of `text` on a terminal.
std::size_t cells_of(std::string_view text);

}  // namespace taktd::report
