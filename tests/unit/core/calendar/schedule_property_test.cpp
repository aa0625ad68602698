// SPDX-License-Identifier: Apache-2.0
// Random patterns around the clock changes of real zones, against an oracle that knows nothing of calendars searched by
// field: it walks every second of a few days and asks of each whether its wall clock matches. The seed is printed on
// failure; TAKTD_SEED repeats it.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "tests/support/instants.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

class Random {
public:
    explicit Random(unsigned seed) : engine_{seed} {}
    int between(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
    bool once_in(int n) { return between(1, n) == 1; }
    template <class List>
    const auto& one_of(const List& list) {
        return list[static_cast<std::size_t>(between(0, static_cast<int>(list.size()) - 1))];
    }

private:
    std::mt19937 engine_;
};

/// A pattern as the generator meant it: the text, and plain predicates. Nothing of the parser's is used.
struct Pattern {
    std::string text;
    std::set<int> seconds{0}, minutes, hours, months;
    bool has_wildcard_or_step = false;
    bool any_day = false, any_weekday = false, both = false;
    std::vector<std::function<bool(std::chrono::year_month_day)>> days, weekdays;

    bool matches_day(std::chrono::local_days day) const {
        const std::chrono::year_month_day date{day};
        if (!months.contains(static_cast<int>(static_cast<unsigned>(date.month())))) return false;
        const auto any_of = [&](const auto& tests) {
            for (const auto& test : tests) {
                if (test(date)) return true;
            }
            return false;
        };
        if (any_day) return any_weekday || any_of(weekdays);
        if (any_weekday) return any_of(days);
        return both ? any_of(days) && any_of(weekdays) : any_of(days) || any_of(weekdays);
    }
    bool matches_time(int second_of_day) const {
        return seconds.contains(second_of_day % 60) && minutes.contains(second_of_day / 60 % 60) &&
               hours.contains(second_of_day / 3600);
    }
};

struct Field {
    int low, high;
    int stars_in_ten = 0;
    int pick_until = 99;  ///< values and ranges are taken from below this
};

std::string plain_field(Random& random, const Field& field, std::set<int>& values, bool& wild) {
    const int low = field.low, high = field.high, top = std::min(field.high, field.pick_until);
    values.clear();
    const auto fill = [&](int from, int to, int step) {
        for (int v = from; v <= to; v += step) values.insert(v);
    };
    if (random.between(1, 10) <= field.stars_in_ten) {
        fill(low, high, 1);
        wild = true;
        return "*";
    }
    std::string text;
    for (int items = random.between(1, 3); items > 0; --items) {
        if (!text.empty()) text += ',';
        const int a = random.between(low, top), b = random.between(a, top), step = random.between(1, 20);
        switch (random.between(1, 6)) {
            case 1: {
                // Sunday is one of seven, though it has two numbers; a longer step is refused.
                const int by = std::min(step, (low == 0 && high == 7 ? 7 : high - low + 1) - 1);
                fill(low, high, by);
                text += "*/" + std::to_string(by);
                wild = true;
                break;
            }
            case 2:
                fill(a, b, step);
                text += std::to_string(a) + "-" + std::to_string(b) + "/" + std::to_string(step);
                wild = true;
                break;
            case 3:
                fill(a, b, 1);
                text += std::to_string(a) + "-" + std::to_string(b);
                break;
            default: values.insert(a); text += std::to_string(a);
        }
    }
    return text;
}

int weekday_of(std::chrono::year_month_day date) {
    return static_cast<int>(std::chrono::weekday{std::chrono::local_days{date}}.c_encoding());
}
int day_of(std::chrono::year_month_day date) { return static_cast<int>(static_cast<unsigned>(date.day())); }
int length_of(std::chrono::year_month_day date) {
    return static_cast<int>(static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day()));
}

/// The workday of the month with the smallest distance to `day`, found by trying all.
int nearest_workday(std::chrono::year_month_day date, int day) {
    int best = 0;
    for (int d = 1; d <= length_of(date); ++d) {
        const auto weekday = weekday_of(date.year() / date.month() / d);
        if (weekday == 0 || weekday == 6) continue;
        if (best == 0 || std::abs(d - day) < std::abs(best - day)) best = d;
    }
    return best;
}

std::string day_field(Random& random, Pattern& pattern) {
    const int n = random.between(1, 31), back = random.between(1, 30);
    switch (random.between(1, 10)) {
        case 1: pattern.days.push_back([](auto d) { return day_of(d) == length_of(d); }); return "L";
        case 2:
            pattern.days.push_back([back](auto d) { return day_of(d) + back == length_of(d); });
            return "L-" + std::to_string(back);
        case 3:
            pattern.days.push_back([](auto d) { return day_of(d) == nearest_workday(d, length_of(d)); });
            return "LW";
        case 4:
            pattern.days.push_back([n](auto d) { return n <= length_of(d) && day_of(d) == nearest_workday(d, n); });
            return std::to_string(n) + "W";
        case 5:
        case 6:
        case 7: pattern.any_day = true; return random.once_in(3) ? "?" : "*";
        default: break;
    }
    std::set<int> values;
    bool wild = false;
    const auto text = plain_field(random, {.low = 1, .high = 31}, values, wild);
    pattern.days.push_back([values](auto d) { return values.contains(day_of(d)); });
    return text;
}

std::string weekday_field(Random& random, Pattern& pattern) {
    static const std::vector<std::string> kNames{"SUN", "mon", "Tue", "WED", "thu", "FRI", "Sat", "7"};
    const int w = random.between(0, 7), n = random.between(1, 5);
    const auto name = random.once_in(2) ? std::to_string(w) : kNames[static_cast<std::size_t>(w)];
    switch (random.between(1, 8)) {
        case 1:
            pattern.weekdays.push_back([w, n](auto d) { return weekday_of(d) == w % 7 && (day_of(d) + 6) / 7 == n; });
            return name + "#" + std::to_string(n);
        case 2:
            pattern.weekdays.push_back([w](auto d) { return weekday_of(d) == w % 7 && day_of(d) + 7 > length_of(d); });
            return name + (random.once_in(2) ? "L" : "#L");
        case 3: {
            std::set<int> values;
            bool wild = false;
            const auto text = plain_field(random, {.low = 0, .high = 7}, values, wild);
            pattern.weekdays.push_back([values](auto d) {
                return values.contains(weekday_of(d)) || (weekday_of(d) == 0 && values.contains(7));
            });
            return text;
        }
        case 4: pattern.weekdays.push_back([w](auto d) { return weekday_of(d) == w % 7; }); return name;
        default: pattern.any_weekday = true; return "*";
    }
}

Pattern random_pattern(Random& random) {
    Pattern pattern;
    auto& wild = pattern.has_wildcard_or_step;
    bool unused = false;
    if (random.once_in(3))
        pattern.text = plain_field(random, {.low = 0, .high = 59, .stars_in_ten = 1}, pattern.seconds, wild) + " ";
    pattern.text += plain_field(random, {.low = 0, .high = 59, .stars_in_ten = 2}, pattern.minutes, wild) + " ";
    // Most clocks change in the small hours; aim there.
    const Field small_hours{.low = 0, .high = 23, .pick_until = 3}, hours{.low = 0, .high = 23, .stars_in_ten = 3};
    pattern.text += plain_field(random, random.once_in(2) ? small_hours : hours, pattern.hours, wild) + " ";
    std::string day = day_field(random, pattern);
    const std::string months = plain_field(random, {.low = 1, .high = 12, .stars_in_ten = 7}, pattern.months, unused);
    pattern.both = random.once_in(6);
    const std::string weekdays = weekday_field(random, pattern);
    // Beside '?' a numbered weekday may be Quartz's or cron's, and is refused.
    const auto named = std::string_view{weekdays}.substr(0, weekdays.find('#'));
    if (day == "?" && named.find_first_of("0123456789") != std::string_view::npos) day = "*";
    pattern.text += day + " " + months + " " + (pattern.both ? "+" : "") + weekdays;
    return pattern;
}

/// Every instant in [begin, end) at which the pattern fires, found by walking.
std::vector<WallTime> walk(const Pattern& pattern, const Zone& zone, sys_seconds begin, sys_seconds end) {
    std::vector<WallTime> fires;
    std::map<std::chrono::local_days, bool> day_matches;
    const auto matches = [&](LocalTime local) {
        const auto day = floor<days>(local);
        if (!pattern.matches_time(static_cast<int>((local - day).count()))) return false;
        auto [entry, is_new] = day_matches.try_emplace(day);
        if (is_new) entry->second = pattern.matches_day(day);
        return entry->second;
    };
    // The offsets second by second, from the raw table.
    const auto changes = zone.changes_between(begin, end);
    auto offset = zone.offset_at(begin);
    std::size_t next_change = 0;
    auto latest_shown = LocalTime::min();  // how far the wall clock has ever come
    for (auto t = begin; t < end; t += 1s) {
        while (next_change < changes.size() && changes[next_change].at <= t) offset = changes[next_change++].offset;
        const LocalTime local{t.time_since_epoch() + offset};
        if (pattern.has_wildcard_or_step) {
            if (matches(local)) fires.push_back(t);
            continue;
        }
        // Fixed times: this second takes every reading that the clock has newly reached or jumped over.
        bool fires_now = false;
        if (latest_shown == LocalTime::min()) latest_shown = local - 1s;
        for (auto reading = latest_shown + 1s; reading <= local; reading += 1s)
            fires_now = matches(reading) || fires_now;
        latest_shown = std::max(latest_shown, local);
        if (fires_now) fires.push_back(t);
    }
    return fires;
}

unsigned seed_of_this_run() {
    if (const char* given = std::getenv("TAKTD_SEED")) return static_cast<unsigned>(std::strtoul(given, nullptr, 10));
    return std::random_device{}();
}

TEST(CronProperty, Next_AgreesWithWalkingEverySecond) {
    static const std::vector<std::string> kZones{
        "Europe/Berlin",    "America/New_York", "Australia/Lord_Howe", "Pacific/Apia",      "Europe/Dublin",
        "Asia/Beirut",      "America/Havana",   "Africa/Casablanca",   "Antarctica/Troll",  "America/Nuuk",
        "Asia/Gaza",        "Pacific/Chatham",  "America/St_Johns",    "Pacific/Kwajalein", "America/Sao_Paulo",
        "Europe/Amsterdam", "Asia/Pyongyang",   "America/Caracas",     "Asia/Tehran",       "Africa/Monrovia"};
    constexpr int kCases = 300;
    const auto seed = seed_of_this_run();
    SCOPED_TRACE("TAKTD_SEED=" + std::to_string(seed));
    Random random{seed};
    std::size_t compared = 0;
    for (int i = 0; i < kCases; ++i) {
        const auto pattern = random_pattern(random);
        const auto cron = Cron::parse(pattern.text);
        ASSERT_TRUE(cron) << pattern.text << ": " << cron.error().message;
        ASSERT_EQ(cron->is_fixed_time(), !pattern.has_wildcard_or_step) << pattern.text;

        const auto zone = load_zone(random.one_of(kZones));
        const auto changes =
            zone->changes_between(test::utc("1930-01-01T00:00:00Z"), test::utc("2150-01-01T00:00:00Z"));
        const auto change = floor<seconds>(random.one_of(changes).at);
        const auto begin = change - seconds{random.between(3600, 30000)}, end = change + 6h;
        // The walk begins two hours earlier, so that its idea of what the clock has shown is settled.
        const auto walked = walk(pattern, *zone, begin - 2h, end);

        auto t = WallTime{begin - 1s};
        for (const auto& expected : walked) {
            if (expected <= t) continue;
            const auto next = cron->next(t, *zone);
            ASSERT_TRUE(next) << pattern.text << " in " << zone->name() << " after " << to_rfc3339(t);
            ASSERT_EQ(to_rfc3339(*next), to_rfc3339(expected))
                << pattern.text << " in " << zone->name() << " after " << to_rfc3339(t);
            // Most patterns fire rarely; from those that fire every second a sample is enough.
            if (++compared, random.once_in(4)) {
                t = expected;
            } else {
                const auto inside = WallTime{expected + std::chrono::nanoseconds{random.between(0, 999'999'999)}};
                t = std::max(inside, t);
            }
        }
        if (const auto next = cron->next(t, *zone)) {
            EXPECT_GE(*next, WallTime{end}) << pattern.text << " in " << zone->name() << " after " << to_rfc3339(t);
        }
    }
    EXPECT_GT(compared, 1000U);
}

// Whatever is typed is read or refused at a column of the text, and what is read can be told and searched.
TEST(CronProperty, AnyText_IsReadOrRefusedInPlace) {
    static const std::vector<std::string> kPieces{"0",   "5",    "59",  "2026", "*",       "?",      "L",     "W",
                                                  "#",   "+",    "-",   "/",    ",",       " ",      " ",     " ",
                                                  "MON", "FRIL", "1W",  "jan",  "@da",     "@daily", "x",     "\t",
                                                  "\n",  "\xff", "*/2", "1-5",  "0 0 * *", "LW",     "FRI#2", "L-3"};
    const auto seed = seed_of_this_run();
    SCOPED_TRACE("TAKTD_SEED=" + std::to_string(seed));
    Random random{seed};
    int read = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        if (random.once_in(2)) {
            for (int pieces = random.between(0, 12); pieces > 0; --pieces) text += random.one_of(kPieces);
        } else {
            static const std::vector<std::string> kItems{"0", "5", "*", "*/2", "1-5", "2-4/2", "1,3"};
            for (int fields = random.between(5, 7); fields > 0; --fields) {
                text += (random.once_in(6) ? random.one_of(kPieces) : random.one_of(kItems)) + " ";
            }
        }
        const auto cron = Cron::parse(text);
        if (!cron) {
            ASSERT_LE(cron.error().column, text.size()) << text;
            ASSERT_FALSE(cron.error().message.empty()) << text;
            continue;
        }
        ++read;
        ASSERT_TRUE(cron->describe().ends_with('.')) << text;
        const auto next = cron->next(test::utc("2026-11-21T10:00:00Z"), *Zone::utc());
        ASSERT_TRUE(!next || *next > test::utc("2026-11-21T10:00:00Z")) << text;
    }
    EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace taktd
