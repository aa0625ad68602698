// SPDX-License-Identifier: Apache-2.0
// The parser names a symptom ("illegal map value"); most have one of a few causes, and those are looked for in the
// line.
#include "daemon/settings/yaml/yaml_syntax.hpp"

#include <array>
#include <string_view>

namespace taktd {
namespace {

struct Explanation {
    std::string_view parser, ours;
};

// yaml-cpp/exceptions.h, ErrorMsg.
constexpr std::array kExplanations = {
    Explanation{"illegal map value",
                "a ': ' where no key can stand; put text that contains ': ' in quotes, or give the line before this "
                "one its ': '"},
    Explanation{"illegal block entry", "a '- ' where no list entry can stand; begin it on a line of its own"},
    Explanation{"illegal map key", "a '? ' where no key can stand; put the text in quotes"},
    Explanation{"end of map not found",
                "this mapping goes wrong here; check the indentation, and that every key ends in ': '"},
    Explanation{"end of map flow not found", "this '{' is never closed, or a ',' is missing inside it"},
    Explanation{"end of sequence not found", "this list goes wrong here; check the indentation"},
    Explanation{"end of sequence flow not found", "this '[' is never closed, or a ',' is missing inside it"},
    Explanation{"illegal EOF in scalar", "the file ends inside a quoted text; write the closing quote"},
    Explanation{"illegal document indicator in scalar", "'---' or '...' inside a quoted text; write the closing quote"},
    Explanation{"unknown escape character", "an unknown escape in a double-quoted text; write \\\\ for a backslash"},
    Explanation{"invalid unicode",
                "an escape that is no character; YAML has no pairs such as \\ud83d\\ude00, which JSON has: write the "
                "character itself, or \\U0001F600"},
    Explanation{"unknown token", "a value cannot begin with this character; put it in quotes"},
    Explanation{"cannot assign multiple anchors", "two anchors on one value; remove one"},
    Explanation{"cannot assign multiple tags", "two tags on one value; remove them"},
    Explanation{"the referenced anchor is not defined",
                "this alias names nothing; put text that begins with '*' in quotes"},
    Explanation{"alias not found after *", "a value cannot begin with '*'; put it in quotes"},
    Explanation{"anchor not found after &", "a value cannot begin with '&'; put it in quotes"},
    Explanation{"bad file", "nested too deeply"},
};

/// Cron strings begin with a star more often than not: `start: */5 * * * *` is read as an alias.
bool looks_like_cron(std::string_view text) {
    std::size_t stars = 0;
    for (std::size_t i = 0; i < text.size() && text[i] != '#'; ++i) {
        if (text[i] == '*') ++stars;
    }
    return stars >= 2;
}

}  // namespace

void report_syntax(Position at, const std::string& parser_message, Findings& findings) {
    findings.distrust_layout(at.file);
    const std::string_view line = findings.source(at.file).line(at.line);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first != std::string_view::npos && line.substr(0, first).find('\t') != std::string_view::npos) {
        findings.error({.file = at.file, .line = at.line, .column = static_cast<int>(line.find('\t'))},
                       "a tab in the indentation; YAML requires spaces");
        return;
    }
    const bool speaks_of_alias = parser_message.find("anchor is not defined") != std::string::npos ||
                                 parser_message.find("alias not found") != std::string::npos;
    const std::size_t star = line.find('*');
    if (speaks_of_alias && star != std::string_view::npos && looks_like_cron(line)) {
        findings.error({.file = at.file, .line = at.line, .column = static_cast<int>(star)},
                       "a cron string must be in quotes, e.g. start: \"*/5 * * * *\"");
        return;
    }
    if (line.substr(0, static_cast<std::size_t>(at.column) < line.size() ? static_cast<std::size_t>(at.column) + 1 : 0)
            .ends_with('@')) {
        findings.error(at, "a value cannot begin with '@'; put it in quotes, e.g. start: \"@daily\"");
        return;
    }
    if (parser_message.starts_with("end of map flow not found") && line.find(": ${") != std::string_view::npos) {
        findings.error(at, "within {...} a reference must be in quotes: \"${credential:NAME}\"");
        return;
    }
    for (const Explanation& e : kExplanations) {
        if (parser_message.starts_with(e.parser)) {
            findings.error(at, std::string{e.ours});
            return;
        }
    }
    findings.error(at, "YAML syntax: " + printable(parser_message.substr(0, parser_message.find(':')), 80));
}

}  // namespace taktd
