// SPDX-License-Identifier: Apache-2.0
// How a finding is printed: `file:line:col: error: message`, the source line, a caret under the place. Tabs stay tabs
// and wide characters take two cells, so the caret stands where an editor's cursor would.

#include "daemon/settings/report/diagnostic.hpp"
#include "daemon/settings/source/utf8.hpp"

namespace taktd {
namespace {

/// Longer lines are shown as a window around the caret.
constexpr int kCharactersBeforeCaret = 100;
constexpr int kCharactersMax = 160;

struct Excerpt {
    std::string line, caret;
};

Excerpt excerpt_of(const std::string& line, int column) {
    const int first = column > kCharactersMax ? column - kCharactersBeforeCaret : 1;
    Excerpt e;
    if (first > 1) {
        e.line = "...";
        e.caret = "   ";
    }
    int character = 1;
    for (std::size_t at = 0; at < line.size(); ++character) {
        const std::size_t length = utf8_length_at(line, at);
        if (character >= first + kCharactersMax) {
            e.line += "...";
            break;
        }
        if (character >= first) {
            e.line.append(line, at, length);
            const auto cells = static_cast<std::size_t>(utf8_cells_at(line, at));
            if (character < column) e.caret += line[at] == '\t' ? std::string{"\t"} : std::string(cells, ' ');
        }
        at += length;
    }
    e.caret += '^';
    return e;
}

}  // namespace

std::string Diagnostic::to_text() const {
    std::string text = file + ":";
    if (line > 0) text += std::to_string(line) + ":" + std::to_string(column) + ":";
    text += severity == Severity::error ? " error: " : " warning: ";
    text += message;
    if (source_line.empty()) return text;
    const Excerpt e = excerpt_of(source_line, column);
    return text + "\n" + e.line + "\n" + e.caret;
}

}  // namespace taktd
