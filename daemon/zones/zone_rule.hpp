// SPDX-License-Identifier: Apache-2.0
// The rule at the end of a zone's file (a POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`): how the clock changes
// in the years after the last change that the file lists. zone_loader.cpp uses it to carry a zone's table on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "daemon/core/calendar/zone.hpp"

namespace taktd {

class ZoneRule {
public:
    /// Nothing if `text` is no such rule.
    static std::optional<ZoneRule> parse(std::string_view text);

    std::chrono::seconds standard_offset() const { return standard_; }
    bool has_changes() const { return has_changes_; }
    /// The year's two changes (one may fall into a neighbouring year in UTC), earlier first; none without summer time.
    std::vector<Zone::Change> changes_of(std::chrono::year year) const;

private:
    struct Date {
        enum class Form { month_week_day, julian_without_leap_day, day_of_year } form = Form::month_week_day;
        int month = 1, week = 1, day = 0;
        std::chrono::seconds time{7200};
        std::chrono::sys_seconds in(std::chrono::year year) const;  ///< as if local time were UTC
    };
    friend class ZoneRuleParser;

    std::chrono::seconds standard_{0}, summer_{0};
    Date to_summer_, to_standard_;
    bool has_changes_ = false;
};

}  // namespace taktd
