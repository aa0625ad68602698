// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/planning.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "daemon/report/dst_notes.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::report {
namespace {

/// Shorter waits at the limiter are not worth a note.
constexpr Duration kWaitTold = std::chrono::milliseconds{100};
constexpr Duration kStopWaitTold = std::chrono::seconds{1};
/// A stretch that begins far away is reckoned from so long before it.
constexpr Duration kFollowedBefore = std::chrono::hours{24};

PlannedWindow window_at(const JobPtr& job, WallTime due, const ZonePtr& default_zone) {
    PlannedWindow planned{.job = job, .window = window_of(*job, due), .zone = default_zone, .skip = {}, .notes = {}};
    for (const StartRule& rule : job->schedule.rules) {
        if (next_due(Schedule{{rule}}, due - Duration{1}) != due) continue;
        if (const ZonePtr zone = zone_of(rule)) planned.zone = zone;
        planned.notes = notes_on_start(rule, due);
        break;
    }
    const Window& w = planned.window;
    const WallTime end = std::min(w.stop_due, w.max_end);
    for (auto& note : notes_between(due, end, *planned.zone)) planned.notes.push_back(std::move(note));
    if (!std::holds_alternative<StopAfter>(job->stop)) {
        const NominalTime nominal = nominal_time(job->schedule, due, job->zone);
        const Duration length = std::max(w.stop_due - due, Duration{});
        const Duration by_clock = nominal.zone->to_local(w.stop_due) - nominal.local;
        if (length != by_clock && std::holds_alternative<StopCron>(job->stop))
            planned.notes.push_back("lasts " + to_text(length) + " instead of " + to_text(by_clock) +
                                    ", since the clocks change");
    }
    if (std::holds_alternative<StopWhenDone>(job->stop)) planned.notes.push_back("ends by itself, at the latest then");
    if (w.max_end < w.stop_due) {
        planned.notes.push_back("max_duration ends it at " + clock_text(planned.zone->to_local(w.max_end)));
    }
    return planned;
}

/// Where two runs share a job or a task, who was there first.
struct Holder {
    std::string job;
    WallTime until;
};

/// Notes that need the windows before: whose run is in the way.
class Neighbours {
public:
    void tell(PlannedWindow& planned, const std::string& task_key) {
        const auto tell_of = [&](const std::map<std::string, Holder>& holders, const std::string& key, bool is_job) {
            const auto found = holders.find(key);
            if (found == holders.end()) return;
            const std::string until = clock_text(planned.zone->to_local(found->second.until));
            planned.notes.push_back(is_job ? "the previous run is stopped at " + until
                                           : "job " + found->second.job + " has the task until " + until);
        };
        if (planned.skip == Reason::overlap) tell_of(by_job_, planned.job->name, true);
        if (planned.skip == Reason::task_busy) tell_of(by_task_, task_key, false);
        if (planned.skip != Reason::none) return;
        const Holder holder{planned.job->name, std::min(planned.window.stop_due, planned.window.max_end)};
        by_job_[planned.job->name] = by_task_[task_key] = holder;
    }

private:
    std::map<std::string, Holder> by_job_, by_task_;
};

void tell_waits(PlannedWindow& planned, const ForecastRun& run) {
    const ProviderSpec& provider = *planned.job->provider;
    const std::string limit = "the provider's limit of " + rate_text(provider.rate_limit);
    if (planned.skip == Reason::misfire) planned.notes.push_back(limit + " leaves no permit in time");
    if (run.row.origin == Origin::catch_up && run.start_sent) {
        planned.notes.push_back("was missed; starts late (misfire: run_late)");
    } else if (run.start_sent && *run.start_sent - planned.window.start_due >= kWaitTold &&
               planned.skip == Reason::none)
        planned.notes.push_back(
            "starts " + rough_text(*run.start_sent - planned.window.start_due) +
            " late: " + (planned.job->overlap == Overlap::skip ? limit : "after the previous run, or " + limit));
    const WallTime end = std::min(planned.window.stop_due, planned.window.max_end);
    if (run.stop_sent && *run.stop_sent - end >= kStopWaitTold)
        planned.notes.push_back("warning: its stop waits " + rough_text(*run.stop_sent - end) +
                                ": more stops are due together than " + limit + " lets through");
}

/// To what it will be at `begin`, which is later; live runs that will have ended by then are left out.
void bring_forward(Snapshot& snapshot, WallTime taken, WallTime begin) {
    std::erase_if(snapshot.live,
                  [begin](const RecoveredRun& live) { return std::min(live.run.stop_due, live.run.max_end) < begin; });
    for (auto& state : snapshot.jobs) state.watermark = std::max(state.watermark, begin - Duration{1});
    // One that is ahead of the clock holds starts back until then.
    if (snapshot.newest <= taken) snapshot.newest = std::min(snapshot.newest, begin - Duration{1});
}

ForecastRequest forecast_request(const Config& config, const PlanRequest& request) {
    ForecastRequest forecast;
    forecast.config = std::make_shared<const Config>(config);
    forecast.begin = request.from;
    forecast.until = request.until;
    forecast.runs_max = request.job.empty() ? request.windows_max + 1 : kReckonedMax;
    if (!request.past || request.past_at > request.from) return forecast;
    // What runs now matters for what starts soon; far away everything has ended.
    forecast.begin = std::max(request.past_at, request.from - kFollowedBefore);
    forecast.past = *request.past;
    if (forecast.begin > request.past_at) bring_forward(forecast.past.snapshot, request.past_at, forecast.begin);
    return forecast;
}

}  // namespace

Forecast forecast_of(const Config& config, const PlanRequest& request) {
    return make_forecast(forecast_request(config, request));
}

Plan make_plan(const Config& config, const PlanRequest& request, const ZonePtr& default_zone) {
    Forecast forecast = forecast_of(config, request);
    std::ranges::stable_sort(forecast.runs, {},
                             [](const ForecastRun& run) { return std::tie(run.row.start_due, run.row.job); });
    Plan plan{.windows = {}, .cut_at = forecast.cut_at};
    Neighbours neighbours;
    for (const ForecastRun& run : forecast.runs) {
        if (!run.job || run.row.start_due >= request.until) continue;
        PlannedWindow planned = window_at(run.job, run.row.start_due, default_zone);
        if (run.row.state == RunState::skipped) planned.skip = run.row.reason;
        neighbours.tell(planned, run.row.task_key);
        if (planned.skip == Reason::hold || planned.skip == Reason::disabled) planned.notes.push_back(run.note);
        tell_waits(planned, run);
        // The forecast begins a moment before `from`.
        const bool is_caught_up =
            run.row.start_due < request.from && run.start_sent && *run.start_sent >= request.from - Duration{1};
        if (run.row.start_due < request.from && !is_caught_up) continue;
        if (!request.job.empty() && run.job->name != request.job) continue;
        if (plan.windows.size() == request.windows_max) {
            plan.cut_at = run.row.start_due;
            break;
        }
        plan.windows.push_back(std::move(planned));
    }
    return plan;
}

std::vector<PlannedWindow> next_windows(const JobPtr& job, WallTime from, std::size_t count,
                                        const ZonePtr& default_zone) {
    std::vector<PlannedWindow> windows;
    auto due = next_due(job->schedule, from - Duration{1});
    for (; due && windows.size() < count; due = next_due(job->schedule, *due)) {
        windows.push_back(window_at(job, *due, default_zone));
        if (!job->enabled) windows.back().skip = Reason::disabled;
    }
    return windows;
}

}  // namespace taktd::report
