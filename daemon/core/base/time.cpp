// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/base/time.hpp"

#include <array>
#include <cstdio>

namespace taktd {

std::string to_rfc3339(WallTime t) {
    using namespace std::chrono;
    const auto day = floor<days>(t);
    const year_month_day date{day};
    const hh_mm_ss time{t - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    std::string result{text.data()};
    if (const auto ns = time.subseconds().count(); ns != 0) {
        std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(ns));
        std::string fraction{text.data()};
        while (fraction.size() > 4 && fraction.ends_with("000")) fraction.resize(fraction.size() - 3);
        result += fraction;
    }
    return result + "Z";
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
