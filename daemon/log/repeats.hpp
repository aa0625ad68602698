// SPDX-License-Identifier: Apache-2.0
// Warnings and errors that come again and again, word for word, within a minute: the first is written, the others are
// counted, and the count is told when the minute is over. A clock that is set back ends it as well. Pure: the time is
// given.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace taktd::log {

class Repeats {
public:
    using Time = std::chrono::system_clock::time_point;
    static constexpr std::chrono::seconds kWindow{60};
    /// Beyond it the one that began longest ago is let go, and its count is told.
    static constexpr std::size_t kKnownMax = 256;

    /// What makes two lines one.
    struct Line {
        int level = 0;
        std::string message, fields;  ///< `fields` as written, without those that differ each time
        auto operator<=>(const Line&) const = default;
    };
    struct Repeated {
        Line line;
        std::uint64_t times = 0;         ///< beside the first
        std::chrono::seconds within{0};  ///< since the first
    };

    /// True: it is to be written. What was counted and is due is told first, in the order in which it began.
    bool is_first(Line line, Time now, std::vector<Repeated>& due);
    /// Whose minute is over.
    void take_due(Time now, std::vector<Repeated>& due);
    /// All, at the end.
    void take_all(Time now, std::vector<Repeated>& due);

private:
    struct Known {
        Time since;
        std::uint64_t times = 0;
    };
    using Place = std::map<Line, Known>::iterator;
    void forget(Place place, Time now, std::vector<Repeated>& due);
    Place oldest();

    std::map<Line, Known> known_;
    Time next_due_ = Time::max();  // no minute is over before
    Time newest_ = Time::min();
};

}  // namespace taktd::log
