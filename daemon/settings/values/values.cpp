// SPDX-License-Identifier: Apache-2.0
// Small hand-written parsers over a cursor; all arithmetic is bounded before it is done.
#include "daemon/settings/values/values.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace taktd {
namespace {

constexpr const char* kDurationHelp = "write a number and a unit: 500ms, 10s, 5m, 2h or 7d";
constexpr const char* kRateHelp = "write a rate such as 10/s or 100/m";
constexpr const char* kTimeHelp = "write a time such as \"2026-12-05 03:00\" or \"2026-12-05T03:00:00+08:00\"";

struct Unit {
    std::string_view name;
    Duration length;
};
constexpr std::array kUnits = {Unit{"d", std::chrono::hours{24}}, Unit{"h", std::chrono::hours{1}},
                               Unit{"m", std::chrono::minutes{1}}, Unit{"s", std::chrono::seconds{1}},
                               Unit{"ms", std::chrono::milliseconds{1}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The leading digits of `text`, taken off; nothing if there are none or more than 18.
std::optional<std::int64_t> take_number(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == 0 || digits > 18) return std::nullopt;
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(digits);
    return number;
}

/// Exactly `digits` digits.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// `HH:MM[:SS[.fraction]]`.
bool take_clock(std::string_view& text, WrittenTime& time) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return false;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59) return false;
    time.local += std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    if (!take(text, ':')) return true;
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return false;
    time.local += std::chrono::seconds{*second};
    if (!take(text, '.')) return true;
    Duration unit = std::chrono::seconds{1};
    bool any = false;
    while (!text.empty() && is_digit(text.front())) {
        unit /= 10;
        if (unit.count() == 0) return false;
        time.fraction += unit * (text.front() - '0');
        text.remove_prefix(1);
        any = true;
    }
    return any;
}

bool take_offset(std::string_view& text, WrittenTime& time) {
    if (text.empty()) return true;
    if (take(text, 'Z') || take(text, 'z')) {
        time.offset = std::chrono::seconds{0};
        return true;
    }
    const bool negative = text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return false;
    const auto hours = take_digits(text, 2);
    take(text, ':');
    const auto minutes = take_digits(text, 2);
    if (!hours || !minutes || *hours > 18 || *minutes > 59) return false;
    const std::chrono::seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    time.offset = negative ? -offset : offset;
    return true;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    Duration total{};
    std::size_t next_unit = 0;
    std::string_view rest = text;
    if (rest.empty()) return unexpected<std::string>{std::string{kDurationHelp}};
    while (!rest.empty()) {
        const auto number = take_number(rest);
        if (!number) return unexpected<std::string>{std::string{kDurationHelp}};
        std::size_t letters = 0;
        while (letters < rest.size() && !is_digit(rest[letters])) ++letters;
        const std::string_view name = rest.substr(0, letters);
        std::size_t unit = next_unit;
        while (unit < kUnits.size() && kUnits[unit].name != name) ++unit;
        if (unit == kUnits.size()) return unexpected<std::string>{std::string{kDurationHelp}};
        next_unit = unit + 1;
        rest.remove_prefix(letters);
        if (*number > (kDurationMax - total) / kUnits[unit].length)
            return unexpected<std::string>{"at most ten years, 3653d"};
        total += kUnits[unit].length * *number;
    }
    return total;
}

Result<Duration> parse_rate(std::string_view text) {
    const auto count = take_number(text);
    if (!count || !take(text, '/') || (text != "s" && text != "m")) return unexpected{kRateHelp};
    if (*count == 0) return unexpected<std::string>{"a rate is at least 1/m"};
    if (*count > 1'000'000) return unexpected<std::string>{"a rate is at most 1000000/s"};
    const Duration unit = text == "s" ? Duration{std::chrono::seconds{1}} : Duration{std::chrono::minutes{1}};
    return Duration{(unit.count() + *count - 1) / *count};
}

Result<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) return unexpected<std::string>{"this number is too large"};
    if (error != std::errc{} || end != text.data() + text.size())
        return unexpected<std::string>{"write a whole number"};
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.size() > 1 && digits.front() == '0')
        return unexpected<std::string>{"write the number without leading zeros"};
    return number;
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 63) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool plain = (c >= 'a' && c <= 'z') || is_digit(c);
        if (!plain && (i == 0 || (c != '_' && c != '-'))) return false;
    }
    return true;
}

Result<WrittenTime> parse_time(std::string_view text) {
    const auto year = take_digits(text, 4);
    const bool dash = take(text, '-');
    const auto month = take_digits(text, 2);
    const bool second_dash = take(text, '-');
    const auto day = take_digits(text, 2);
    if (!year || !dash || !month || !second_dash || !day) return unexpected{kTimeHelp};
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return unexpected<std::string>{"there is no such date"};
    if (*year < 1970 || *year > 2169) return unexpected<std::string>{"the year must be from 1970 to 2169"};
    WrittenTime time;
    time.local = LocalTime{std::chrono::local_days{date}};
    if (text.empty()) return time;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return unexpected{kTimeHelp};
    if (!take_clock(text, time)) return unexpected{kTimeHelp};
    if (!take_offset(text, time) || !text.empty()) return unexpected{kTimeHelp};
    return time;
}

Result<WallTime> instant_of(const WrittenTime& time, const Zone& zone) {
    if (time.offset) {
        return WallTime{std::chrono::duration_cast<Duration>(time.local.time_since_epoch() - *time.offset)} +
               time.fraction;
    }
    const LocalMeaning meaning = zone.meaning_of(time.local);
    if (meaning.kind == LocalMeaning::Kind::gap) {
        return unexpected<std::string>{"the clocks of " + zone.name() +
                                       " skip this time; write it with an offset, e.g. " + to_rfc3339(meaning.first)};
    }
    if (meaning.kind == LocalMeaning::Kind::fold) {
        return unexpected<std::string>{"the clocks of " + zone.name() +
                                       " show this time twice; write it with an offset: " + to_rfc3339(meaning.first) +
                                       " or " + to_rfc3339(meaning.second)};
    }
    return meaning.first + time.fraction;
}

}  // namespace taktd
