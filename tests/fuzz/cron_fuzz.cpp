// SPDX-License-Identifier: Apache-2.0
// Cron expressions, read and searched: a first line of zone and instant (seconds since 1970), then the expression.
// Whatever is typed is refused in its place or fires in strictly increasing instants; where the expression is simple
// enough for a naive reading, each instant matches it and none between them does.
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/core/calendar/schedule.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/fuzz/zones.hpp"

namespace {

using namespace taktd;
using fuzz::require;
using std::chrono::seconds;

std::vector<std::string> split(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts{""};
    for (const char c : text) {
        if (separators.find(c) == std::string_view::npos)
            parts.back() += c;
        else
            parts.emplace_back();
    }
    return parts;
}

/// A second reading of expressions made of digits, `*`, `,`, `-` and `/`, that knows nothing of the parser's.
struct NaivePattern {
    std::array<std::set<int>, 7> fields;  // second minute hour day month weekday year
    bool any_day = false, any_weekday = false, any_year = false;

    static std::optional<NaivePattern> read(const std::string& expression) {
        if (expression.find_first_not_of("0123456789*,-/ \t") != std::string::npos) return std::nullopt;
        std::vector<std::string> texts;
        for (const auto& part : split(expression, " \t")) {
            if (!part.empty()) texts.push_back(part);
        }
        if (texts.size() == 5) texts.insert(texts.begin(), "0");
        if (texts.size() == 6) texts.push_back("*");
        if (texts.size() != 7) return std::nullopt;
        static constexpr std::array<std::array<int, 2>, 7> kRanges{
            {{0, 59}, {0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}, {1970, 2199}}};
        NaivePattern pattern;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            for (const auto& item : split(texts[i], ",")) {
                const auto step_at = item.find('/');
                const int step = step_at == std::string::npos ? 1 : std::atoi(item.c_str() + step_at + 1);
                if (step < 1) return std::nullopt;
                int low = kRanges[i][0], high = kRanges[i][1];
                if (item.front() != '*') {
                    low = high = std::atoi(item.c_str());
                    if (const auto dash = item.find('-'); dash != std::string::npos)
                        high = std::atoi(item.c_str() + dash + 1);
                }
                for (int v = low; v <= high && v <= kRanges[i][1]; v += step)
                    pattern.fields[i].insert(i == 5 ? v % 7 : v);
            }
        }
        const auto is_any = [&](std::size_t i) { return texts[i] == "*" || texts[i].starts_with("*,"); };
        pattern.any_year = is_any(6);
        pattern.any_day = is_any(3);
        pattern.any_weekday = is_any(5);
        return pattern;
    }

    bool matches(LocalTime local) const {
        const auto day = std::chrono::floor<std::chrono::days>(local);
        const std::chrono::year_month_day date{day};
        const auto second = static_cast<int>((local - day).count());
        const auto has = [&](std::size_t i, int v) { return fields[i].contains(v); };
        if (!has(0, second % 60) || !has(1, second / 60 % 60) || !has(2, second / 3600)) return false;
        if (!has(4, static_cast<int>(static_cast<unsigned>(date.month())))) return false;
        const int year = static_cast<int>(date.year());
        if (any_year ? year > Cron::kLastYear : !has(6, year)) return false;
        const bool by_day = has(3, static_cast<int>(static_cast<unsigned>(date.day())));
        const bool by_weekday = has(5, static_cast<int>(std::chrono::weekday{day}.c_encoding()));
        if (any_day || any_weekday) return (any_day || by_day) && (any_weekday || by_weekday);
        return by_day || by_weekday;
    }
};

/// Whether the pattern may fire at `t` by the rule of cron.hpp.
bool may_fire(const NaivePattern& pattern, bool fixed, WallTime t, const Zone& zone) {
    const LocalTime local = zone.to_local(t);
    const LocalMeaning meaning = zone.meaning_of(local);
    if (pattern.matches(local)) return !fixed || meaning.kind != LocalMeaning::Kind::fold || meaning.first == t;
    if (!fixed || zone.span_at(t).begin != t) return false;
    // The first instant after a gap takes what the gap swallowed.
    const LocalTime before = zone.to_local(t - Duration{1});
    for (LocalTime lost = before + seconds{1}; lost < local; lost += seconds{1}) {
        if (pattern.matches(lost)) return true;
    }
    return false;
}

void check_instants(const Cron& cron, const Zone& zone, WallTime after, const std::string& expression,
                    unsigned long long dice) {
    const auto naive = NaivePattern::read(expression);
    const auto shown = [&](WallTime t) { return expression + " in " + zone.name() + " at " + to_rfc3339(t); };
    WallTime t = after;
    for (int i = 0; i < 6; ++i) {
        const auto next = cron.next(t, zone);
        require(next == cron.next(t, zone), "the next instant is always the same", shown(t));
        const WallTime end = next.value_or(t + std::chrono::hours{24 * 365});
        require(end > t, "the next instant is strictly later", shown(t));
        // Asked in between, the answer stays.
        const auto gap = static_cast<std::uint64_t>(to_ns(end)) - static_cast<std::uint64_t>(to_ns(t));
        const WallTime between =
            wall_from_ns(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ns(t)) + dice % gap));
        dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
        require(cron.next(between, zone) == next, "nothing fires before the next instant", shown(between));
        if (naive) {
            const auto second = std::chrono::ceil<seconds>(between);
            const bool inside = second > t && second < end;
            if (inside)
                require(!may_fire(*naive, cron.is_fixed_time(), second, zone), "an instant was missed", shown(second));
            if (next)
                require(may_fire(*naive, cron.is_fixed_time(), *next, zone), "an instant does not match", shown(*next));
        }
        if (!next) return;
        t = *next;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{reinterpret_cast<const char*>(data), size};
    const auto line_end = input.find('\n');
    const auto words = split(input.substr(0, line_end), " ");
    const std::string expression = line_end == std::string::npos ? input : input.substr(line_end + 1);
    std::int64_t at = 1'795'312'800;
    if (words.size() > 1) std::from_chars(words[1].data(), words[1].data() + words[1].size(), at);
    at %= 9'000'000'000;  // 1684 to 2255
    const auto named = fuzz::find_zone(words[0]);
    const Zone& zone = named ? *named : *Zone::utc();

    const auto cron = Cron::parse(expression);
    if (!cron) {
        require(cron.error().column <= expression.size(), "an error stands in the expression", expression);
        require(!cron.error().message.empty(), "an error says something", expression);
        for (const char c : cron.error().message) require(c >= 0x20 && c < 0x7f, "an error is printable", expression);
        return 0;
    }
    require(cron->describe().ends_with('.'), "what an expression means is a sentence", expression);
    const WallTime after{seconds{at}};
    check_instants(*cron, zone, after, expression, fuzz::hash_of(input));

    // The schedule asks the same question.
    Schedule schedule;
    schedule.rules.emplace_back(CronRule{*cron, std::make_shared<const Zone>(zone), expression});
    require(next_due(schedule, after) == cron->next(after, zone), "the schedule says what its rule says", expression);
    require(!schedule.fingerprint().empty(), "a schedule has a fingerprint", expression);
    return 0;
}
