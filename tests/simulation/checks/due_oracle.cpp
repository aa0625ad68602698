// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checks/due_oracle.hpp"

#include <algorithm>
#include <optional>

#include "tests/simulation/world/pinned_zones.hpp"

namespace taktd::sim {
namespace {

constexpr std::int64_t kMinute = 60, kDay = 86400;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
std::int64_t seconds_of(WallTime t) { return floor_div(to_ns(t), 1'000'000'000); }
WallTime instant_of(std::int64_t unix_seconds) { return WallTime{std::chrono::seconds{unix_seconds}}; }

/// UTC where there is no such zone.
struct Clockwork {
    const PinnedZone* zone;
    int offset_at(std::int64_t t) const { return zone == nullptr ? 0 : zone->offset_at(t); }

    /// A local time of fixed patterns: the first instant that shows it, else the first instant after the gap.
    std::int64_t instant(std::int64_t local) const {
        std::set<int> offsets{offset_at(local - kDay), offset_at(local + kDay)};
        std::optional<std::int64_t> first;
        for (const int offset : offsets) {
            const std::int64_t t = local - offset;
            if (offset_at(t) == offset && (!first || t < *first)) first = t;
        }
        if (first) return *first;
        for (const auto& change : zone->changes) {
            if (change.at > local - kDay && change.at < local + kDay && change.at + change.offset > local)
                return change.at;
        }
        return local;
    }
};

int weekday_of(std::int64_t local) {
    return static_cast<int>((floor_div(local, kDay) % 7 + 7 + 4) % 7);  // 1970-01-01 was a Thursday
}

bool matches(const DueRule& rule, std::int64_t local) {
    const std::int64_t of_day = local - floor_div(local, kDay) * kDay;
    if (!rule.minutes.contains(static_cast<int>(of_day / kMinute % 60))) return false;
    if (!rule.hours.contains(static_cast<int>(of_day / 3600))) return false;
    return rule.weekdays.empty() || rule.weekdays.contains(weekday_of(local));
}

}  // namespace

std::set<WallTime> due_between(const DuePlan& plan, WallTime after, WallTime through) {
    std::set<WallTime> due;
    const std::int64_t begin = seconds_of(after), end = seconds_of(through);
    const auto add = [&](WallTime t) {
        if (t > after && t <= through) due.insert(t);
    };
    for (const auto& rule : plan) {
        const Clockwork clock{find_pinned_zone(rule.zone)};
        switch (rule.kind) {
            case DueRule::Kind::once: add(rule.from); break;
            case DueRule::Kind::every: {
                const std::int64_t first = seconds_of(rule.from);
                const std::int64_t skipped = std::max<std::int64_t>((begin - first) / rule.period_seconds - 1, 0);
                for (std::int64_t t = first + skipped * rule.period_seconds; t <= end; t += rule.period_seconds)
                    add(instant_of(t));
                break;
            }
            case DueRule::Kind::days: {
                for (std::int64_t local = rule.local_from; local <= end + 2 * kDay; local += rule.period_seconds)
                    if (local >= begin - 2 * kDay) add(instant_of(clock.instant(local)));
                break;
            }
            case DueRule::Kind::cron: {
                if (rule.is_fixed) {
                    const std::int64_t first_day = floor_div(begin, kDay) - 2;
                    for (std::int64_t day = first_day; day <= floor_div(end, kDay) + 2; ++day) {
                        for (const int hour : rule.hours) {
                            for (const int minute : rule.minutes) {
                                const std::int64_t local = day * kDay + hour * 3600 + minute * kMinute;
                                if (matches(rule, local)) add(instant_of(clock.instant(local)));
                            }
                        }
                    }
                } else {
                    for (std::int64_t t = floor_div(begin, kMinute) * kMinute; t <= end; t += kMinute)
                        if (matches(rule, t + clock.offset_at(t))) add(instant_of(t));
                }
                break;
            }
        }
    }
    return due;
}

}  // namespace taktd::sim
