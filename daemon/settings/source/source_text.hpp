// SPDX-License-Identifier: Apache-2.0
// The config file's bytes as lines, and the question which of them may be repeated in a message: a line on which a
// secret might stand is never shown, however broken the file is.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace taktd {

/// A place in a file, counted from 0, the column in bytes. The default means the (first) file as a whole.
struct Position {
    int file = 0;  ///< as Findings counts them
    int line = -1;
    int column = -1;
    auto operator<=>(const Position&) const = default;
};

/// Longer lines are never shown.
inline constexpr std::size_t kShownLineBytesMax = 4096;

/// What makes the bytes unreadable as a config, found before a parser sees them.
struct SourceFault {
    Position at;
    std::string message;
};

class SourceText {
public:
    /// `credential_names` are the words that may stand on a shown line beside references: access_key, secret_key ...
    SourceText(std::string file, std::string text, std::vector<std::string> credential_names);

    const std::string& file() const { return file_; }
    const std::string& text() const { return text_; }
    std::string_view line(int number) const;  ///< without its line break; empty if there is none
    Position position_of(std::size_t offset) const;
    std::size_t offset_of(Position at) const;

    /// False if the line, or one that it hangs under, speaks of credentials and holds more than references and key
    /// names.
    /// Where the layout is broken, indentation says less, and the lines just above count too.
    enum class Layout : std::uint8_t { sound, broken };
    bool may_show(int line_number, Layout layout) const;

    /// Size, encoding, control characters, and brackets nested or multiplied beyond what a parser can bear.
    std::optional<SourceFault> fault() const;

private:
    struct Look {
        std::size_t indent = 0;  // npos: blank
        bool speaks_of_secrets = false, is_left_open = false;
    };
    const Look& look_at(int line_number) const;
    /// The line without its `credentials: {...}`, if that holds nothing but references.
    std::string without_references(std::string_view text) const;
    bool is_harmless(std::string_view line) const;

    std::string file_, text_;
    std::vector<std::string> credential_names_;
    std::vector<std::size_t> line_starts_;
    mutable std::map<int, Look> looks_;  // each line is looked at once, however many findings ask
};

}  // namespace taktd
