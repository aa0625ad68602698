// The two questions asked of a schedule: when next, and when does it stop. Cron is told in cron.cpp; here are the
// one-shot and the interval, whose whole days follow the calendar by the same DST rule as fixed-time cron patterns.
#include "daemon/core/schedule.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace taktd {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

// What lies beyond cannot be told: zones' tables end here, and nanoseconds only 60 years later.
constexpr WallTime kHorizon = std::chrono::sys_days{std::chrono::year{Cron::kLastYear + 1} / 1 / 1};

bool is_whole_days(Duration period) { return period % hours{24} == Duration::zero(); }

std::optional<WallTime> next(const CronRule& rule, WallTime after) { return rule.cron.next(after, *rule.zone); }

std::optional<WallTime> next(const OnceRule& rule, WallTime after) {
    return rule.at > after ? std::optional{rule.at} : std::nullopt;
}

std::optional<WallTime> next_by_calendar(const EveryRule& rule, WallTime after) {
    const auto period = floor<seconds>(rule.period);
    const auto unseen = rule.zone->first_unseen(after);
    auto local = rule.from;
    if (unseen > local) local += (unseen - local + period - seconds{1}) / period * period;
    for (;; local += period) {
        const auto instant = rule.zone->meaning_of(local).first;
        if (instant > kHorizon) return std::nullopt;
        if (instant > after) return instant;
    }
}

std::optional<WallTime> next(const EveryRule& rule, WallTime after) {
    if (rule.period <= Duration::zero() || after >= kHorizon) return std::nullopt;
    if (is_whole_days(rule.period)) return next_by_calendar(rule, after);
    if (after < rule.from_instant) return rule.from_instant;
    const auto instant = rule.from_instant + ((after - rule.from_instant) / rule.period + 1) * rule.period;
    return instant > kHorizon ? std::nullopt : std::optional{instant};
}

std::string text_of(LocalTime local) {
    const auto day = floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{local - day};
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    return text.data();
}

std::string text_of(const CronRule& rule) {
    std::string text = "cron";
    bool at_blank = true;
    for (const char c : rule.text) {
        const bool is_blank = c == ' ' || c == '\t';
        if (!is_blank && at_blank) text += ' ';
        if (!is_blank) text += c;
        at_blank = is_blank;
    }
    return text + " " + rule.zone->name();
}

std::string text_of(const OnceRule& rule) { return "at " + to_rfc3339(rule.at); }

std::string text_of(const EveryRule& rule) {
    const auto every = "every " + to_text(rule.period) + " from ";
    if (is_whole_days(rule.period)) return every + text_of(rule.from) + " " + rule.zone->name();
    return every + to_rfc3339(rule.from_instant);
}

}  // namespace

std::string Schedule::fingerprint() const {
    std::vector<std::string> lines;
    for (const auto& rule : rules) {
        lines.push_back(std::visit([](const auto& r) { return text_of(r); }, rule));
    }
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    if (lines.empty()) return "manual";
    std::string text;
    for (const auto& line : lines) text += (text.empty() ? "" : " | ") + line;
    return text;
}

std::optional<WallTime> next_due(const Schedule& schedule, WallTime after) {
    std::optional<WallTime> first;
    for (const auto& rule : schedule.rules) {
        const auto due = std::visit([after](const auto& r) { return next(r, after); }, rule);
        if (due && (!first || *due < *first)) first = due;
    }
    return first;
}

WallTime stop_due(const StopRule& rule, WallTime due) {
    if (const auto* at = std::get_if<StopAt>(&rule)) return at->at;
    const auto after = std::get<StopAfter>(rule).after;
    return after > WallTime::max() - due ? WallTime::max() : due + after;
}

}  // namespace taktd
