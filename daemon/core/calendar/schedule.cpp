// SPDX-License-Identifier: Apache-2.0
// The questions asked of a schedule: when next, at which time by the clock on the wall, and when does it stop. Cron is
// told in cron.cpp; here are the one-shot and the interval, whose whole days follow the calendar by the same DST rule
// as fixed-time cron patterns. Schedules as text: schedule_text.cpp.
#include "daemon/core/calendar/schedule.hpp"

#include <algorithm>

namespace taktd {

using std::chrono::floor;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

// What lies beyond cannot be told: zones' tables end here, and nanoseconds only 60 years later.
constexpr WallTime kHorizon = std::chrono::sys_days{std::chrono::year{Cron::kLastYear + 1} / 1 / 1};

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
}  // namespace

bool is_whole_days(Duration period) { return period % hours{24} == Duration::zero(); }

std::optional<WallTime> next_due(const Schedule& schedule, WallTime after) {
    std::optional<WallTime> first;
    for (const auto& rule : schedule.rules) {
        const auto due = std::visit([after](const auto& r) { return next(r, after); }, rule);
        if (due && (!first || *due < *first)) first = due;
    }
    return first;
}

namespace {

LocalTime nominal_of(const CronRule& rule, WallTime due) {
    const LocalTime shown = rule.zone->to_local(due);
    if (rule.cron.matches(shown)) return shown;
    // The pattern's local time lies in the gap that ends at `due`.
    const auto before = rule.zone->span_at(due - Duration{1});
    const LocalTime gap_begin{floor<seconds>(due).time_since_epoch() + before.offset};
    return rule.cron.next_local(gap_begin - seconds{1}).value_or(shown);
}

LocalTime nominal_of(const EveryRule& rule, WallTime due) {
    const LocalTime shown = rule.zone->to_local(due);
    if (!is_whole_days(rule.period)) return shown;
    const auto period = floor<seconds>(rule.period);
    return rule.from + (shown - rule.from) / period * period;
}

}  // namespace

NominalTime nominal_time(const Schedule& schedule, WallTime due, const ZonePtr& default_zone) {
    for (const auto& rule : schedule.rules) {
        if (std::visit([due](const auto& r) { return next(r, due - Duration{1}); }, rule) != due) continue;
        if (const auto* cron = std::get_if<CronRule>(&rule)) return {nominal_of(*cron, due), cron->zone};
        if (const auto* every = std::get_if<EveryRule>(&rule)) return {nominal_of(*every, due), every->zone};
        break;
    }
    return {default_zone->to_local(due), default_zone};
}

std::optional<WallTime> stop_due(const StopCron& rule, WallTime due, const NominalTime& nominal) {
    for (auto local = rule.cron.next_local(nominal.local); local; local = rule.cron.next_local(*local)) {
        const LocalMeaning meaning = nominal.zone->meaning_of(*local);
        const bool exists = meaning.kind != LocalMeaning::Kind::gap;
        if (rule.cron.is_fixed_time() || exists) {
            if (meaning.first > due) return meaning.first;
            if (meaning.second > due) return meaning.second;  // the start was in the second pass of a repeated hour
        }
        if (rule.cron.is_fixed_time()) return due;
    }
    return std::nullopt;
}

}  // namespace taktd
