// SPDX-License-Identifier: Apache-2.0
// Sorting by place, striking secrets, and the cut at kFindingsMax. What is printed is made by Diagnostic::to_text().
#include "daemon/settings/report/findings.hpp"

#include <algorithm>
#include <cctype>

#include "daemon/settings/source/utf8.hpp"

namespace taktd {
namespace {

constexpr std::size_t kQuotedBytesMax = 80;
/// On longer lines columns are counted in bytes: a thousand findings must not read a long line a thousand times.
constexpr std::size_t kCountedLineBytesMax = 64 * 1024;
/// With more secrets than this to be struck, only so many findings are told.
constexpr std::size_t kHiddenValuesMax = 10'000;
constexpr std::size_t kFindingsBesideManySecrets = 20;
/// Shorter secrets are not searched for in messages: they would match everywhere.
constexpr std::size_t kStruckBytesMin = 3;

}  // namespace

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::string shown;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = utf8_length_at(text, at);
        if (shown.size() + length > bytes_max) return shown + "...";
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F || (length == 1 && byte >= 0x80);
        // U+0080..U+009F are control characters too.
        const bool c1 = length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
        if (control || c1) {
            shown += '?';
        } else {
            shown += text.substr(at, length);
        }
        at += length;
    }
    return shown;
}

int Findings::add_source(const SourceText& source) {
    files_.push_back({.source = &source});
    return static_cast<int>(files_.size()) - 1;
}

std::string Findings::place_text(Position at) const {
    return source(at.file).file() + ":" + std::to_string(at.line + 1);
}

bool Findings::may_show(Position at) const {
    return source(at.file).may_show(at.line, files_[static_cast<std::size_t>(at.file)].layout);
}

void Findings::keep(Kept& list, Position at, std::string message) {
    ++list.reported;
    // A node that aliases share is looked at more than once, but it is wrong only once.
    if (list.kept.size() >= kFindingsMax) {
        ++list.total;
        return;
    }
    if (list.kept.insert({at, std::move(message)}).second) ++list.total;
}

void Findings::error(Position at, std::string message) { keep(errors_, at, std::move(message)); }
void Findings::warning(Position at, std::string message) { keep(warnings_, at, std::move(message)); }

void Findings::hide(Position at, std::string value) {
    // A value of several lines is hidden on all of them, and on the one after for good measure.
    const int lines = static_cast<int>(std::min<std::ptrdiff_t>(std::count(value.begin(), value.end(), '\n'), 1000));
    for (int i = 0; i <= lines + 1; ++i) hidden_lines_.insert({at.file, at.line + i});
    if (value.size() >= kStruckBytesMin) hidden_values_.insert(std::move(value));
}

std::string Findings::quoted(Position at, std::string_view value) const {
    if (is_full() || !may_show(at)) return "this value";
    std::string shown = printable(value, kQuotedBytesMax);
    std::replace(shown.begin(), shown.end(), '\t', ' ');
    return "'" + shown + "'";
}

std::string Findings::named(Position at, std::string_view value) const {
    return is_full() || !may_show(at) ? std::string{} : " " + quoted(at, value);
}

Diagnostic Findings::to_diagnostic(const Finding& finding, Diagnostic::Severity severity) const {
    Diagnostic d;
    d.severity = severity;
    d.file = source(finding.at.file).file();
    d.message = finding.message;
    for (const std::string& value : hidden_values_) {
        for (std::size_t at = d.message.find(value); at != std::string::npos; at = d.message.find(value, at + 3)) {
            d.message.replace(at, value.size(), "***");
        }
    }
    if (finding.at.line < 0) return d;
    const std::string_view line = source(finding.at.file).line(finding.at.line);
    const std::size_t column = std::min(static_cast<std::size_t>(std::max(0, finding.at.column)), line.size());
    d.line = finding.at.line + 1;
    const bool counted = line.size() <= kCountedLineBytesMax;
    d.column = static_cast<int>(counted ? utf8_count(line.substr(0, column)) : column) + 1;
    const bool is_shown = !hidden_lines_.contains({finding.at.file, finding.at.line}) && may_show(finding.at);
    if (!is_shown) return d;
    const bool struck = std::any_of(hidden_values_.begin(), hidden_values_.end(),
                                    [&](const std::string& v) { return line.find(v) != std::string_view::npos; });
    if (!struck) d.source_line = printable(line, line.size());
    return d;
}

std::vector<Diagnostic> Findings::take() {
    if (hidden_values_.size() > kHiddenValuesMax) {
        for (Kept* list : {&errors_, &warnings_}) {
            while (list->kept.size() > kFindingsBesideManySecrets) list->kept.erase(std::prev(list->kept.end()));
        }
    }
    std::vector<std::pair<const Finding*, Diagnostic::Severity>> sorted;
    for (const Finding& f : errors_.kept) sorted.emplace_back(&f, Diagnostic::Severity::error);
    for (const Finding& f : warnings_.kept) sorted.emplace_back(&f, Diagnostic::Severity::warning);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first->at < b.first->at; });
    std::vector<Diagnostic> all;
    for (const auto& [finding, severity] : sorted) all.push_back(to_diagnostic(*finding, severity));
    const auto tell_rest = [&](const Kept& list, Diagnostic::Severity severity, const std::string& what) {
        if (list.total <= list.kept.size()) return;
        Diagnostic d;
        d.severity = severity;
        d.file = source(0).file();
        d.message = std::to_string(list.total - list.kept.size()) + " more " + what + " not shown";
        all.push_back(std::move(d));
    };
    tell_rest(errors_, Diagnostic::Severity::error, "errors are");
    tell_rest(warnings_, Diagnostic::Severity::warning, "warnings are");
    return all;
}

}  // namespace taktd
