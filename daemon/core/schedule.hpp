// When a job starts and stops: the rules of the config as values, and the two questions asked of them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/cron.hpp"
#include "daemon/core/zone.hpp"

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
using StartRule = std::variant<CronRule, OnceRule, EveryRule>;

/// A job's start rules; equal instants of several rules are one occurrence. Empty: only started by hand.
struct Schedule {
    std::vector<StartRule> rules;
    /// Text that is equal exactly when the schedule is: what job_state.schedule keeps.
    std::string fingerprint() const;
};

/// The first occurrence strictly after `after`.
std::optional<WallTime> next_due(const Schedule& schedule, WallTime after);

struct StopAfter {
    Duration after;
};
struct StopAt {
    WallTime at;
};
using StopRule = std::variant<StopAfter, StopAt>;

/// When the run of the occurrence `due` is to be stopped.
WallTime stop_due(const StopRule& rule, WallTime due);

}  // namespace taktd
