// Cron expressions after the Open Cron Pattern Specification: 5 fields, 6 with seconds first, 7 with the year last; names,
// ranges, steps, lists, L, W, #, and the macros @hourly ... @yearly. Day-of-month and day-of-week both restricted: either
// matches. DST follows Vixie cron (see next()).
#pragma once

#include "daemon/core/result.hpp"
#include "daemon/core/zone.hpp"

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

namespace taktd {

/// Where and why an expression is wrong; `column` counts bytes from 0 in the expression.
struct CronError {
    std::size_t column = 0;
    std::string message;  ///< says what is wrong and what would be right
};

class Cron {
public:
    static Result<Cron, CronError> parse(std::string_view expression);

    /// The first instant strictly after `after`, or nothing if the expression never fires again.
    /// A fixed-time pattern (no wildcard and no step in second, minute, hour) whose local time falls into a spring gap
    /// fires once, at the first instant after the gap; one whose local time occurs twice fires once, at the first. Any
    /// other pattern follows elapsed time: it skips what does not exist and fires in both passes of a repeated hour.
    std::optional<WallTime> next(WallTime after, const Zone& zone) const;

    bool is_fixed_time() const { return fixed_time_; }
    bool restricts_both_days() const;    ///< both day fields set: a warning of `taktctl check`
    bool fires_every_second() const;     ///< six fields with `*` seconds: likewise
    std::string describe() const;        ///< what it means, in a sentence of English

private:
    friend class CronParser;
    // The layout of the fields is the implementation's; see cron.cpp and cron_parser.cpp.
    std::bitset<60> seconds_, minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;                        // 1..31
    std::bitset<13> months_;                      // 1..12
    std::bitset<7> weekdays_;                     // 0 = Sunday
    std::array<std::bitset<6>, 7> nth_weekdays_{};  // [weekday] bits 1..5: #1..#5
    std::bitset<7> last_weekdays_;                // 5L: the last Friday of the month
    std::bitset<32> nearest_weekdays_;            // 15W
    bool last_day_ = false, last_workday_ = false;  // L, LW
    std::bitset<32> before_last_;                 // L-3 (bit 3)
    std::optional<std::bitset<200>> years_;       // 1970..2169; nothing means every year
    bool days_restricted_ = false, weekdays_restricted_ = false, fixed_time_ = false, has_seconds_ = false;
};

}  // namespace taktd
