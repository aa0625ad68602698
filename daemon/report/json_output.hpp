// SPDX-License-Identifier: Apache-2.0
// What the commands print with --output json: stable shapes, members named like the store's columns without `_ns`,
// instants as RFC 3339 in UTC, durations and boot times as seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/report/json_values.hpp"
#include "daemon/report/planning.hpp"
#include "daemon/report/why_text.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/store/queries.hpp"
#include "daemon/store/salvage/salvage.hpp"
#include "daemon/store/verify/verify.hpp"

namespace taktd::report {

struct CheckedJob {
    JobPtr job;
    std::vector<PlannedWindow> windows;
};

std::string cron_json(const std::vector<WallTime>& next);
json::value of_window(const PlannedWindow& window);
std::string plan_json(const std::vector<PlannedWindow>& windows);
std::string check_json(const std::vector<Diagnostic>& diagnostics, const std::vector<CheckedJob>& jobs);
std::string runs_json(const std::vector<RunRow>& runs);
std::string holds_json(const std::vector<HoldRow>& holds);
struct StopAllOutcome {
    const std::vector<RunRow>& runs;
    const std::vector<std::string>& problems;
    bool timed_out, interrupted;
};
std::string stop_all_json(const StopAllOutcome& outcome);
struct ClockReport {
    WallTime clock, newest;
    bool is_ahead = false, is_done = false;
    std::vector<JobStateRow> jobs;  ///< whose watermark lies ahead
    std::uint64_t runs_ahead = 0, due_runs = 0, owed_stops = 0;
};
std::string clock_json(const ClockReport& report);
std::string salvage_json(const SalvageReport& report);
std::string show_json(const RunHistory& history, const std::optional<StopFacts>& stop = {});
/// `zone` is that of the sentences in it; instants are UTC in any case.
json::object of_why(const Why& why, const Zone& zone);
std::string why_json(const Why& why, const Zone& zone);
std::string verify_json(const std::vector<Violation>& violations);

/// The same document over indented lines, every value spelled as it was; nothing if `text` is no JSON.
std::optional<std::string> indented_json(std::string_view text);

}  // namespace taktd::report
