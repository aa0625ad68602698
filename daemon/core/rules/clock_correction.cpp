// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/clock_correction.hpp"

#include <algorithm>

#include "daemon/core/rules/lifecycle.hpp"

namespace taktd {
namespace {

/// A run that came due under the wrong clock and was not begun: with its instants to come, a start now would not be
/// stopped for as long as the clock was ahead.
void end_unsent(const RecoveredRun& live, const ClockCorrection& correction, std::vector<Row>& rows) {
    RunRow run = live.run;
    const RunState to = live.refused_before ? RunState::failed : RunState::skipped;
    rows.emplace_back(TransitionRow{run.id, live.last_seq + 1, run.state, to, correction.now, Reason::misfire,
                                    correction.actor, "it came due while the clock was ahead: " + correction.reason,
                                    nullptr});
    run.state = to;
    run.reason = Reason::misfire;
    run.obligation = obligation_after(run.obligation, to);
    run.updated = correction.now;
    rows.emplace_back(std::move(run));
}

/// A gap that begins before now and ends after it, as far as it lies in the past.
GapRow cut_at(GapRow gap, WallTime now, const std::map<std::string, Schedule>& schedules) {
    const auto schedule = schedules.find(gap.job);
    const std::int64_t count = gap.count;
    const double share = static_cast<double>((now - gap.first).count()) /
                         static_cast<double>(std::max<std::int64_t>((gap.last - gap.first).count(), 1));
    // Nobody can count by a schedule that is gone.
    gap.count = std::max<std::int64_t>(static_cast<std::int64_t>(share * static_cast<double>(count)), 1);
    gap.last = gap.count == 1 ? gap.first : now;
    if (schedule != schedules.end() && next_due(schedule->second, gap.first - Duration{1}) == gap.first) {
        gap.count = 1;
        gap.last = gap.first;
        for (auto due = next_due(schedule->second, gap.first); due && *due <= now && gap.count < count;
             due = next_due(schedule->second, *due)) {
            gap.last = *due;
            ++gap.count;
        }
    }
    gap.recorded = std::min(gap.recorded, now);
    return gap;
}

}  // namespace

bool is_clock_behind(const Snapshot& snapshot, WallTime now) {
    return snapshot.newest > now ||
           std::ranges::any_of(snapshot.jobs, [now](const JobStateRow& job) { return job.watermark > now; });
}

std::vector<Row> correct_clock(const Past& past, const std::vector<GapRow>& gaps, const ClockCorrection& correction) {
    const Snapshot& snapshot = past.snapshot;
    std::vector<Row> rows;
    for (const RecoveredRun& live : snapshot.live) {
        if (live.run.state == RunState::due && live.run.start_due > correction.now) end_unsent(live, correction, rows);
    }
    for (JobStateRow job : snapshot.jobs) {
        if (job.watermark <= correction.now) continue;
        job.watermark = correction.now;
        rows.emplace_back(std::move(job));
    }
    for (const GapRow& gap : gaps) {
        if (gap.first <= correction.now && gap.last > correction.now)
            rows.emplace_back(cut_at(gap, correction.now, past.schedules));
    }
    rows.emplace_back(ClockRow{correction.now, snapshot.newest, correction.actor, correction.reason});
    return rows;
}

}  // namespace taktd
