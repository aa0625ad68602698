#include "daemon/report/table.hpp"

#include <algorithm>

#include "daemon/log/escape.hpp"
#include "daemon/settings/source/utf8.hpp"

namespace taktd::report {
namespace {

constexpr std::string_view kGap = "  ";

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::none: return "";
        case Colour::dim: return "\x1b[2m";
        case Colour::bold: return "\x1b[1m";
        case Colour::green: return "\x1b[32m";
        case Colour::yellow: return "\x1b[33m";
        case Colour::red: return "\x1b[31m";
    }
    return "";
}

}  // namespace

std::string coloured(std::string_view text, Colour colour, bool enabled) {
    if (!enabled || colour == Colour::none || text.empty()) return std::string{text};
    return std::string{code_of(colour)} + std::string{text} + "\x1b[0m";
}

std::size_t cells_of(std::string_view text) {
    std::size_t cells = 0;
    for (std::size_t at = 0; at < text.size(); at += utf8_length_at(text, at)) {
        cells += static_cast<std::size_t>(utf8_cells_at(text, at));
    }
    return cells;
}

void Table::add(std::vector<Cell> row) {
    for (Cell& cell : row) cell.text = log::escape_text(cell.text);
    rows_.push_back(std::move(row));
}

std::string Table::to_text(bool colour) const {
    std::vector<std::size_t> shown, widths(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        const bool has_text = std::ranges::any_of(rows_, [c](const auto& row) { return !row[c].text.empty(); });
        if (columns_[c].may_vanish && !has_text) continue;
        shown.push_back(c);
        widths[c] = cells_of(columns_[c].header);
        for (const auto& row : rows_) widths[c] = std::max(widths[c], cells_of(row[c].text));
    }

    std::string text;
    const auto add_line = [&](const auto& text_of, const auto& colour_of) {
        std::string line, blanks;
        for (const std::size_t c : shown) {
            const std::string& cell = text_of(c);
            const std::string padding(widths[c] - cells_of(cell), ' ');
            if (columns_[c].right) blanks += padding;
            // Blanks wait until something follows them.
            if (!cell.empty()) line += blanks + coloured(cell, colour_of(c), colour), blanks.clear();
            if (!columns_[c].right) blanks += padding;
            blanks += kGap;
        }
        text += line + "\n";
    };
    add_line([&](std::size_t c) -> const std::string& { return columns_[c].header; },
             [](std::size_t) { return Colour::dim; });
    for (const auto& row : rows_) {
        add_line([&](std::size_t c) -> const std::string& { return row[c].text; },
                 [&](std::size_t c) { return row[c].colour; });
    }
    return text;
}

}  // namespace taktd::report
