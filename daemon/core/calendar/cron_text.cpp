// SPDX-License-Identifier: Apache-2.0
// What a pattern means, in a sentence of English: time, then days, then months and years. It reads the parsed sets, so
// two spellings of one schedule are told alike.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <vector>

#include "daemon/core/calendar/cron.hpp"

namespace taktd {

namespace {

constexpr std::array<std::string_view, 13> kMonths{"",        "January",  "February", "March",  "April",
                                                   "May",     "June",     "July",     "August", "September",
                                                   "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 6> kOrdinals{"", "first", "second", "third", "fourth", "fifth"};
constexpr std::size_t kYearsMax = 6;
constexpr std::size_t kClockTimesMax = 8;  ///< more are told by field instead of one by one

std::vector<int> values_of(std::uint64_t bits) {
    std::vector<int> values;
    for (; bits != 0; bits &= bits - 1) values.push_back(std::countr_zero(bits));
    return values;
}

std::string joined(const std::vector<std::string>& parts, std::string_view last = " and ") {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) text += i + 1 == parts.size() ? last : ", ";
        text += parts[i];
    }
    return text;
}

template <class Name>
std::string ranges(const std::vector<int>& values, Name name) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < values.size();) {
        auto end = i;
        while (end + 1 < values.size() && values[end + 1] == values[end] + 1) ++end;
        if (end - i >= 2) {
            parts.push_back(name(values[i]) + " to " + name(values[end]));
        } else {
            for (auto k = i; k <= end; ++k) parts.push_back(name(values[k]));
        }
        i = end + 1;
    }
    return joined(parts);
}

std::string number(int n) { return std::to_string(n); }

/// The distance between the values if it is the same throughout and they reach over the whole field; else 0.
int step_of(const std::vector<int>& values, int size) {
    if (values.size() < 2 || values.front() != 0) return 0;
    const int step = values[1];
    for (std::size_t i = 1; i < values.size(); ++i) {
        if (values[i] - values[i - 1] != step) return 0;
    }
    return values.back() + step >= size ? step : 0;
}

/// "every minute", "every 5 minutes", "minutes 0, 15 to 20".
std::string units(std::uint64_t bits, int size, const std::string& unit) {
    const auto values = values_of(bits);
    if (const int step = step_of(values, size); step == 1) {
        return "every " + unit;
    } else if (step > 0 && size % step == 0) {
        return "every " + number(step) + " " + unit + "s";
    }
    return unit + (values.size() == 1 ? " " : "s ") + ranges(values, number);
}

std::string ordinal(int n) {
    const int last = n % 10, tens = n / 10 % 10;
    return number(n) + (tens == 1 ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

}  // namespace

class CronText {
public:
    explicit CronText(const Cron& cron) : cron_{cron} {}

    std::string sentence() const {
        auto text = time() + days();
        if (cron_.months_ != 0x1ffe) {
            text += " in " + ranges(values_of(cron_.months_),
                                    [](int m) { return std::string{kMonths[static_cast<std::size_t>(m)]}; });
        }
        if (cron_.years_) text += (cron_.months_ != 0x1ffe ? " of " : " in ") + years();
        text[0] = static_cast<char>(text[0] - 'a' + 'A');
        return text + ".";
    }

private:
    std::string years() const {
        std::vector<int> years;
        for (std::size_t i = 0; i < cron_.years_->size(); ++i) {
            if (cron_.years_->test(i)) years.push_back(Cron::kFirstYear + static_cast<int>(i));
        }
        auto text = ranges(years, number);
        if (std::count(text.begin(), text.end(), ',') < static_cast<std::ptrdiff_t>(kYearsMax)) return text;
        return number(static_cast<int>(years.size())) + " years from " + number(years.front()) + " to " +
               number(years.back());
    }

    std::string time() const {
        const auto hours = values_of(cron_.hours_), minutes = values_of(cron_.minutes_),
                   seconds = values_of(cron_.seconds_);
        if (hours.size() * minutes.size() * seconds.size() <= kClockTimesMax) {
            std::vector<std::string> times;
            for (const int h : hours) {
                for (const int m : minutes) {
                    for (const int s : seconds) {
                        std::array<char, 48> buffer{};
                        if (seconds.size() == 1 && s == 0) {
                            std::snprintf(buffer.data(), buffer.size(), "%02d:%02d", h, m);
                        } else {
                            std::snprintf(buffer.data(), buffer.size(), "%02d:%02d:%02d", h, m, s);
                        }
                        times.emplace_back(buffer.data());
                    }
                }
            }
            return "at " + joined(times);
        }
        if (cron_.minutes_ == 1 && cron_.seconds_ == 1) {
            const auto which = units(cron_.hours_, 24, "hour");
            return which.starts_with("every") ? which + ", on the hour" : "on the hour in " + which;
        }
        const auto of_hours = hours.size() == 24 ? std::string{} : " of " + units(cron_.hours_, 24, "hour");
        if (cron_.seconds_ == 1) {
            const auto text = at(units(cron_.minutes_, 60, "minute"));
            return text + (of_hours.empty() && text.starts_with("at ") ? " of every hour" : of_hours);
        }
        const auto text = at(units(cron_.seconds_, 60, "second"));
        if (minutes.size() == 60) return text + (text.starts_with("at ") ? " of every minute" : "") + of_hours;
        return text + " of " + units(cron_.minutes_, 60, "minute") + of_hours;
    }

    static std::string at(std::string text) { return text.starts_with("every") ? text : "at " + text; }

    std::string days() const {
        const auto by_day = days_of_month(), by_weekday = days_of_week();
        if (by_day.empty() && by_weekday.empty()) return on_every_day() ? " every day" : "";
        if (by_day.empty()) return " on " + by_weekday;
        if (by_weekday.empty()) return " on " + by_day;
        if (cron_.both_days_) return " on " + by_day + ", but only if that is " + by_weekday;
        return " on " + by_day + ", and also on " + by_weekday;
    }

    bool on_every_day() const {
        return values_of(cron_.hours_).size() * values_of(cron_.minutes_).size() * values_of(cron_.seconds_).size() <=
               kClockTimesMax;
    }

    std::string days_of_month() const {
        if (!cron_.days_restricted_) return {};
        std::vector<std::string> parts;
        if (const auto plain = values_of(cron_.days_); !plain.empty()) {
            parts.push_back((plain.size() == 1 ? "day " : "days ") + ranges(plain, number) + " of the month");
        }
        for (const int back : values_of(cron_.days_before_last_)) {
            if (back == 0) {
                parts.emplace_back("the last day of the month");
            } else if (back == 1) {
                parts.emplace_back("the day before the last of the month");
            } else {
                parts.push_back("the " + ordinal(back) + " day before the last of the month");
            }
        }
        if (cron_.last_workday_) parts.emplace_back("the last weekday (Monday to Friday) of the month");
        if (cron_.nearest_workday_ != 0)
            parts.push_back("the weekday (Monday to Friday) nearest the " + ordinal(cron_.nearest_workday_));
        return joined(parts);
    }

    std::string days_of_week() const {
        if (!cron_.weekdays_restricted_) return {};
        std::vector<std::string> parts;
        if (auto plain = values_of(cron_.weekdays_); !plain.empty()) {
            if (plain.size() > 1 && plain.front() == 0 && plain.back() == 6 &&
                plain.size() < 7) {  // a week begins on Monday
                plain.erase(plain.begin());
                plain.push_back(7);
            }
            parts.push_back(
                ranges(plain, [](int d) { return std::string{kWeekdays[static_cast<std::size_t>(d % 7)]}; }));
        }
        for (std::size_t day = 0; day < 7; ++day) {
            for (std::size_t n = 1; n <= 5; ++n) {
                if ((cron_.nth_weekdays_[day] >> n & 1) != 0)
                    parts.push_back("the " + std::string{kOrdinals[n]} + " " + std::string{kWeekdays[day]} +
                                    " of the month");
            }
            if ((cron_.last_weekdays_ >> day & 1) != 0)
                parts.push_back("the last " + std::string{kWeekdays[day]} + " of the month");
        }
        return joined(parts);
    }

    const Cron& cron_;
};

std::string Cron::describe() const { return CronText{*this}.sentence(); }

}  // namespace taktd
