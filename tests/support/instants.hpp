// SPDX-License-Identifier: Apache-2.0
// Instants as tests write them. A text that is no instant ends the test program: a test's own words are never in doubt.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "daemon/core/calendar/zone.hpp"

namespace taktd::test {

/// `2026-03-29T02:30:00`, a wall clock's reading; seconds may be left out, a blank may stand for the T.
inline LocalTime local(const std::string& text) {
    int year = 0;
    unsigned month = 0, day = 0;
    int hour = 0, minute = 0, second = 0;
    if (std::sscanf(text.c_str(), "%d-%u-%u%*1[T ]%d:%d:%d", &year, &month, &day, &hour, &minute, &second) < 5) {
        std::fprintf(stderr, "not a time: %s\n", text.c_str());
        std::abort();
    }
    const auto date = std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day);
    return std::chrono::local_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
           std::chrono::seconds{second};
}

/// `2026-03-29T01:00:00Z`
inline WallTime utc(const std::string& text) { return WallTime{local(text).time_since_epoch()}; }

}  // namespace taktd::test
