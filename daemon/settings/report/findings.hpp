// SPDX-License-Identifier: Apache-2.0
// Collects what the loader finds wrong, in any order and in any of the files, and hands it out sorted, each with its
// source line. Nothing that might be a secret passes: see SourceText::may_show().
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/report/diagnostic.hpp"
#include "daemon/settings/source/source_text.hpp"

namespace taktd {

/// Beyond this many errors (and as many warnings) only their number is told.
inline constexpr std::size_t kFindingsMax = 1000;

class Findings {
public:
    Findings() = default;
    explicit Findings(const SourceText& source) { add_source(source); }

    /// One more file, which outlives this; returns what Position::file says of its places. The first is the config.
    int add_source(const SourceText& source);

    void error(Position at, std::string message);
    void warning(Position at, std::string message);
    /// A secret stands here itself: its line is not shown, and the value is struck from every message.
    void hide(Position at, std::string value);

    /// The file does not parse: its indentation is not to be relied on.
    void distrust_layout(int file) { files_[static_cast<std::size_t>(file)].layout = SourceText::Layout::broken; }

    bool has_errors() const { return errors_.total > 0; }
    /// Grows with each error: whether a part was read without any is seen by comparing.
    std::size_t error_count() const { return errors_.reported; }
    /// True once further errors would only be counted: callers may spare themselves the search for a suggestion.
    bool is_full() const { return errors_.kept.size() >= kFindingsMax; }

    /// `'value'` for a message, shortened and without control characters; `this value` where the line may not be shown.
    std::string quoted(Position at, std::string_view value) const;

    /// ` 'value'` behind "unknown key", or nothing where the line may not be shown.
    std::string named(Position at, std::string_view value) const;

    const SourceText& source(int file) const { return *files_[static_cast<std::size_t>(file)].source; }
    /// `taktd.yaml:3`, for messages that speak of two places.
    std::string place_text(Position at) const;
    std::vector<Diagnostic> take();

private:
    struct Finding {
        Position at;
        std::string message;
        auto operator<=>(const Finding&) const = default;
    };
    struct Kept {
        std::set<Finding> kept;
        std::size_t total = 0;
        std::size_t reported = 0;  // repetitions too
    };
    static void keep(Kept& list, Position at, std::string message);
    Diagnostic to_diagnostic(const Finding& finding, Diagnostic::Severity severity) const;

    struct File {
        const SourceText* source;
        SourceText::Layout layout = SourceText::Layout::sound;
    };
    bool may_show(Position at) const;

    std::vector<File> files_;
    Kept errors_, warnings_;
    std::set<std::pair<int, int>> hidden_lines_;  // file, line
    std::set<std::string> hidden_values_;
};

/// Control characters become `?` (a terminal must not obey a config), and the rest is cut to `bytes_max` whole
/// characters.
std::string printable(std::string_view text, std::size_t bytes_max);

}  // namespace taktd
