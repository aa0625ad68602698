// SPDX-License-Identifier: Apache-2.0
// Parses and evaluates POSIX TZ strings with the extension of RFC 8536 (times of day from -167 to 167 hours).
#include "daemon/zones/zone_rule.hpp"

#include <algorithm>

namespace taktd {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

class ZoneRuleParser {
public:
    explicit ZoneRuleParser(std::string_view text) : rest_{text} {}

    std::optional<ZoneRule> parse() {
        ZoneRule rule;
        seconds west{0};
        if (!name() || !time(west)) return std::nullopt;
        rule.standard_ = rule.summer_ = -west;
        if (rest_.empty()) return rule;

        if (!name()) return std::nullopt;
        west = west - std::chrono::hours{1};
        if (!rest_.starts_with(',') && !time(west)) return std::nullopt;
        rule.summer_ = -west;
        rule.has_changes_ = true;
        if (!date(rule.to_summer_) || !date(rule.to_standard_) || !rest_.empty()) return std::nullopt;
        return rule;
    }

private:
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool name() {
        std::size_t length = 0;
        if (rest_.starts_with('<')) {
            length = rest_.find('>');
            if (length == std::string_view::npos) return false;
            ++length;
        } else {
            while (length < rest_.size() && is_letter(rest_[length])) ++length;
        }
        rest_.remove_prefix(length);
        return length >= 3;
    }

    bool number(int& value, int max) {
        if (rest_.empty() || !is_digit(rest_.front())) return false;
        for (value = 0; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1)) {
            value = value * 10 + (rest_.front() - '0');
            if (value > max) return false;
        }
        return true;
    }

    /// [+-]hours[:minutes[:seconds]]
    bool time(seconds& value) {
        const bool is_negative = take('-');
        if (!is_negative) take('+');
        int h = 0, m = 0, s = 0;
        if (!number(h, 167)) return false;
        if (take(':') && (!number(m, 59) || (take(':') && !number(s, 59)))) return false;
        value = seconds{h * 3600 + m * 60 + s};
        if (is_negative) value = -value;
        return true;
    }

    bool date(ZoneRule::Date& date) {
        using Form = ZoneRule::Date::Form;
        if (!take(',')) return false;
        bool good = false;
        if (take('M')) {
            date.form = Form::month_week_day;
            good = number(date.month, 12) && take('.') && number(date.week, 5) && take('.') && number(date.day, 6) &&
                   date.month >= 1 && date.week >= 1;
        } else {
            date.form = take('J') ? Form::julian_without_leap_day : Form::day_of_year;
            good = number(date.day, 365) && (date.form == Form::day_of_year || date.day >= 1);
        }
        if (!good) return false;
        return !take('/') || time(date.time);
    }

    std::string_view rest_;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) { return ZoneRuleParser{text}.parse(); }

std::chrono::sys_seconds ZoneRule::Date::in(year y) const {
    using namespace std::chrono;
    if (form == Form::month_week_day) {
        const auto in_month = y / month;
        const weekday wanted{static_cast<unsigned>(day)};
        const auto when = week == 5 ? sys_days{in_month / wanted[std::chrono::last]}
                                    : sys_days{in_month / wanted[static_cast<unsigned>(week)]};
        return when + time;
    }
    auto index = day;
    if (form == Form::julian_without_leap_day) index += (y.is_leap() && day >= 60 ? 1 : 0) - 1;
    return sys_days{y / 1 / 1} + days{index} + time;
}

std::vector<Zone::Change> ZoneRule::changes_of(year y) const {
    if (!has_changes_) return {};
    const Zone::Change to_summer{.at = to_summer_.in(y)-standard_, .offset = summer_};
    const Zone::Change to_standard{.at = to_standard_.in(y)-summer_, .offset = standard_};
    if (to_standard.at < to_summer.at) return {to_standard, to_summer};
    return {to_summer, to_standard};
}

}  // namespace taktd
