// SPDX-License-Identifier: Apache-2.0
// Renders a line (redact, shorten, escape) and hands it to spdlog, which stamps it with time and level and calls the
// sink below: rate limit, then the queue to stderr (line_writer.hpp). Redaction comes first, so that no cut or escape
// can hide a secret from it.
#include "daemon/log/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include "daemon/log/escape.hpp"
#include "daemon/log/line_writer.hpp"
#include "daemon/log/repeats.hpp"

namespace taktd::log {
namespace {

using spdlog_level = spdlog::level::level_enum;

spdlog_level to_spdlog(Level level) {
    switch (level) {
        case Level::debug: return spdlog_level::debug;
        case Level::info: return spdlog_level::info;
        case Level::warning: return spdlog_level::warn;
        case Level::error: return spdlog_level::err;
    }
    return spdlog_level::info;
}

// ---- one line ------------------------------------------------------------------------------------------------------

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string number_text(auto value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string render_value(const Field::Value& value, Format format) {
    const auto render_string = [format](std::string_view text) {
        const auto shown = shorten(redact(std::string{text}), kFieldBytesMax);
        return format == Format::json ? quote_json(shown) : quote_text(shown);
    };
    const auto render_double = [format](double number) {
        const bool is_json_number = number - number == 0;  // JSON has no infinity and no NaN
        return format == Format::json && !is_json_number ? std::string{"null"} : number_text(number);
    };
    return std::visit(
        Overloaded{render_string, render_double, [](bool flag) { return std::string{flag ? "true" : "false"}; },
                   [](auto integer) { return number_text(integer); }},
        value);
}

std::string render_message(std::string_view message, Format format) {
    const auto shown = shorten(redact(std::string{message}), kMessageBytesMax);
    return format == Format::json ? R"("message":)" + quote_json(shown) : escape_text(shown);
}

/// `wants_all`: also those that differ from one line to the next that says the same.
std::string render_fields(std::span<const Field> fields, Format format, bool wants_all) {
    const bool json = format == Format::json;
    std::string text;
    for (const auto& field : fields.first(std::min(fields.size(), kFieldsMax))) {
        if (!wants_all && std::ranges::find(kPassingFields, field.key) != kPassingFields.end()) continue;
        text += json ? "," + quote_json(field.key) + ":" : " " + escape_text(field.key) + "=";
        text += render_value(field.value, format);
    }
    return text;
}

std::string render(std::string_view message, std::span<const Field> fields, Format format) {
    return render_message(message, format) + render_fields(fields, format, true);
}

/// The line that tells how often another one came again.
std::string repeated_note(const Repeats::Repeated& repeated, Format format) {
    const std::string note = " (repeated " + std::to_string(repeated.times) +
                             (repeated.times == 1 ? " time in " : " times in ") +
                             std::to_string(repeated.within.count()) + " s)";
    const std::array fields{Field{"repeated", repeated.times}};
    return render_message(repeated.line.message + note, format) + repeated.line.fields +
           render_fields(fields, format, true);
}

// ---- the sink ------------------------------------------------------------------------------------------------------

Level to_level(spdlog_level level) {
    return level >= spdlog_level::err    ? Level::error
           : level >= spdlog_level::warn ? Level::warning
           : level >= spdlog_level::info ? Level::info
                                         : Level::debug;
}

// Never destroyed: threads that outlive main() may still log, and the writer's own may stand in a write(2) that
// nobody ends but the end of the process.
LineWriter& stderr_writer() {
    static auto& instance = *new LineWriter{STDERR_FILENO};
    return instance;
}

/// Lines of one second, of one kind (up to info, or from warning on).
struct Budget {
    std::chrono::seconds second{};
    std::uint32_t written = 0;
    std::uint64_t suppressed = 0;

    /// False: the line is counted as held back.
    bool has_room(std::chrono::seconds now) {
        if (now != second) {  // a clock that went back begins a new second as well
            second = now;
            written = 0;
        }
        if (written < kLinesPerSecondMax) return true;
        ++suppressed;
        return false;
    }
};

/// spdlog serialises the calls of sink_it_ and flush_.
class LimitedSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    LimitedSink(Format format, std::function<void(std::string_view)> out) : format_{format}, out_{std::move(out)} {}

    /// False if a line of that level, now, would only be counted: asked first, so that a herd's lines are not even
    /// made.
    bool has_room(spdlog_level level) {
        const std::lock_guard lock{mutex_};
        return budget_of(level).has_room(second_of(spdlog::details::os::now()));
    }

    void put_text(std::string_view text) {
        const std::lock_guard lock{mutex_};
        out_(text);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& line) override {
        auto& budget = budget_of(line.level);
        if (!budget.has_room(second_of(line.time))) return;
        ++budget.written;
        tell_suppressed(budget, line);
        put(line);
    }

    void flush_() override {
        for (auto* budget : {&quiet_, &loud_}) {
            const auto level = budget == &loud_ ? spdlog_level::warn : spdlog_level::info;
            tell_suppressed(*budget, spdlog::details::log_msg{spdlog::source_loc{}, "", level, ""});
        }
    }

private:
    static std::chrono::seconds second_of(spdlog::log_clock::time_point time) {
        return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
    }
    Budget& budget_of(spdlog_level level) { return level >= spdlog_level::warn ? loud_ : quiet_; }

    void tell_suppressed(Budget& budget, const spdlog::details::log_msg& cause) {
        if (budget.suppressed == 0) return;
        const std::array fields{Field{"lines", budget.suppressed}, Field{"per_second_max", kLinesPerSecondMax}};
        const auto text = render("log lines suppressed", fields, format_);
        budget.suppressed = 0;
        put(spdlog::details::log_msg{cause.time, spdlog::source_loc{}, "", spdlog_level::warn, text});
    }

    void put(const spdlog::details::log_msg& line) {
        spdlog::memory_buf_t buffer;
        formatter_->format(line, buffer);
        const std::string_view text{buffer.data(), buffer.size()};
        if (out_) {
            out_(text.substr(0, text.size() - 1));
        } else {
            stderr_writer().push(to_level(line.level), std::string{text});
        }
    }

    Format format_;
    std::function<void(std::string_view)> out_;
    Budget quiet_, loud_;
};

/// The priority that journald reads off a line's start: sd-daemon(3).
class PriorityFlag final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& line, const std::tm&, spdlog::memory_buf_t& out) override {
        const char priority = line.level >= spdlog_level::err    ? '3'
                              : line.level >= spdlog_level::warn ? '4'
                              : line.level >= spdlog_level::info ? '6'
                                                                 : '7';
        out.push_back(priority);
    }
    std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PriorityFlag>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter(const Options& options) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, "\n");
    formatter->add_flag<PriorityFlag>('*');
    formatter->set_pattern(options.format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                           : options.journal              ? "<%*>%v"
                                                          : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v");
    return formatter;
}

/// The line that says what nobody took.
std::string dropped_note(const Dropped& dropped, Format format, spdlog::formatter& formatter) {
    const auto of = [&](Level level) { return dropped[static_cast<std::size_t>(level)]; };
    const std::array fields{Field{"errors", of(Level::error)}, Field{"warnings", of(Level::warning)},
                            Field{"infos", of(Level::info)}, Field{"debugs", of(Level::debug)}};
    const auto text = render("log lines dropped: stderr did not take them", fields, format);
    const auto level = of(Level::error) > 0 ? spdlog_level::err : spdlog_level::warn;
    spdlog::memory_buf_t buffer;
    formatter.format(spdlog::details::log_msg{spdlog::source_loc{}, "", level, text}, buffer);
    return {buffer.data(), buffer.size()};
}

// ---- the one log ---------------------------------------------------------------------------------------------------

struct Log {
    explicit Log(Options options)
        : format{options.format},
          configured{options.level},
          has_sink{options.sink != nullptr},
          sink{std::make_shared<LimitedSink>(options.format, std::move(options.sink))},
          logger{"taktd", sink} {
        logger.set_level(to_spdlog(options.level));
        logger.set_formatter(make_formatter(options));
    }
    Format format;
    Level configured;
    bool has_sink;
    std::shared_ptr<LimitedSink> sink;
    spdlog::logger logger;
    std::mutex mutex;  // of what follows
    Repeats repeats;
};

void tell(Log& log, const std::vector<Repeats::Repeated>& due) {
    for (const Repeats::Repeated& repeated : due) {
        const auto text = repeated_note(repeated, log.format);
        log.logger.log(to_spdlog(static_cast<Level>(repeated.line.level)),
                       spdlog::string_view_t{text.data(), text.size()});
    }
}

/// False: the line has been written within a minute and is only counted. Who wants to see all (debug) sees all.
bool is_first(Log& log, Level level, std::string_view message, std::span<const Field> fields) {
    std::vector<Repeats::Repeated> due;
    const bool may_repeat = level < Level::warning || log.logger.should_log(spdlog_level::debug);
    bool is_first = true;
    {
        const std::lock_guard lock{log.mutex};
        const auto now = spdlog::details::os::now();
        if (may_repeat) {
            log.repeats.take_due(now, due);
        } else {
            Repeats::Line line{static_cast<int>(level), std::string{message}, render_fields(fields, log.format, false)};
            is_first = log.repeats.is_first(std::move(line), now, due);
        }
    }
    tell(log, due);
    return is_first;
}

std::array<std::atomic<std::uint64_t>, 4> line_counts{};

void count_line(Level level) {
    line_counts.at(static_cast<std::size_t>(level)).fetch_add(1, std::memory_order_relaxed);
}

// Never destroyed: threads that outlive main() may still log.
std::unique_ptr<Log>& current() {
    static auto& instance = *new std::unique_ptr<Log>{std::make_unique<Log>(Options{})};
    return instance;
}

}  // namespace

std::optional<Level> parse_level(std::string_view name) {
    if (name == "debug") return Level::debug;
    if (name == "info") return Level::info;
    if (name == "warning") return Level::warning;
    if (name == "error") return Level::error;
    return std::nullopt;
}

std::optional<Format> parse_format(std::string_view name) {
    if (name == "text") return Format::text;
    if (name == "json") return Format::json;
    return std::nullopt;
}

bool stderr_is_journal() {
    // systemd.exec(5): "device:inode" of the stream, which a later redirection makes untrue.
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat about {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &about) != 0) return false;
    return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino) == stream;
}

void setup(Options options) {
    stderr_writer().on_dropped([format = options.format, formatter = std::shared_ptr{make_formatter(options)}](
                                   const Dropped& dropped) { return dropped_note(dropped, format, *formatter); });
    current() = std::make_unique<Log>(std::move(options));
}

std::array<std::uint64_t, 4> lines_by_level() {
    std::array<std::uint64_t, 4> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts.at(i) = line_counts.at(i).load(std::memory_order_relaxed);
    return counts;
}

void set_level(Level level) { current()->logger.set_level(to_spdlog(level)); }

void reset_level() { set_level(current()->configured); }

bool enabled(Level level) { return current()->logger.should_log(to_spdlog(level)); }

bool takes(Level level) {
    auto& log = *current();
    if (!log.logger.should_log(to_spdlog(level))) return false;
    if (log.sink->has_room(to_spdlog(level))) return true;
    count_line(level);
    return false;
}

void write(Level level, std::string_view message, std::span<const Field> fields) {
    auto& log = *current();
    if (!log.logger.should_log(to_spdlog(level))) return;
    count_line(level);
    if (!log.sink->has_room(to_spdlog(level))) return;
    if (!is_first(log, level, message, fields)) return;
    const auto line = render(message, fields, log.format);
    log.logger.log(to_spdlog(level), spdlog::string_view_t{line.data(), line.size()});
}

void write_text(Level level, std::string text) {
    auto& log = *current();
    if (!log.logger.should_log(to_spdlog(level))) return;
    count_line(level);
    text = redact(std::move(text));
    if (log.has_sink) return log.sink->put_text(text);
    if (!text.ends_with('\n')) text += '\n';
    stderr_writer().push(level, std::move(text));
}

void end_repeats() {
    auto& log = *current();
    std::vector<Repeats::Repeated> due;
    {
        const std::lock_guard lock{log.mutex};
        log.repeats.take_all(spdlog::details::os::now(), due);
    }
    tell(log, due);
}

bool flush() {
    end_repeats();
    auto& log = *current();
    log.logger.flush();
    return log.has_sink || stderr_writer().flush(kFlushMax);
}

}  // namespace taktd::log
