// SPDX-License-Identifier: Apache-2.0
// Lines, offsets and the secrecy of lines. The secrecy rule reads the text and not the parsed document, because it must
// hold for files that do not parse.
#include "daemon/settings/source/source_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "daemon/settings/source/file_text.hpp"
#include "daemon/settings/source/flow_scan.hpp"
#include "daemon/settings/source/limits.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/source/utf8.hpp"

namespace taktd {
namespace {

/// A line with one of these words is about credentials.
constexpr std::array<std::string_view, 8> kSecretWords = {"credential", "secret", "token",   "passw",
                                                          "access_key", "_key",   "api_key", "private"};
/// How far above a line its parents are looked for.
constexpr int kParentLinesMax = 200;
/// Lines above that count whatever their indentation when the file does not parse.
constexpr int kNearLines = 5;
/// Misspelt key names up to here may be shown.
constexpr std::size_t kMisspeltMax = 2;

bool contains_word(std::string_view line, std::string_view word) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(line.begin(), line.end(), word.begin(), word.end(), same) != line.end();
}

bool speaks_of_secrets(std::string_view line) {
    const std::size_t scheme = line.find("://");
    if (scheme != std::string_view::npos && line.find('@', scheme) != std::string_view::npos)
        return true;  // user:password@
    return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                       [&](std::string_view word) { return contains_word(line, word); });
}

std::size_t indent_of(std::string_view line) {
    const std::size_t at = line.find_first_not_of(" \t\r");
    return at == std::string_view::npos ? std::string_view::npos : at;
}

/// Does what this line says go on in the next one, whatever its indentation: an open bracket or quote, `key:` alone, or
/// text without a key.
bool is_left_open(std::string_view line) {
    int brackets = 0;
    std::size_t quotes = 0;
    for (const char c : line) {
        if (c == '[' || c == '{') ++brackets;
        if (c == ']' || c == '}') --brackets;
        if (c == '"' || c == '\'') ++quotes;
    }
    const std::size_t last = line.find_last_not_of(" \t\r");
    const bool expects_more =
        last != std::string_view::npos && std::string_view{":,|>-?"}.find(line[last]) != std::string_view::npos;
    const bool is_bare_text = line.find(':') == std::string_view::npos;
    return brackets != 0 || quotes % 2 == 1 || expects_more || is_bare_text;
}

bool is_word_character(char c) {
    const auto u = static_cast<unsigned char>(c);
    return std::isalnum(u) != 0 || c == '_' || c == '-' || c == '.' || u >= 0x80;
}

}  // namespace

SourceText::SourceText(std::string file, std::string text, std::vector<std::string> credential_names)
    : file_{std::move(file)}, text_{std::move(text)}, credential_names_{std::move(credential_names)} {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
    credential_names_.emplace_back("credentials");
    line_starts_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
        line_starts_.push_back(at + 1);
    }
}

std::string_view SourceText::line(int number) const {
    if (number < 0 || static_cast<std::size_t>(number) >= line_starts_.size()) return {};
    const auto index = static_cast<std::size_t>(number);
    const std::size_t start = line_starts_[index];
    const std::size_t end = index + 1 < line_starts_.size() ? line_starts_[index + 1] - 1 : text_.size();
    std::string_view found = std::string_view{text_}.substr(start, end - start);
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
}

Position SourceText::position_of(std::size_t offset) const {
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
    return {.line = static_cast<int>(line), .column = static_cast<int>(offset - line_starts_[line])};
}

std::size_t SourceText::offset_of(Position at) const {
    return line_starts_[static_cast<std::size_t>(at.line)] + static_cast<std::size_t>(at.column);
}

const SourceText::Look& SourceText::look_at(int line_number) const {
    const auto [found, is_new] = looks_.try_emplace(line_number);
    if (!is_new) return found->second;
    const std::string_view text = line(line_number);
    Look& look = found->second;
    look.indent = indent_of(text);
    const bool too_long = text.size() > kShownLineBytesMax;
    look.speaks_of_secrets = too_long || speaks_of_secrets(text);
    look.is_left_open = too_long || is_left_open(text);
    return look;
}

bool SourceText::may_show(int line_number, Layout layout) const {
    const std::string_view shown = line(line_number);
    if (shown.size() > kShownLineBytesMax) return false;
    bool about_secrets = look_at(line_number).speaks_of_secrets && speaks_of_secrets(without_references(shown));
    std::size_t indent = look_at(line_number).indent;
    bool is_next_above = true;
    int near_left = layout == Layout::broken ? kNearLines : 0;
    const int last = std::max(0, line_number - kParentLinesMax);
    for (int above = line_number - 1; above >= last && !about_secrets; --above) {
        const Look& look = look_at(above);
        if (look.indent == std::string_view::npos) continue;
        const bool goes_on = is_next_above && look.is_left_open;
        if (goes_on || look.indent < indent || near_left-- > 0) about_secrets = look.speaks_of_secrets;
        // What a line goes on with belongs where that line belongs.
        indent = goes_on ? look.indent : std::min(indent, look.indent);
        is_next_above = goes_on;
        if (indent == 0 && !is_next_above && near_left <= 0) break;
    }
    return !about_secrets || is_harmless(shown);
}

std::string SourceText::without_references(std::string_view text) const {
    constexpr std::string_view kKey = "credentials:";
    const std::size_t key = text.find(kKey);
    const std::size_t open = key == std::string_view::npos ? key : text.find_first_not_of(' ', key + kKey.size());
    if (open == std::string_view::npos || text[open] != '{') return std::string{text};
    std::size_t close = open + 1;
    for (int depth = 1; close < text.size() && depth > 0; ++close) {
        if (text[close] == '{') ++depth;
        if (text[close] == '}') --depth;
    }
    if (!is_harmless(text.substr(key, close - key))) return std::string{text};
    return std::string{text.substr(0, key)} + std::string{text.substr(close)};
}

bool SourceText::is_harmless(std::string_view text) const {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.substr(at).starts_with("${")) {
            const std::size_t end = text.find('}', at);
            const bool known = text.substr(at).starts_with("${env:") || text.substr(at).starts_with("${file:") ||
                               text.substr(at).starts_with("${credential:");
            if (end == std::string_view::npos || !known) return false;
            at = end + 1;
            continue;
        }
        if (!is_word_character(text[at])) {
            if (std::string_view{" \t{}[]\"',:"}.find(text[at]) == std::string_view::npos) return false;
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && is_word_character(text[end])) ++end;
        const std::string_view word = text.substr(at, end - at);
        const bool is_key = end < text.size() && text[end] == ':';
        const auto near = [&](const std::string& name) {
            return edit_distance(word, name, kMisspeltMax) <= (is_key ? kMisspeltMax : 0);
        };
        if (std::none_of(credential_names_.begin(), credential_names_.end(), near)) return false;
        at = end;
    }
    return true;
}

std::optional<SourceFault> SourceText::fault() const {
    if (text_.size() > kConfigBytesMax) return SourceFault{.at = {}, .message = "the file is larger than 64 MiB"};
    const std::size_t malformed = first_malformed_utf8(text_);
    if (malformed != std::string::npos) {
        return SourceFault{.at = position_of(malformed), .message = "this is not UTF-8; save the file as UTF-8"};
    }
    // yaml-cpp takes byte 4 for the end of the file; YAML allows none of these anyway.
    for (std::size_t at = 0; at < text_.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text_[at]);
        const bool allowed = (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
        if (!allowed) {
            const std::string what = byte == 0 ? "a NUL byte" : "a control character";
            return SourceFault{.at = position_of(at), .message = what + " is not allowed in a config; remove it"};
        }
    }
    if (const auto excess = find_flow_excess(text_)) {
        return SourceFault{.at = position_of(excess->offset), .message = excess->message};
    }
    return std::nullopt;
}

}  // namespace taktd
