// SPDX-License-Identifier: Apache-2.0
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

namespace {

/// `text` in `cells` cells, its middle left out.
std::string cut_in_middle(const std::string& text, std::size_t cells) {
    if (cells_of(text) <= cells || cells < 3) return text;
    const std::size_t head = (cells - 1) / 2, tail = cells - 1 - head;
    std::string begin;
    std::size_t at = 0, used = 0;
    const auto cells_at = [&](std::size_t i) { return static_cast<std::size_t>(utf8_cells_at(text, i)); };
    for (; at < text.size() && used + cells_at(at) <= head; at += utf8_length_at(text, at)) {
        begin += text.substr(at, utf8_length_at(text, at));
        used += cells_at(at);
    }
    while (at < text.size() && cells_of(text.substr(at)) > tail) at += utf8_length_at(text, at);
    return begin + "…" + text.substr(at);
}

}  // namespace

void Table::make_fit(std::vector<std::size_t>& shown, std::vector<std::size_t>& widths, std::size_t width) const {
    const auto line = [&] {
        std::size_t cells = 0;
        for (const std::size_t c : shown) cells += widths[c] + kGap.size();
        return cells - kGap.size();
    };
    while (shown.size() > 1 && line() > width) {
        const auto least = std::ranges::max_element(shown, {}, [&](std::size_t c) { return columns_[c].rank; });
        if (columns_[*least].rank == 0) break;
        shown.erase(least);
    }
    if (width >= kNarrow || line() <= width) return;
    constexpr std::size_t kLeast = 8;
    for (const std::size_t c : shown) {
        if (!columns_[c].may_be_cut) continue;
        const std::size_t excess = line() > width ? line() - width : 0;
        widths[c] = std::max(std::min(widths[c], kLeast), widths[c] - std::min(widths[c], excess));
    }
}

void Table::add(std::vector<Cell> row) {
    for (Cell& cell : row) cell.text = log::escape_text(cell.text);
    rows_.push_back(std::move(row));
}

std::string Table::to_text(bool colour, std::optional<std::size_t> width) const {
    std::vector<std::size_t> shown, widths(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        const bool has_text = std::ranges::any_of(rows_, [c](const auto& row) { return !row[c].text.empty(); });
        if (columns_[c].may_vanish && !has_text) continue;
        shown.push_back(c);
        widths[c] = cells_of(columns_[c].header);
        for (const auto& row : rows_) widths[c] = std::max(widths[c], cells_of(row[c].text));
    }

    if (width) make_fit(shown, widths, *width);

    std::string text;
    const auto add_line = [&](const auto& text_of, const auto& colour_of) {
        std::string line, blanks;
        for (const std::size_t c : shown) {
            const std::string cell = cut_in_middle(text_of(c), widths[c]);
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
