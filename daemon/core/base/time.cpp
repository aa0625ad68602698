// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/base/time.hpp"

#include <array>
#include <cstdint>

namespace taktd {

namespace {

/// With leading zeros.
void append_digits(std::string& text, std::uint64_t number, std::size_t width) {
    text.resize(text.size() + width);
    for (auto digit = text.rbegin(); width > 0; --width, ++digit, number /= 10)
        *digit = static_cast<char>('0' + number % 10);
}

}  // namespace

// Without snprintf: each line of the log and each answer of the API has a few of these.
std::string to_rfc3339(WallTime t) {
    using namespace std::chrono;
    const auto day = floor<days>(t);
    const year_month_day date{day};
    const hh_mm_ss time{t - day};
    std::string text;
    text.reserve(sizeof "2026-12-05T02:00:00.123456789Z");
    append_digits(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);  // from 1677 to 2262
    const auto append = [&](char before, auto number) {
        text += before;
        append_digits(text, static_cast<std::uint64_t>(number), 2);
    };
    append('-', static_cast<unsigned>(date.month()));
    append('-', static_cast<unsigned>(date.day()));
    append('T', time.hours().count());
    append(':', time.minutes().count());
    append(':', time.seconds().count());
    if (auto fraction = static_cast<std::uint64_t>(time.subseconds().count()); fraction != 0) {
        std::size_t width = 9;
        for (; fraction % 1000 == 0; fraction /= 1000) width -= 3;
        text += '.';
        append_digits(text, fraction, width);
    }
    return text + 'Z';
}

std::string to_text(Duration d) {
    struct Unit {
        std::int64_t ns;
        const char* name;
    };
    static constexpr std::array<Unit, 7> kUnits{{{86'400'000'000'000, "d"},
                                                 {3'600'000'000'000, "h"},
                                                 {60'000'000'000, "m"},
                                                 {1'000'000'000, "s"},
                                                 {1'000'000, "ms"},
                                                 {1'000, "us"},
                                                 {1, "ns"}}};
    auto rest = d.count();
    if (rest == 0) return "0s";
    std::string text;
    if (rest < 0) {
        text = "-";
        rest = -rest;
    }
    for (const auto& unit : kUnits) {
        if (rest < unit.ns) continue;
        text += std::to_string(rest / unit.ns) + unit.name;
        rest %= unit.ns;
    }
    return text;
}

}  // namespace taktd
