// SPDX-License-Identifier: Apache-2.0
// The log: one line per fact, with structured fields, to stderr (journald's way). Every registered secret is replaced
// by asterisks before a line is written. Thread-safe; only log.cpp sees spdlog.
//
// Whoever writes a line never waits for its reader: lines go through a bounded queue to a thread of their own
// (line_writer.hpp). A pipe that is full, a journald behind a hung disk or a terminal after Ctrl-S costs lines, never
// time.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/core/base/secret.hpp"

namespace taktd::log {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { text, json };

std::optional<Level> parse_level(std::string_view name);    ///< "debug", "info", "warning", "error"
std::optional<Format> parse_format(std::string_view name);  ///< "text", "json"

/// One `key=value` of a line. Refers to its text: make it where the line is written.
struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    Field(std::string_view k, std::convertible_to<std::string_view> auto const& v)
        : key{k}, value{std::string_view{v}} {}
    Field(std::string_view k, bool v) : key{k}, value{v} {}
    Field(std::string_view k, std::floating_point auto v) : key{k}, value{static_cast<double>(v)} {}
    Field(std::string_view k, std::signed_integral auto v) : key{k}, value{static_cast<std::int64_t>(v)} {}
    Field(std::string_view k, std::unsigned_integral auto v) : key{k}, value{static_cast<std::uint64_t>(v)} {}

    std::string_view key;
    Value value;
};

/// A longer line is cut and ends in `...`; a JSON line stays a whole object.
inline constexpr std::size_t kMessageBytesMax = 4096;
inline constexpr std::size_t kFieldBytesMax = 2048;
inline constexpr std::size_t kFieldsMax = 24;
/// A warning or an error that says the same as another one within a minute is counted, and the count is told with the
/// first line after that minute, at flush() at the latest. The first is always written; at debug all are.
/// Lines that differ in these fields alone say the same.
inline constexpr std::array<std::string_view, 4> kPassingFields{"attempt", "call", "request_id", "took"};
/// More lines in one second are counted, and the count is logged with the next line. Errors and warnings are counted
/// apart from the rest, so that no flood of small talk hides an overdue stop.
inline constexpr std::uint32_t kLinesPerSecondMax = 1000;
/// What waits for a reader that takes nothing. Beyond it lines are dropped and counted, errors last; the count is
/// logged once the reader takes lines again.
inline constexpr std::size_t kQueuedLinesMax = 10'000;
inline constexpr std::size_t kQueuedBytesMax = 4 * 1024 * 1024;
/// An end of life waits at most so long for the log's reader.
inline constexpr std::chrono::milliseconds kFlushMax{1000};
/// Beyond it the secret registered longest ago is forgotten: rotated tokens must not pile up.
inline constexpr std::size_t kSecretsMax = 1024;
/// A shorter secret is not looked for: it would blacken half of every line.
inline constexpr std::size_t kSecretBytesMin = 4;

struct Options {
    Level level = Level::info;
    Format format = Format::text;
    /// Takes each line (without its newline) instead of stderr; for tests.
    std::function<void(std::string_view line)> sink = {};
    /// Priority prefixes `<3>` and no time stamp, as journald wants it; only with Format::text.
    bool journal = false;
};

/// True if systemd says ($JOURNAL_STREAM) that stderr goes to the journal.
bool stderr_is_journal();

/// Until it is called, lines from `info` on go to stderr as text. Call it before other threads log.
void setup(Options options);

/// Lines of each level since the process began, with those that the rate limit held back or nobody took; those below
/// the log's level are none.
std::array<std::uint64_t, 4> lines_by_level();

/// From now on lines from this level on are written; reset_level(): as setup() said.
void set_level(Level level);
void reset_level();

/// True if the log's level lets such a line through.
bool enabled(Level level);
/// For lines that are costly to make. False: one of that level would not be written now; if the rate limit alone is
/// why, it is counted here, and must not be given to write() any more.
bool takes(Level level);

void write(Level level, std::string_view message, std::span<const Field> fields);

inline void debug(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::debug, m, {f.begin(), f.size()});
}
inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::info, m, {f.begin(), f.size()});
}
inline void warning(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::warning, m, {f.begin(), f.size()});
}
inline void error(std::string_view m, std::initializer_list<Field> f = {}) {
    write(Level::error, m, {f.begin(), f.size()});
}

/// A text for people that spans lines, such as the diagnostic of a config, written as it is (but for secrets) and in
/// its turn among the lines.
void write_text(Level level, std::string text);

/// Tells what has been counted, and writes anew what comes again from now on: somebody has asked for something, and
/// waits to hear what is wrong with it.
void end_repeats();

/// Says how often lines have come again and how many the rate limit has held back, if any, and waits until all is
/// written, kFlushMax at most: call it before the process ends. False: the reader did not take it all.
bool flush();

/// From now on `value` never appears in a line, nor do its percent-encoded and JSON-escaped forms.
void register_secret(std::string_view value);
void register_secret(const Secret& secret);

/// `text` with every registered secret replaced: for what a vendor says, before it is stored or shown.
std::string redact(std::string text);

}  // namespace taktd::log
