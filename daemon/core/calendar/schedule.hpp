// SPDX-License-Identifier: Apache-2.0
// When a job starts and stops: the rules of the config as values, and the two questions asked of them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/core/calendar/zone.hpp"

namespace taktd {

struct CronRule {
    Cron cron;
    ZonePtr zone;
    std::string text;  ///< as written
};
struct OnceRule {
    WallTime at;
};
/// Whole days follow the local calendar of `zone`; shorter periods elapsed time. `from` is the first occurrence.
struct EveryRule {
    Duration period;
    LocalTime from;  ///< used with whole days
    WallTime from_instant;
    ZonePtr zone;
};
/// Such a period follows the calendar.
bool is_whole_days(Duration period);
using StartRule = std::variant<CronRule, OnceRule, EveryRule>;

/// A job's start rules; equal instants of several rules are one occurrence. Empty: only started manually.
struct Schedule {
    std::vector<StartRule> rules;
    /// Text that is equal exactly when the schedule is: what job_state.schedule keeps. parse_schedule() reads it back.
    std::string fingerprint() const;
};

/// Null: there is no such zone on this system.
using FindZone = std::function<ZonePtr(const std::string& name)>;

/// The schedule whose fingerprint `text` is; nothing if it cannot be read (a zone may have left the system).
std::optional<Schedule> parse_schedule(std::string_view text, const FindZone& find_zone);

/// The first occurrence strictly after `after`.
std::optional<WallTime> next_due(const Schedule& schedule, WallTime after);

/// What a clock on the wall is meant to show at an occurrence: 02:30 for "30 2 * * *", also on the day on which that
/// time falls into a DST gap and the occurrence comes at 03:00.
struct NominalTime {
    LocalTime local;
    ZonePtr zone;
};
/// Of the first rule that yields `due`; for an instant that no rule yields (a manual start) what the clock of
/// `default_zone` shows.
NominalTime nominal_time(const Schedule& schedule, WallTime due, const ZonePtr& default_zone);

struct StopAfter {
    Duration after;
};
struct StopAt {
    WallTime at;
};
/// Matched strictly after the start's nominal local time, in the start's zone, then mapped to an instant: so a window
/// from 02:30 to 03:00 ends at 03:00 on DST days, too, and never a day later.
struct StopCron {
    Cron cron;
    std::string text;  ///< as written
};
/// The task ends by itself; `max_duration` is its ceiling.
struct StopWhenDone {};
using StopRule = std::variant<StopAfter, StopAt, StopCron, StopWhenDone>;

/// When a run that started nominally at `nominal` (instant `due`) is to be stopped by `cron`. Not after `due` where DST
/// leaves nothing of the window; nothing if the pattern never fires again.
std::optional<WallTime> stop_due(const StopCron& rule, WallTime due, const NominalTime& nominal);

}  // namespace taktd
