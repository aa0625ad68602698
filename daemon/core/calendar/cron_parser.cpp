// SPDX-License-Identifier: Apache-2.0
// Reads cron expressions, strictly: what the specification does not allow is an error that names its column and says
// what to write instead. How a pattern is evaluated is told in cron.cpp.
#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/core/calendar/cron_advice.hpp"
#include "daemon/core/calendar/cron_dialects.hpp"

namespace taktd {

namespace {

constexpr std::array<std::string_view, 12> kMonthNames{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kWeekdayNames{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct Field {
    std::string_view name;
    int low, high;
    std::span<const std::string_view> names{};
    int first_name = 0;  ///< the value of names[0]
};
constexpr Field kSecond{"second", 0, 59}, kMinute{"minute", 0, 59}, kHour{"hour", 0, 23}, kDay{"day-of-month", 1, 31},
    kYear{"year", Cron::kFirstYear, Cron::kLastYear};
constexpr Field kMonth{"month", 1, 12, kMonthNames, 1};
constexpr Field kWeekday{"day-of-week", 0, 7, kWeekdayNames, 0};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames{{{"@yearly", "0 0 1 1 *"},
                                                                                   {"@annually", "0 0 1 1 *"},
                                                                                   {"@monthly", "0 0 1 * *"},
                                                                                   {"@weekly", "0 0 * * 0"},
                                                                                   {"@daily", "0 0 * * *"},
                                                                                   {"@midnight", "0 0 * * *"},
                                                                                   {"@hourly", "0 * * * *"}}};
constexpr std::string_view kNicknameList = "@yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly";
constexpr std::string_view kFiveFields = "5 fields: minute hour day-of-month month day-of-week";

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }

std::string range_text(const Field& field) {
    auto text = std::to_string(field.low) + "-" + std::to_string(field.high);
    if (!field.names.empty()) text += " or " + std::string{field.names.front()} + "-" + std::string{field.names.back()};
    return text;
}

std::string shown(char c) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code < 0x7f) return {'\'', c, '\''};
    constexpr std::string_view kHex = "0123456789abcdef";
    return std::string{"byte 0x"} + kHex[code >> 4] + kHex[code & 15];
}

/// A piece of the expression that knows where it stands.
struct Token {
    std::string_view text;
    std::size_t column;

    bool empty() const { return text.empty(); }
    char front() const { return text.empty() ? '\0' : text.front(); }
    Token from(std::size_t n) const { return {text.substr(n), column + n}; }
    Token until(std::size_t n) const { return {text.substr(0, n), column}; }
};

std::vector<Token> split_at_blanks(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < text.size();) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        auto end = i;
        while (end < text.size() && !is_blank(text[end])) ++end;
        tokens.push_back({text.substr(i, end - i), i});
        i = end;
    }
    return tokens;
}

using Status = Result<void, CronError>;

tl::unexpected<CronError> error(const Token& where, std::string message) {
    CronError told;
    told.column = where.column;
    told.message = std::move(message);
    return tl::unexpected<CronError>{std::move(told)};
}

/// A part of the expression as an error message may repeat it: short, and without control characters.
std::string shown(std::string_view text) {
    constexpr std::size_t kShownMax = 40;
    std::string safe;
    for (const char c : text.substr(0, kShownMax)) safe += c >= 0x20 && c < 0x7f ? c : '?';
    return text.size() > kShownMax ? safe + "..." : safe;
}

// Not `"'" + ...`: optimising, GCC 12 takes that for a copy over itself (PR 105651).
std::string quoted(std::string_view text) { return std::string{"'"}.append(shown(text)).append("'"); }

struct Value {
    int number;
    bool named;  ///< a name said it
};

/// Reads a number or name of `field` at the front of `rest` and moves past it.
Result<Value, CronError> take_value(const Field& field, Token& rest) {
    const auto start = rest;
    std::size_t length = 0;
    if (is_digit(rest.front())) {
        long number = 0;
        while (length < rest.text.size() && is_digit(rest.text[length])) {
            if (number < 1'000'000) number = number * 10 + (rest.text[length] - '0');
            ++length;
        }
        const auto written = rest.until(length).text;
        rest = rest.from(length);
        if (number < field.low || number > field.high) {
            return error(start, std::string{field.name} + " " + shown(written) + " is out of range " +
                                    std::to_string(field.low) + "-" + std::to_string(field.high));
        }
        return Value{static_cast<int>(number), false};
    }
    while (length < rest.text.size() && is_letter(rest.text[length])) ++length;
    std::string word;
    for (const char c : rest.until(length).text) word += upper(c);
    for (std::size_t i = 0; i < field.names.size(); ++i) {
        // "FRIL" is FRI and a modifier; any other longer word is no name.
        const bool last_of = &field == &kWeekday && word.size() == 4 && word.back() == 'L';
        if ((last_of ? word.substr(0, 3) : word) != field.names[i]) continue;
        rest = rest.from(3);
        return Value{field.first_name + static_cast<int>(i), true};
    }
    if (length > 0)
        return error(start, quoted(rest.until(length).text) + " is no " + std::string{field.name} + "; write " +
                                range_text(field));
    if (rest.empty()) return error(start, std::string{field.name} + " is missing here; write " + range_text(field));
    if (rest.front() == '?')
        return error(start, "'?' is only for day-of-month and day-of-week, and is alone there; write " +
                                range_text(field) + (&field == &kMonth || &field == &kYear ? " or '*'" : ""));
    if (rest.front() == '+')
        return error(start, "'+' may only be the first character of the day-of-week field, as in +MON");
    if (rest.front() == '/')
        return error(start, "a step needs '*' or a range before it, as in */" +
                                (rest.text.size() > 1 ? shown(rest.text.substr(1)) : "5"));
    if (rest.front() == '*') return error(start, "'*' cannot be part of a range; write " + range_text(field));
    if (rest.front() == '#')
        return error(start, "'#' needs a weekday before it, as in FRI#2; a comment is not part of a cron expression");
    return error(start, "unexpected " + shown(rest.front()) + " in the " + std::string{field.name} + " field; write " +
                            range_text(field));
}

Result<int, CronError> read_step(const Field& field, const Token& step) {
    std::size_t length = 0;
    int number = 0;
    while (length < step.text.size() && is_digit(step.text[length])) {
        if (number < 100'000) number = number * 10 + (step.text[length] - '0');
        ++length;
    }
    if (length == 0 || length < step.text.size()) {
        return error(step.from(length),
                     "a step of the " + std::string{field.name} + " field is a whole number, as in */5");
    }
    if (number == 0) return error(step, "step 0 never moves on; write a step of 1 or more");
    return number;
}

}  // namespace

class CronParser {
public:
    explicit CronParser(std::string_view expression) : text_{expression} {}

    Result<Cron, CronError> parse() {
        const auto tokens = split_at_blanks(text_);
        if (auto foreign = other_dialect(text_)) return tl::unexpected<CronError>{std::move(*foreign)};
        if (tokens.empty()) return error({{}, 0}, "the cron expression is empty; write " + std::string{kFiveFields});
        if (tokens.front().front() == '@') return nickname(tokens);
        return fields(tokens);
    }

private:
    /// The set of values of one field; `wildcard` and `stepped` decide what is fixed-time and restricted.
    struct Values {
        std::bitset<Cron::kLastYear + 1> set;
        bool leads_with_star = false, wildcard = false, stepped = false;
    };
    using Special = Result<bool, CronError> (CronParser::*)(const Token& item, bool alone);

    Result<Cron, CronError> nickname(const std::vector<Token>& tokens) const {
        const auto& name = tokens.front();
        if (tokens.size() > 1) return error(tokens[1], "nothing may follow " + shown(name.text));
        if (name.text == "@reboot")
            return error(
                name,
                "@reboot is not supported: a schedule never depends on when taktd starts; write a cron expression");
        std::string lowered;
        for (const char c : name.text) lowered += lower(c);
        for (const auto& [nickname, meaning] : kNicknames) {
            if (name.text == nickname) return CronParser{meaning}.parse();
            if (lowered == nickname)
                return instead(name, quoted(name.text) + " must be written in lower case: ", std::string{nickname});
        }
        return error(name, "unknown nickname " + quoted(name.text) + "; write " + std::string{kNicknameList});
    }

    Result<Cron, CronError> fields(std::vector<Token> tokens) {
        const auto count = tokens.size();
        if (count < 5 || count > 7) {
            const Token where = count > 7 ? tokens[7] : Token{{}, tokens.back().column + tokens.back().text.size()};
            return error(where, "found " + std::to_string(count) + (count == 1 ? " field" : " fields") + "; write " +
                                    std::string{kFiveFields} + " (6 with seconds first, 7 with the year last)");
        }
        cron_.has_seconds_ = count > 5;
        auto token = tokens.begin();
        Values seconds;
        if (!cron_.has_seconds_) {
            seconds.set.set(0);
        } else if (auto status = read(kSecond, *token++, seconds); !status) {
            return unexpected{status.error()};
        }
        Values minutes, hours, days, months, weekdays, years;
        if (auto status = read(kMinute, *token++, minutes); !status) return unexpected{status.error()};
        if (auto status = read(kHour, *token++, hours); !status) return unexpected{status.error()};
        if (auto status = read(kDay, *token++, days, &CronParser::special_day); !status)
            return unexpected{status.error()};
        if (auto status = read(kMonth, *token++, months); !status) return unexpected{status.error()};
        auto weekday = *token++;
        if (weekday.front() == '+') {
            cron_.both_days_ = true;
            weekday = weekday.from(1);
        }
        if (auto status = read(kWeekday, weekday, weekdays, &CronParser::special_weekday); !status) {
            if (count == 6 && weekday.text.size() == 4 && is_digit(weekday.front())) {
                status.error().message += "; a year needs all 7 fields, with seconds first";
            }
            return unexpected{status.error()};
        }
        if (token != tokens.end()) {
            if (auto status = read(kYear, *token, years); !status) return unexpected{status.error()};
            if (!years.leads_with_star) {
                cron_.years_.emplace();
                for (int y = Cron::kFirstYear; y <= Cron::kLastYear; ++y)
                    (*cron_.years_)[static_cast<std::size_t>(y - Cron::kFirstYear)] =
                        years.set[static_cast<std::size_t>(y)];
            }
        }

        cron_.seconds_ = mask(seconds);
        cron_.minutes_ = mask(minutes);
        cron_.hours_ = static_cast<std::uint32_t>(mask(hours));
        cron_.days_ = static_cast<std::uint32_t>(mask(days));
        cron_.months_ = static_cast<std::uint32_t>(mask(months));
        cron_.weekdays_ = static_cast<std::uint32_t>((mask(weekdays) | mask(weekdays) >> 7) & 0x7f);  // 7 is Sunday too
        cron_.days_restricted_ = !days.leads_with_star;
        cron_.weekdays_restricted_ = !weekdays.leads_with_star;
        cron_.fixed_time_ = true;
        for (const auto* time : {&seconds, &minutes, &hours}) {
            if (time->wildcard || time->stepped) cron_.fixed_time_ = false;
        }
        return std::move(cron_);
    }

    static std::uint64_t mask(const Values& values) {
        return (values.set & std::bitset<Cron::kLastYear + 1>{~std::uint64_t{0}}).to_ullong();
    }

    Status read(const Field& field, const Token& token, Values& values, Special special = nullptr) {
        const bool alone = token.text.find(',') == std::string_view::npos;
        for (auto rest = token;;) {
            const auto comma = std::min(rest.text.find(','), rest.text.size());
            const auto item = rest.until(comma);
            if (item.empty() && token.text.find(',') != std::string_view::npos)
                return error(item,
                             "an item of the list is missing here; take the comma away or write " + range_text(field));
            if (auto status = read_item(field, item, alone, values, special); !status) return status;
            if (rest.column == token.column && (item.text == "*" || item.text == "?")) values.leads_with_star = true;
            if (comma == rest.text.size()) return {};
            rest = rest.from(comma + 1);
        }
    }

    Status read_item(const Field& field, const Token& item, bool alone, Values& values, Special special) {
        if (special != nullptr) {
            if (item.text == "?" && alone) {
                values.wildcard = true;
                return set(field.low, field.high, 1, values);
            }
            const auto done = (this->*special)(item, alone);
            if (!done) return unexpected{done.error()};
            if (*done) return {};
        }
        auto rest = item;
        int low = field.low, high = field.high;
        if (rest.front() == '*') {
            values.wildcard = true;
            rest = rest.from(1);
        } else {
            const auto first = take_value(field, rest);
            if (!first) return unexpected{first.error()};
            low = high = first->number;
            if (rest.front() == '/') return lone_step(field, item, low, rest.from(1));
            if (rest.front() == '-') {
                rest = rest.from(1);
                const auto last = take_value(field, rest);
                if (!last) return unexpected{last.error()};
                high = last->number;
                // Sunday as the end of a range of names is day 7: SAT-SUN is the weekend.
                if (&field == &kWeekday && last->named && high == 0 && low != 0) high = 7;
                if (high < low) return backwards(field, item, low, high, rest);
            }
        }
        int step = 1;
        if (rest.front() == '/') {
            const auto read_as = read_step(field, rest.from(1));
            if (!read_as) return unexpected{read_as.error()};
            step = *read_as;
            values.stepped = true;
            // Of a range it is only useless; of '*' it is read as a distance that cron does not have.
            if (step >= size_of(field) && &field != &kYear && item.front() == '*')
                return too_long_step(field, item, low, step);
            if (item.front() == '*') note_uneven_step(field, step);
        } else if (!rest.empty()) {
            return trailing(field, item, rest);
        }
        return set(low, high, step, values);
    }

    static Status set(int low, int high, int step, Values& values) {
        for (int value = low; value <= high; value += step) values.set.set(static_cast<std::size_t>(value));
        return {};
    }

    /// The number of values: Sunday is one of seven, though it has two numbers.
    static int size_of(const Field& field) { return &field == &kWeekday ? 7 : field.high - field.low + 1; }
    static int last_of(const Field& field) { return &field == &kWeekday ? 6 : field.high; }
    static FieldLimits limits_of(const Field& field) { return {field.low, last_of(field), size_of(field)}; }

    /// The error whose message ends with what to write instead of `item`.
    tl::unexpected<CronError> instead(const Token& item, std::string message, const std::string& piece) const {
        auto told = error(item, std::move(message) + piece);
        told.value().instead = std::string{text_.substr(0, item.column)} + piece +
                               std::string{text_.substr(item.column + item.text.size())};
        return told;
    }

    /// `*/90` of minutes: read as cron reads it, minute 0 only.
    Status too_long_step(const Field& field, const Token& item, int low, int step) const {
        const auto first = std::to_string(&field == &kWeekday ? low % 7 : low);
        const auto says = "a step of " + std::to_string(step) + " is longer than the " + std::string{field.name} +
                          " field, so " + shown(item.text) + " means " + first + " alone";
        if (step == size_of(field)) return instead(item, says + "; write ", first);
        auto told = error(item, says);
        told.value().rule = every_instead_of(text_);
        if (told.value().rule.empty()) told.value().message += "; write one start rule for each time that is meant";
        return told;
    }

    void note_uneven_step(const Field& field, int step) {
        if ((&field != &kSecond && &field != &kMinute && &field != &kHour) || size_of(field) % step == 0) return;
        cron_.uneven_step_ = uneven_step_text(field.name, limits_of(field), step);
    }

    Status lone_step(const Field& field, const Token& item, int low, const Token& step) const {
        const auto by = read_step(field, step);
        if (!by && !step.text.empty() && step.text.find_first_not_of('0') == std::string_view::npos)
            return instead(item, "step 0 never moves on; write ", std::to_string(low));
        if (!by) return unexpected{by.error()};
        if (&field == &kWeekday) low %= 7;
        if (*by >= size_of(field) && low == field.low && &field != &kYear) return too_long_step(field, item, low, *by);
        if (low == last_of(field) || *by > last_of(field) - low)
            return instead(item, "a step needs '*' or a range before it, and this one leads to no second value; write ",
                           std::to_string(low));
        auto told = instead(item, "a step needs '*' or a range before it; write ",
                            std::to_string(low) + "-" + std::to_string(last_of(field)) + "/" + std::to_string(*by));
        told.value().message += " instead of " + shown(item.text);
        return told;
    }

    /// What a range means that wraps round at the field's end: its values, never more.
    Status backwards(const Field& field, const Token& item, int low, int high, const Token& rest) const {
        int step = 1;
        if (rest.front() == '/') {
            const auto by = read_step(field, rest.from(1));
            if (!by) return unexpected{by.error()};
            step = *by;
        } else if (!rest.empty()) {
            return trailing(field, item, rest);
        }
        const auto says = "the range " + shown(item.text) + " runs backwards; write ";
        if (&field == &kYear) {
            const auto steps = step == 1 || high == low ? std::string{} : "/" + std::to_string(step);
            return instead(item, says, range_piece(high, low) + steps);
        }
        if (&field == &kWeekday) low %= 7;
        const bool to_sunday = &field == &kWeekday && high == 0 && step == 1;
        return instead(item, says,
                       to_sunday && low > 0 ? range_piece(low, 7) : wrapped_range(limits_of(field), low, high, step));
    }

    static Status trailing(const Field& field, const Token& item, const Token& rest) {
        const char c = upper(rest.front());
        if (c == 'W' && &field == &kDay) return error(rest, "'W' applies to a single day, as in 15W, not to a range");
        if (c == 'L' && &field == &kDay)
            return error(rest, "'L' is alone in day-of-month; write L, or L-3 for the third day before the last");
        if (c == 'W' || c == 'L')
            return error(rest, quoted({&c, 1}) + " has no meaning here in the " + std::string{field.name} + " field");
        if (c == '#' && &field == &kWeekday)
            return error(rest, "'#' applies to a single weekday, as in MON#2; write a list for several");
        if (c == '#') return error(rest, "'#' is only for day-of-week, as in FRI#2");
        return error(rest, "unexpected " + shown(rest.front()) + " after " +
                               quoted(item.text.substr(0, rest.column - item.column)) + "; separate values by ','");
    }

    /// L, L-3, LW and 15W. False: the item is none of them.
    Result<bool, CronError> special_day(const Token& item, bool alone) {
        const auto only = [&]() {
            return error(item, "'W' applies to a single day and cannot be in a list; write one start rule for each");
        };
        if (upper(item.front()) == 'L') {
            const auto rest = item.from(1);
            if (rest.empty()) {
                cron_.days_before_last_ |= 1;
            } else if (rest.text.size() == 1 && upper(rest.front()) == 'W') {
                if (!alone) return only();
                cron_.last_workday_ = true;
            } else if (rest.front() == '-') {
                constexpr Field kBack{"day before the last", 1, 30};
                auto number = rest.from(1);
                const auto back = take_value(kBack, number);
                if (!back) return unexpected{back.error()};
                if (!number.empty())
                    return error(number,
                                 "unexpected " + shown(number.front()) + " after L-" + std::to_string(back->number));
                cron_.days_before_last_ |= std::uint32_t{1} << back->number;
            } else {
                return error(rest, "write L, L-3 or LW");
            }
            return true;
        }
        if (!is_digit(item.front()) || upper(item.text.back()) != 'W') return false;
        auto rest = item.until(item.text.size() - 1);
        const auto day = take_value(kDay, rest);
        if (!day) return unexpected{day.error()};
        if (!rest.empty()) return false;  // 1-15W: told by trailing()
        if (!alone) return only();
        cron_.nearest_workday_ = day->number;
        return true;
    }

    /// FRI#2, FRI#L and 5L. False: the item is none of them.
    Result<bool, CronError> special_weekday(const Token& item, bool) {
        auto rest = item;
        if (item.text.size() == 1 && upper(item.front()) == 'L')
            return error(item, "which weekday? write 5L or FRI#L for the last Friday of the month");
        if (!is_digit(item.front()) && !is_letter(item.front())) return false;
        const auto weekday = take_value(kWeekday, rest);
        if (!weekday) return unexpected{weekday.error()};
        const auto index = static_cast<std::size_t>(weekday->number % 7);
        const auto is_last = [](const Token& t) { return t.text.size() == 1 && upper(t.front()) == 'L'; };
        if (is_last(rest) || (rest.front() == '#' && is_last(rest.from(1)))) {
            cron_.last_weekdays_ |= std::uint32_t{1} << index;
            return true;
        }
        if (rest.front() != '#') return false;
        constexpr Field kNth{"occurrence after '#'", 1, 5};
        rest = rest.from(1);
        const auto nth = take_value(kNth, rest);
        if (!nth) return unexpected{nth.error()};
        if (!rest.empty())
            return error(rest, "unexpected " + shown(rest.front()) + " after '#" + std::to_string(nth->number) + "'");
        cron_.nth_weekdays_[index] = static_cast<std::uint8_t>(cron_.nth_weekdays_[index] | 1U << nth->number);
        return true;
    }

    std::string_view text_;
    Cron cron_;
};

Result<Cron, CronError> Cron::parse(std::string_view expression) {
    auto cron = CronParser{expression}.parse();
    // A proposal mends one fault. It is made only if it is accepted, so the next faults are mended with it.
    constexpr int kFaultsMax = 64;
    for (int i = 0; !cron && !cron.error().instead.empty(); ++i) {
        auto better = CronParser{cron.error().instead}.parse();
        if (better) break;
        cron.error().instead = i < kFaultsMax ? std::move(better.error().instead) : std::string{};
    }
    return cron;
}

}  // namespace taktd
