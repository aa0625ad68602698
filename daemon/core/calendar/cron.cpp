// SPDX-License-Identifier: Apache-2.0
// When a parsed pattern fires next. The calendar is searched in local time, field by field (never second by second),
// and only then mapped to instants by the DST rule; a search ends at kLastYear, so impossible dates cost microseconds.
#include "daemon/core/calendar/cron.hpp"

#include <bit>

namespace taktd {

using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

constexpr std::uint64_t kAll60 = (std::uint64_t{1} << 60) - 1;

/// The lowest set bit that is at least `from`, or -1.
constexpr int lowest_from(std::uint64_t bits, int from) {
    if (from > 63) return -1;
    const auto rest = bits >> from << from;
    return rest == 0 ? -1 : std::countr_zero(rest);
}

constexpr std::uint32_t bit(unsigned n) { return std::uint32_t{1} << n; }

/// The day in 1..`length` that is a workday and nearest to `day`, where day 1 is the weekday `first` (0 = Sunday).
unsigned nearest_workday(unsigned day, unsigned length, unsigned first) {
    const auto weekday = (first + day - 1) % 7;
    if (weekday == 6) return day > 1 ? day - 1 : day + 2;
    if (weekday == 0) return day < length ? day + 1 : day - 2;
    return day;
}

}  // namespace

bool Cron::restricts_both_days() const { return days_restricted_ && weekdays_restricted_ && !both_days_; }

bool Cron::fires_every_second() const { return has_seconds_ && seconds_ == kAll60; }

std::optional<WallTime> Cron::next(WallTime after, const Zone& zone) const {
    constexpr auto kEnd = std::chrono::sys_days{std::chrono::year{kLastYear + 1} / 1 / 3};
    if (after >= kEnd) return std::nullopt;
    return fixed_time_ ? next_fixed(after, zone) : next_elapsed(after, zone);
}

// Each matching local time is one instant: its own, the first of two, or the end of the gap that swallowed it. These
// never decrease as local time goes on, so the first one after `after` is found by walking the local times not shown
// yet.
std::optional<WallTime> Cron::next_fixed(WallTime after, const Zone& zone) const {
    auto local = first_match(zone.first_unseen(after));
    while (local) {
        const auto instant = zone.meaning_of(*local).first;
        if (instant > after) return instant;
        local = first_match(*local + seconds{1});
    }
    return std::nullopt;
}

// Each stretch of constant offset is searched by itself: a gap is between two of them, a fold is in both.
std::optional<WallTime> Cron::next_elapsed(WallTime after, const Zone& zone) const {
    auto from = floor<seconds>(after) + seconds{1};
    LocalTime searched_from = LocalTime::max();
    std::optional<LocalTime> match;
    for (;;) {
        const auto span = zone.span_at(from);
        const LocalTime local{from.time_since_epoch() + span.offset};
        // The match found for an earlier stretch still holds if this one begins between where that search began and it.
        if (!match || local < searched_from || local > *match) {
            match = first_match(local);
            searched_from = local;
            if (!match) return std::nullopt;
        }
        const sys_seconds instant{match->time_since_epoch() - span.offset};
        if (instant < span.end) return instant;
        from = floor<seconds>(span.end);
    }
}

std::optional<LocalTime> Cron::first_match(LocalTime from) const {
    const auto today = floor<std::chrono::days>(from);
    const auto day = first_day(today);
    if (!day) return std::nullopt;
    if (*day == today) {
        if (const auto time = first_time_of_day(from - today)) return today + *time;
        const auto later = first_day(today + std::chrono::days{1});
        if (!later) return std::nullopt;
        return *later + *first_time_of_day(seconds{0});
    }
    return *day + *first_time_of_day(seconds{0});
}

std::optional<seconds> Cron::first_time_of_day(seconds from) const {
    const auto total = static_cast<int>(from.count());
    const int hour = total / 3600, minute = total / 60 % 60, second = total % 60;
    const auto at = [](int h, int m, int s) { return seconds{h * 3600 + m * 60 + s}; };
    const int first_minute = lowest_from(minutes_, 0), first_second = lowest_from(seconds_, 0);
    if ((hours_ >> hour & 1) != 0) {
        if ((minutes_ >> minute & 1) != 0) {
            if (const int s = lowest_from(seconds_, second); s >= 0) return at(hour, minute, s);
        }
        if (const int m = lowest_from(minutes_, minute + 1); m >= 0) return at(hour, m, first_second);
    }
    if (const int h = lowest_from(hours_, hour + 1); h >= 0) return at(h, first_minute, first_second);
    return std::nullopt;
}

std::optional<Cron::Days> Cron::first_day(Days from) const {
    const std::chrono::year_month_day date{from};
    auto year = static_cast<int>(date.year());
    auto month = static_cast<int>(static_cast<unsigned>(date.month()));
    auto day = static_cast<int>(static_cast<unsigned>(date.day()));
    if (years_ && year < kFirstYear) {
        year = kFirstYear;
        month = day = 1;
    }
    for (; year <= kLastYear; ++year, month = day = 1) {
        if (years_ && !years_->test(static_cast<std::size_t>(year - kFirstYear))) continue;
        for (int next; (next = lowest_from(months_, month)) >= 0; month = next + 1, day = 1) {
            if (next > month) day = 1;
            const auto in_month = std::chrono::year{year} / next;
            if (const int found = lowest_from(matching_days(in_month), day); found >= 0) return Days{in_month / found};
        }
    }
    return std::nullopt;
}

std::uint32_t Cron::matching_days(std::chrono::year_month month) const {
    const auto length = static_cast<unsigned>((month / std::chrono::last).day());
    const auto all = (~std::uint32_t{0} >> (31 - length)) & ~bit(0);
    if (!days_restricted_ && !weekdays_restricted_) return all;
    const auto first = std::chrono::weekday{Days{month / 1}}.c_encoding();

    auto by_day = all;
    if (days_restricted_) {
        by_day = days_ & all;
        for (unsigned back = 0; days_before_last_ >> back != 0 && back < length; ++back) {
            if ((days_before_last_ & bit(back)) != 0) by_day |= bit(length - back);
        }
        if (last_workday_) by_day |= bit(nearest_workday(length, length, first));
        if (const auto wanted = static_cast<unsigned>(nearest_workday_); wanted != 0 && wanted <= length) {
            by_day |= bit(nearest_workday(wanted, length, first));
        }
        if (!weekdays_restricted_) return by_day;
    }

    std::uint32_t by_weekday = 0;
    for (unsigned weekday = 0; weekday < 7; ++weekday) {
        const auto once = 1 + (weekday + 7 - first) % 7;  // its first day in the month
        if ((weekdays_ & bit(weekday)) != 0)
            by_weekday |=
                (bit(once) | bit(once + 7) | bit(once + 14) | bit(once + 21)) | (once + 28 < 32 ? bit(once + 28) : 0);
        for (unsigned n = 1; n <= 5; ++n) {
            const auto day = once + 7 * (n - 1);
            if ((nth_weekdays_[weekday] >> n & 1) != 0 && day <= length) by_weekday |= bit(day);
        }
        if ((last_weekdays_ & bit(weekday)) != 0) by_weekday |= bit(once + (length - once) / 7 * 7);
    }
    by_weekday &= all;
    if (!days_restricted_) return by_weekday;
    return both_days_ ? by_day & by_weekday : by_day | by_weekday;
}

}  // namespace taktd
