// SPDX-License-Identifier: Apache-2.0
// A schedule as the text that job_state.schedule keeps, and back: what was due by the schedule of an earlier config is
// settled from it after a restart.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "daemon/core/calendar/schedule.hpp"

namespace taktd {

using std::chrono::floor;
using std::chrono::seconds;

namespace {

constexpr std::string_view kBetweenRules = " | ";
constexpr std::string_view kManual = "manual";

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

/// Takes `prefix` off the front.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

/// What to_text(Duration) writes.
std::optional<Duration> take_duration(std::string_view& text) {
    using namespace std::chrono;
    struct Unit {
        std::string_view name;
        Duration length;
    };
    static constexpr std::array<Unit, 7> kUnits{{{"ms", milliseconds{1}},
                                                 {"us", microseconds{1}},
                                                 {"ns", nanoseconds{1}},
                                                 {"d", days{1}},
                                                 {"h", hours{1}},
                                                 {"m", minutes{1}},
                                                 {"s", seconds{1}}}};
    Duration sum{};
    while (!text.empty() && text.front() != ' ') {
        const auto count = take_number(text);
        const auto unit = std::ranges::find_if(kUnits, [&](const Unit& u) { return text.starts_with(u.name); });
        if (!count || unit == kUnits.end() || *count > (Duration::max() - sum) / unit->length) return std::nullopt;
        text.remove_prefix(unit->name.size());
        sum += *count * unit->length;
    }
    return sum;
}

/// `2026-12-05T03:00:00`
std::optional<LocalTime> take_local(std::string_view& text) {
    std::array<std::int64_t, 6> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto number = take_number(text);
        if (!number || (i < 5 && (text.empty() || text.front() != "--T::"[i]))) return std::nullopt;
        if (i < 5) text.remove_prefix(1);
        parts[i] = *number;
    }
    const auto year = std::chrono::year{static_cast<int>(parts[0])};
    const auto date = year / static_cast<int>(parts[1]) / static_cast<int>(parts[2]);
    if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return std::nullopt;
    return std::chrono::local_days{date} + seconds{parts[3] * 3600 + parts[4] * 60 + parts[5]};
}

/// What to_rfc3339() writes.
std::optional<WallTime> take_instant(std::string_view& text) {
    const auto local = take_local(text);
    if (!local) return std::nullopt;
    Duration fraction{};
    if (take(text, ".")) {
        const std::size_t digits = text.size();
        const auto number = take_number(text);
        if (!number || digits - text.size() > 9) return std::nullopt;
        std::int64_t nanoseconds = *number;
        for (std::size_t i = digits - text.size(); i < 9; ++i) nanoseconds *= 10;
        fraction = Duration{nanoseconds};
    }
    if (!take(text, "Z")) return std::nullopt;
    return WallTime{local->time_since_epoch()} + fraction;
}

using ZoneFinder = std::function<ZonePtr(const std::string& name)>;

std::optional<StartRule> parse_cron(std::string_view text, const ZoneFinder& find_zone) {
    const auto blank = text.rfind(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const ZonePtr zone = find_zone(std::string{text.substr(blank + 1)});
    const std::string_view fields = text.substr(0, blank);
    auto cron = Cron::parse(fields);
    if (!zone || !cron) return std::nullopt;
    return CronRule{.cron = std::move(*cron), .zone = zone, .text = std::string{fields}};
}

std::optional<StartRule> parse_every(std::string_view text, const ZoneFinder& find_zone) {
    EveryRule rule;
    const auto period = take_duration(text);
    if (!period || *period <= Duration::zero() || !take(text, " from ")) return std::nullopt;
    rule.period = *period;
    if (is_whole_days(rule.period)) {
        const auto from = take_local(text);
        if (!from || !take(text, " ")) return std::nullopt;
        rule.from = *from;
        rule.zone = find_zone(std::string{text});
        if (!rule.zone) return std::nullopt;
        rule.from_instant = rule.zone->meaning_of(rule.from).first;
        return rule;
    }
    const auto from = take_instant(text);
    if (!from || !text.empty()) return std::nullopt;
    rule.from_instant = *from;
    rule.zone = Zone::utc();
    rule.from = rule.zone->to_local(*from);
    return rule;
}

std::optional<StartRule> parse_rule(std::string_view text, const ZoneFinder& find_zone) {
    if (take(text, "cron ")) return parse_cron(text, find_zone);
    if (take(text, "every ")) return parse_every(text, find_zone);
    if (!take(text, "at ")) return std::nullopt;
    const auto at = take_instant(text);
    if (!at || !text.empty()) return std::nullopt;
    return OnceRule{*at};
}

}  // namespace

std::string Schedule::fingerprint() const {
    std::vector<std::string> lines;
    for (const auto& rule : rules) {
        lines.push_back(std::visit([](const auto& r) { return text_of(r); }, rule));
    }
    std::sort(lines.begin(), lines.end());
    lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
    if (lines.empty()) return std::string{kManual};
    std::string text;
    for (const auto& line : lines) text.append(text.empty() ? "" : kBetweenRules).append(line);
    return text;
}

std::optional<Schedule> parse_schedule(std::string_view text, const ZoneFinder& find_zone) {
    Schedule schedule;
    if (text == kManual) return schedule;
    for (;;) {
        const auto end = text.find(kBetweenRules);
        auto rule = parse_rule(text.substr(0, end), find_zone);
        if (!rule) return std::nullopt;
        schedule.rules.push_back(std::move(*rule));
        if (end == std::string_view::npos) return schedule;
        text.remove_prefix(end + kBetweenRules.size());
    }
}

}  // namespace taktd
