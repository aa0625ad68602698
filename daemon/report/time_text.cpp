// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/time_text.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "daemon/settings/values/values.hpp"

namespace taktd::report {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;

constexpr const char* kHelp =
    "write now, +2h, -2h, today, \"2026-12-01 02:00\" (your zone) or 2026-12-01T02:00:00+08:00";

template <class... Values>
std::string format(const char* pattern, Values... values) {
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), pattern, values...);
    return text.data();
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

std::string date_text(LocalTime local) {
    const std::chrono::year_month_day date{floor<days>(local)};
    return format("%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
}

std::string full_clock_text(LocalTime local) {
    const std::chrono::hh_mm_ss time{local - floor<days>(local)};
    return format("%02d:%02d:%02d", static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
}

std::string milliseconds_text(WallTime t) {
    const auto rest = t - floor<seconds>(t);
    return format(".%03d", static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(rest).count()));
}

}  // namespace

Result<WallTime> parse_instant(std::string_view text, WallTime now, const Zone& zone) {
    const std::string_view written = trimmed(text);
    const auto refuse = [&](const std::string& why) {
        return unexpected{"bad time '" + std::string{written} + "': " + why};
    };
    if (written == "now") return now;
    if (written == "today") return zone.meaning_of(floor<days>(zone.to_local(now))).first;
    if (written.starts_with('+') || written.starts_with('-')) {
        const auto distance = parse_duration(written.substr(1));
        if (!distance) return refuse(distance.error());
        return written.front() == '+' ? now + *distance : now - *distance;
    }
    if (written.empty() || written.front() < '0' || written.front() > '9') return refuse(kHelp);
    const auto time = parse_time(written);
    if (!time) return refuse(time.error());
    const auto instant = instant_of(*time, zone);
    if (!instant) return refuse(instant.error());
    return *instant;
}

std::string offset_text(seconds offset) {
    const auto total = static_cast<int>(std::abs(offset.count()));
    std::string text = offset.count() < 0 ? "-" : "+";
    text += format("%02d:%02d", total / 3600, total / 60 % 60);
    return total % 60 == 0 ? text : text + format(":%02d", total % 60);
}

std::string clock_text(LocalTime local) {
    const std::string text = full_clock_text(local);
    return text.ends_with(":00") ? text.substr(0, 5) : text;
}

std::string local_text(WallTime t, const Zone& zone) {
    const LocalTime local = zone.to_local(t);
    std::string text = date_text(local) + " " + full_clock_text(local);
    if (floor<seconds>(t) != t) text += milliseconds_text(t);
    return text + offset_text(zone.offset_at(t));
}

std::string local_text_with_day(WallTime t, const Zone& zone) {
    constexpr std::array<const char*, 7> kDays{"Sun ", "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat "};
    const std::chrono::weekday day{floor<days>(zone.to_local(t))};
    return kDays[day.c_encoding()] + local_text(t, zone);
}

std::string clock_text_ms(WallTime t, const Zone& zone) {
    return full_clock_text(zone.to_local(t)) + milliseconds_text(t);
}

std::string rough_text(Duration d) {
    using std::chrono::milliseconds;
    if (d < Duration::zero()) return "-" + rough_text(-d);
    if (d < milliseconds{10}) return format("%.1fms", static_cast<double>(d.count()) / 1e6);
    if (d < seconds{1}) return to_text(floor<milliseconds>(d));
    if (d < seconds{60}) return format("%.1fs", static_cast<double>(d.count()) / 1e9);
    return to_text(floor<seconds>(d));
}

std::string rate_text(const RateLimit& limit) {
    constexpr Duration second = std::chrono::seconds{1}, minute = std::chrono::minutes{1};
    // The loader rounds the spacing up to whole nanoseconds.
    if (limit.interval <= second)
        return std::to_string(second / (std::max(limit.interval - Duration{1}, Duration{1}))) + "/s";
    if (limit.interval <= minute)
        return std::to_string(minute / (std::max(limit.interval - Duration{1}, Duration{1}))) + "/m";
    return "1 in " + to_text(limit.interval);
}

}  // namespace taktd::report
