// SPDX-License-Identifier: Apache-2.0
// Each dialect has its sign: a prefix, a letter that cron does not have, or a '?' where only AWS puts one. What the
// proposals mean is tested against what the other program's manual says.
#include "daemon/core/calendar/cron_dialects.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "daemon/core/base/odd_characters.hpp"

namespace taktd {
namespace {

using std::chrono::seconds;

constexpr std::array<std::string_view, 7> kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr Duration kEveryMin = std::chrono::milliseconds{100};
constexpr std::int64_t kEverySecondsMax = std::int64_t{3650} * 24 * 3600;
constexpr std::size_t kNumberDigitsMax = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= kNumberDigitsMax && std::all_of(text.begin(), text.end(), is_digit);
}
std::int64_t number_of(std::string_view digits) {
    std::int64_t number = 0;
    for (const char c : digits) number = number * 10 + (c - '0');
    return number;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool inside = false;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank && !inside) words.emplace_back();
        if (!blank) words.back() += c;
        inside = !blank;
    }
    return words;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string every_rule(Duration period) { return "{every: " + to_text(period) + "}"; }

/// The duration that Go writes, as in `1h30m`; nothing if taktd could not be told it.
std::optional<Duration> go_duration(std::string_view text) {
    Duration total{};
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && is_digit(text[digits])) ++digits;
        if (!is_number(text.substr(0, digits))) return std::nullopt;
        const auto count = number_of(text.substr(0, digits));
        text.remove_prefix(digits);
        Duration unit = seconds{3600};
        if (text.starts_with("ms")) {
            unit = std::chrono::milliseconds{1};
        } else if (text.starts_with('s')) {
            unit = seconds{1};
        } else if (text.starts_with('m')) {
            unit = seconds{60};
        } else if (!text.starts_with('h')) {
            return std::nullopt;
        }
        text.remove_prefix(text.starts_with("ms") ? 2 : 1);
        if (count > (seconds{kEverySecondsMax} - total) / unit) return std::nullopt;
        total += unit * count;
    }
    if (total < kEveryMin) return std::nullopt;
    return total;
}

CronError every_error(std::string_view rest) {
    CronError error{.message = "'@every' is not a cron expression; 'every' is a start rule of its own"};
    if (const auto period = go_duration(rest)) {
        error.rule = every_rule(*period);
    } else {
        error.message += ", as in start: {every: 90m}";
    }
    return error;
}

/// `2026-12-05 03:00`, with or without seconds or a 'T': what 'at' accepts.
bool is_plain_time(std::string_view text) {
    constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
    if (text.size() != 16 && text.size() != 19) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool fits = kShape[i] == 'd' ? is_digit(text[i]) : text[i] == kShape[i] || (i == 10 && text[i] == 'T');
        if (!fits) return false;
    }
    const auto part = [&](std::size_t at, std::size_t size) {
        return static_cast<int>(number_of(text.substr(at, size)));
    };
    const auto date = std::chrono::year{part(0, 4)} / part(5, 2) / part(8, 2);
    return date.ok() && part(0, 4) >= 1970 && part(0, 4) <= 2169 && part(11, 2) < 24 && part(14, 2) < 60 &&
           (text.size() == 16 || part(17, 2) < 60);
}

CronError at_error(std::string_view rest) {
    CronError error{.message = "'@at' is not a cron expression; 'at' is a start rule of its own"};
    if (is_plain_time(rest)) {
        error.rule = "{at: \"" + std::string{rest} + "\"}";
    } else {
        error.message += ", as in start: {at: \"2026-12-05 03:00\"}";
    }
    return error;
}

/// `rate(5 minutes)` of AWS.
CronError rate_error(std::string_view inside) {
    CronError error{.message = "'rate(...)' is AWS's; 'every' is a start rule of its own"};
    const auto words = words_of(inside);
    constexpr std::array<std::pair<std::string_view, int>, 3> kUnits{{{"minute", 60}, {"hour", 3600}, {"day", 86400}}};
    for (const auto& [name, length] : kUnits) {
        if (words.size() != 2 || !is_number(words[0]) || !words[1].starts_with(name)) continue;
        const auto count = number_of(words[0]);
        if (count > 0 && count <= kEverySecondsMax / length) error.rule = every_rule(seconds{count * length});
    }
    if (error.rule.empty()) error.message += ", as in start: {every: 90m}";
    return error;
}

/// The prefixes `TZ=` and `CRON_TZ=`.
CronError zone_error(std::string_view zone, std::string_view rest) {
    CronError error{.message = "the time zone is no part of a cron expression; it is a key of its own"};
    const auto inner = Cron::parse(rest);
    if (!inner && !inner.error().rule.empty()) return error;
    const auto expression = inner ? std::string{rest} : inner.error().instead;
    if (expression.empty() || zone.empty()) {
        error.message += ": time_zone";
    } else {
        error.zone = zone;
        error.rule = "{cron: \"" + expression + "\", time_zone: " + error.zone + "}";
    }
    return error;
}

/// A weekday field with Quartz's numbers, where 1 is Sunday, written with names; `base` 0 reads them as cron does.
std::string with_day_names(std::string_view field, int base) {
    if (field == "L") return "SAT";
    std::string named;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const char before = i == 0 ? ',' : field[i - 1];
        const bool alone = i + 1 == field.size() || !is_digit(field[i + 1]);
        if (is_digit(field[i]) && alone && (before == ',' || before == '-') && field[i] - '0' - base >= 0 &&
            field[i] - '0' - base <= 7) {
            named += kDays[static_cast<std::size_t>(field[i] - '0' - base) % 7];
        } else {
            named += field[i];
        }
    }
    return named;
}

bool has_day_number(std::string_view field) { return field == "L" || with_day_names(field, 0) != field; }

/// `0 10 * * ? *`: AWS's minute hour day month weekday year, six of them, with one '?' among the days.
std::optional<CronError> aws_fields(std::vector<std::string> words) {
    if (words.size() != 6 || (words[2] != "?" && words[4] != "?")) return std::nullopt;
    words[4] = words[4] == "?" ? "*" : with_day_names(words[4], 1);
    if (words[2] == "?") words[2] = "*";
    if (words[5] == "*") {
        words.pop_back();
    } else {
        words.insert(words.begin(), "0");
    }
    CronError error{.message = "six fields begin with the second here, and these are AWS's, with the year last"};
    error.instead = joined(words);
    error.message += "; write " + error.instead;
    return error;
}

/// `0 0 12 ? * 2-6`: from Monday in Quartz, from Tuesday in cron and Spring.
std::optional<CronError> quartz_weekdays(std::vector<std::string> words) {
    if (words.size() < 6 || words.size() > 7 || words[3] != "?" || !has_day_number(words[5])) return std::nullopt;
    const auto quartz = with_day_names(words[5], 1), ours = with_day_names(words[5], 0);
    CronError error{.message = "beside '?', day-of-week " + words[5] + " is ambiguous: " + quartz +
                               " in Quartz, where 1 is Sunday" +
                               (words[5] == "L" ? std::string{} : ", and " + ours + " in cron") +
                               "; write names: " + quartz};
    words[3] = "*";
    words[5] = quartz;
    error.instead = joined(words);
    return error;
}

/// The lowest value of the field at `index` among `count`.
std::string lowest(std::size_t index, std::size_t count) {
    const std::size_t from_second = count == 5 ? index + 1 : index;
    return from_second == 3 || from_second == 4 ? "1" : "0";
}

/// Jenkins' `H`, `H/15`, `H(0-29)/10` as cron has it; nothing if it is none of them.
std::optional<std::string> without_hash(std::string_view field, const std::string& low) {
    if (!field.starts_with('H')) return std::nullopt;
    field.remove_prefix(1);
    if (field.empty()) return low;
    if (field.starts_with('/') && is_number(field.substr(1))) return "*" + std::string{field};
    const auto end = field.find(')');
    if (!field.starts_with('(') || end == std::string_view::npos) return std::nullopt;
    const auto range = field.substr(1, end - 1), rest = field.substr(end + 1);
    const auto dash = range.find('-');
    if (dash == std::string_view::npos || !is_number(range.substr(0, dash)) || !is_number(range.substr(dash + 1)))
        return std::nullopt;
    if (rest.empty()) return std::string{range.substr(0, dash)};
    if (!rest.starts_with('/') || !is_number(rest.substr(1))) return std::nullopt;
    return std::string{range} + std::string{rest};
}

/// `0~59`, `~`, `5~`: a random value of cronie's and OpenBSD's; its lowest.
std::optional<std::string> without_tilde(std::string_view field, const std::string& low) {
    const auto tilde = field.find('~');
    if (tilde == std::string_view::npos) return std::nullopt;
    const auto first = field.substr(0, tilde), last = field.substr(tilde + 1);
    if ((!first.empty() && !is_number(first)) || (!last.empty() && !is_number(last))) return std::nullopt;
    return first.empty() ? low : std::string{first};
}

std::optional<CronError> chosen_values(std::string_view expression) {
    auto words = words_of(expression);
    if (words.size() < 5 || words.size() > 7) return std::nullopt;
    std::string sign;
    std::size_t at = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto low = lowest(i, words.size());
        const auto hash = without_hash(words[i], low);
        const auto value = hash ? hash : without_tilde(words[i], low);
        if (!value) continue;
        if (sign.empty()) {
            sign = hash ? "H" : "~";
            at = expression.find(words[i]);
        }
        words[i] = *value;
    }
    if (sign.empty()) return std::nullopt;
    CronError error{.column = at,
                    .message = (sign == "H" ? std::string{"'H' lets Jenkins choose the value"}
                                            : std::string{"'~' lets cron choose the value by chance"}) +
                               "; taktd's starts are known beforehand: choose one yourself, as in " + joined(words)};
    error.instead = joined(words);
    return error;
}

std::optional<CronError> line_break(std::string_view expression) {
    const auto at = expression.find('\n');
    if (at == std::string_view::npos) return std::nullopt;
    CronError error;
    error.column = at;
    error.message = "the text has a line break, as a YAML block ('|' or '>') makes it; write it in quotes, on one line";
    return error;
}

std::optional<CronError> odd_characters(std::string_view expression) {
    const auto odd = find_odd_character(expression);
    if (!odd) return std::nullopt;
    CronError error{.column = odd->at,
                    .message = "this is " + odd->name + ", which cron does not know; " + advice_on(*odd)};
    error.instead = without_odd_characters(expression);
    return error;
}

/// Dialects that have a prefix.
std::optional<CronError> prefixed(std::string_view text) {
    const auto rest_after = [&](std::string_view prefix) { return trimmed(text.substr(prefix.size())); };
    if (text.starts_with("@every ")) return every_error(rest_after("@every "));
    if (text.starts_with("@at ")) return at_error(rest_after("@at "));
    for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
        if (!text.starts_with(prefix)) continue;
        const auto blank = std::min(text.find(' '), text.size());
        return zone_error(text.substr(prefix.size(), blank - prefix.size()), trimmed(text.substr(blank)));
    }
    if (text.starts_with("rate(") && text.ends_with(')')) return rate_error(text.substr(5, text.size() - 6));
    if (text.starts_with("cron(") && text.ends_with(')')) {
        const auto inside = text.substr(5, text.size() - 6);
        if (auto error = aws_fields(words_of(inside))) return error;
        CronError error{.message = "'cron(...)' is AWS's; write what is between the brackets"};
        error.instead = inside;
        return error;
    }
    return std::nullopt;
}

}  // namespace

std::optional<CronError> other_dialect(std::string_view expression) {
    if (auto error = odd_characters(expression)) return error;
    if (auto error = line_break(expression)) return error;
    const auto text = trimmed(expression);
    auto error = prefixed(text);
    if (!error) error = aws_fields(words_of(text));
    if (!error) error = quartz_weekdays(words_of(text));
    if (error) {
        error->column = static_cast<std::size_t>(text.data() - expression.data());
        return error;
    }
    return chosen_values(expression);
}

std::string every_instead_of(std::string_view expression) {
    auto words = words_of(expression);
    if (words.size() == 5) words.insert(words.begin(), "0");
    if (words.size() != 6) return {};
    constexpr std::array<std::int64_t, 4> kUnits{1, 60, 3600, 86400};
    std::int64_t period = 0, offset = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (period != 0) {
            if (word != "*" && word != "?") return {};
        } else if (i < 4 && (word.starts_with("*/") || word.starts_with("0/")) && is_number(word.substr(2))) {
            period = number_of(word.substr(2)) * kUnits[i];
            if (period == 0 || period > kEverySecondsMax) return {};
        } else if (i < 3 && is_number(word)) {
            const auto value = number_of(word);
            if (value > (i == 2 ? 23 : 59)) return {};
            offset += value * kUnits[i];
        } else {
            return {};
        }
    }
    if (period == 0) return {};
    if (offset == 0) return every_rule(seconds{period});
    std::array<char, 64> from{};
    std::snprintf(from.data(), from.size(), ", from: \"1970-01-01 %02d:%02d:%02d\"}", static_cast<int>(offset / 3600),
                  static_cast<int>(offset / 60 % 60), static_cast<int>(offset % 60));
    return "{every: " + to_text(Duration{seconds{period}}) + from.data();
}

}  // namespace taktd
