// SPDX-License-Identifier: Apache-2.0
// `taktctl clock`: what a clock that was once ahead has left in a store, and the way back.
#include <algorithm>

#include "daemon/app/offline_commands.hpp"
#include "daemon/core/rules/clock_correction.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

/// A clock before it is the one that is wrong.
constexpr WallTime kNotSet = std::chrono::sys_days{std::chrono::year{2020} / 1 / 1};
constexpr std::size_t kJobsNamed = 10;

ClockReport survey(Queries& queries, WallTime now) {
    const Snapshot snapshot = queries.snapshot();
    ClockReport report;
    report.clock = now;
    report.newest = snapshot.newest;
    report.is_ahead = is_clock_behind(snapshot, now + kAheadUntold);
    for (const JobStateRow& job : snapshot.jobs) {
        if (job.watermark > now) report.jobs.push_back(job);
    }
    report.runs_ahead = queries.count_runs_due_after(now);
    for (const RecoveredRun& live : snapshot.live) {
        if (owes_stop(live.run.state)) ++report.owed_stops;
        if (live.run.state == RunState::due && live.run.start_due > now) ++report.due_runs;
    }
    return report;
}

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string names_of(const std::vector<JobStateRow>& jobs) {
    std::string names;
    for (std::size_t i = 0; i < std::min(jobs.size(), kJobsNamed); ++i)
        names += (i > 0 ? ", " : "") + log::escape_text(jobs[i].job);
    return jobs.size() > kJobsNamed ? names + ", ..." : names;
}

std::string text_of(const ClockReport& report, const std::string& store, const Context& context) {
    std::string text = "clock    " + local_text_with_day(report.clock, *context.zone) + "\nnewest   " +
                       local_text_with_day(report.newest, *context.zone) + " in " + log::escape_text(store) + "\n";
    if (!report.is_ahead) return text + "\nNothing in the store is ahead of the clock.\n";
    const bool done = report.is_done;
    const auto line = [&](const std::string& what) { text += "  " + what + "\n"; };
    text += done ? "\nThe time is taken back:\n"
                 : "\nThe store is ahead of the clock: nothing starts before its newest instant. With --reason TEXT:\n";
    if (!report.jobs.empty())
        line(counted(report.jobs.size(), "job's schedule counts", "jobs' schedules count") +
             " from now on: " + names_of(report.jobs));
    if (report.due_runs > 0)
        line(counted(report.due_runs, "run that came", "runs that came") + " due then and " +
             (report.due_runs == 1 ? "was" : "were") + " not begun " + (done ? "ended: misfire" : "end: misfire"));
    if (report.runs_ahead > 0)
        line(counted(report.runs_ahead, "run keeps its", "runs keep their") +
             " times ahead; what ran does not run again, what was only skipped comes when it is due");
    if (report.owed_stops > 0) line(counted(report.owed_stops, "run is", "runs are") + " owed a stop, as before");
    if (!done) text += "Make sure first that the clock is right now and that taktd is down.\n";
    return text;
}

}  // namespace

Answer clock(const Options& options, const ClockOptions& command, const Context& context) {
    std::string warning;
    const auto store_path = find_store(options, warning);
    if (!store_path) return store_path.error();
    auto reader = Reader::open(*store_path);
    if (!reader) return failure(reader.error());
    ClockReport report = survey(*reader, context.now);
    const bool is_told_why = command.reason.find_first_not_of(" \t\n") != std::string::npos;
    if (!command.reason.empty() && !is_told_why) return failure("--reason must say why the clock was ahead", kUsage);
    if (is_told_why && report.is_ahead) {
        if (context.now < kNotSet)
            return failure("the clock says " + local_text(context.now, *context.zone) + ": set it right first");
        const auto done = correct_clock_offline({.path = *store_path, .actor = operator_name()}, command.reason);
        if (!done) return refused_offline(done.error(), *store_path);
        report.clock = *done;
        report.is_done = true;
    }
    Answer answer;
    answer.err = warning.empty() ? "" : failure(warning).err;
    answer.out = options.json ? clock_json(report) : text_of(report, *store_path, context);
    return answer;
}

}  // namespace taktd::ctl
