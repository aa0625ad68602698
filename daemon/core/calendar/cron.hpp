// SPDX-License-Identifier: Apache-2.0
// Cron expressions after the Open Cron Pattern Specification: 5 fields, 6 with seconds first, 7 with the year last;
// names, ranges, steps, lists, L, W, #, and the macros @hourly ... @yearly. Day-of-month and day-of-week both
// restricted: either matches. DST follows Vixie cron (see next()).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/base/result.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd {

/// Where and why an expression is wrong; `column` counts bytes from 0 in the expression.
struct CronError {
    std::size_t column = 0;
    std::string message{};  ///< says what is wrong and what would be right
    std::string instead{};  ///< the whole expression as it would be right, if there is one; it is accepted
    std::string rule{};     ///< a start rule, `{every: 90m}`, for what no expression can say; the message leaves it out
    std::string zone{};     ///< the zone that `rule` names: whether there is such a zone is for the caller to find out
};

class Cron {
public:
    static Result<Cron, CronError> parse(std::string_view expression);

    /// The first instant strictly after `after`, or nothing if the expression never fires again.
    /// A fixed-time pattern (no wildcard and no step in second, minute, hour) whose local time falls into a spring gap
    /// fires once, at the first instant after the gap; one whose local time occurs twice fires once, at the first. Any
    /// other pattern follows elapsed time: it skips what does not exist and fires in both passes of a repeated hour.
    std::optional<WallTime> next(WallTime after, const Zone& zone) const;

    /// The first matching local time strictly after `after`, whatever DST makes of it.
    std::optional<LocalTime> next_local(LocalTime after) const { return first_match(after + std::chrono::seconds{1}); }
    bool matches(LocalTime local) const { return first_match(local) == local; }

    bool is_fixed_time() const { return fixed_time_; }
    bool restricts_both_days() const;  ///< both day fields set: a warning of `taktctl check`
    bool fires_every_second() const;   ///< six fields with `*` seconds: likewise
    std::string describe() const;      ///< what it means, in a sentence of English
    /// When `*/45` fires, since 45 minutes do not divide the hour: another warning. Empty if all steps divide.
    const std::string& uneven_step() const { return uneven_step_; }

    /// The first and last year that a year field may name; no pattern fires after the last.
    static constexpr int kFirstYear = 1970, kLastYear = 2199;

private:
    friend class CronParser;
    friend class CronText;
    using Days = std::chrono::local_days;

    // Bit n stands for value n. A field's special forms stand beside its plain values; cron_parser.cpp fills them in.
    std::uint64_t seconds_ = 1, minutes_ = 0;
    std::uint32_t hours_ = 0, months_ = 0;                          // months: bits 1..12
    std::uint32_t days_ = 0, days_before_last_ = 0;                 // 15: bit 15; L: bit 0, L-3: bit 3
    int nearest_workday_ = 0;                                       // 15W: 15
    bool last_workday_ = false;                                     // LW
    std::uint32_t weekdays_ = 0, last_weekdays_ = 0;                // bit 0: Sunday; FRI#L: bit 5
    std::array<std::uint8_t, 7> nth_weekdays_{};                    // FRI#2: bit 2 of [5]
    std::optional<std::bitset<kLastYear - kFirstYear + 1>> years_;  // nothing: every year
    bool days_restricted_ = false, weekdays_restricted_ = false;    // the field does not begin with `*`
    bool both_days_ = false;                                        // +MON: both day fields must match
    bool fixed_time_ = false, has_seconds_ = false;
    std::string uneven_step_;

    std::optional<WallTime> next_fixed(WallTime after, const Zone& zone) const;
    std::optional<WallTime> next_elapsed(WallTime after, const Zone& zone) const;
    std::optional<LocalTime> first_match(LocalTime from) const;
    std::optional<std::chrono::seconds> first_time_of_day(std::chrono::seconds from) const;
    std::optional<Days> first_day(Days from) const;
    std::uint32_t matching_days(std::chrono::year_month month) const;
};

}  // namespace taktd
