// Collects what the loader finds wrong, in any order, and hands it out sorted, each with its source line. Nothing that
// might be a secret passes: see SourceText::may_show().
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/settings.hpp"
#include "daemon/settings/source_text.hpp"

namespace taktd {

/// Beyond this many errors (and as many warnings) only their number is told.
inline constexpr std::size_t kFindingsMax = 1000;

class Findings {
public:
    explicit Findings(const SourceText& source) : source_{source} {}

    void error(Position at, std::string message);
    void warning(Position at, std::string message);
    /// A secret stands here itself: its line is not shown, and the value is struck from every message.
    void hide(Position at, std::string value);

    /// The file does not parse: its indentation is not to be relied on.
    void distrust_layout() { layout_ = SourceText::Layout::broken; }

    bool has_errors() const { return errors_.total > 0; }
    /// Grows with each error: whether a part was read without any is seen by comparing.
    std::size_t error_count() const { return errors_.reported; }
    /// True once further errors would only be counted: callers may spare themselves the search for a suggestion.
    bool is_full() const { return errors_.kept.size() >= kFindingsMax; }

    /// `'value'` for a message, shortened and without control characters; `this value` where the line may not be shown.
    std::string quoted(Position at, std::string_view value) const;

    const SourceText& source() const { return source_; }
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

    const SourceText& source_;
    SourceText::Layout layout_ = SourceText::Layout::sound;
    Kept errors_, warnings_;
    std::set<int> hidden_lines_;
    std::set<std::string> hidden_values_;
};

/// Control characters become `?` (a terminal must not obey a config), and the rest is cut to `bytes_max` whole
/// characters.
std::string printable(std::string_view text, std::size_t bytes_max);

}  // namespace taktd
