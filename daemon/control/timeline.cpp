// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/timeline.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "daemon/report/json_values.hpp"

namespace taktd::control {

using namespace report;
namespace {

struct Lane {
    const Job* job = nullptr;  ///< nothing: it has left the config
    std::vector<RunBrief> runs;
    std::vector<const PlannedWindow*> windows;
};

/// `has_plan`: its windows are known. Without a plan the schedule alone tells what comes next.
LanePlace place_of(const std::string& job, const Lane& lane, WallTime now, bool has_plan) {
    LanePlace place{.rank = 3, .at_ns = 0, .job = job};
    const auto offer = [&place](int rank, WallTime at) {
        const std::pair<int, std::int64_t> offered{rank, to_ns(at)};
        if (offered < std::pair{place.rank, place.at_ns}) std::tie(place.rank, place.at_ns) = offered;
    };
    for (const RunBrief& run : lane.runs) {
        if (run.is_overdue(now)) offer(0, *run.should_end);
        if (!is_terminal(run.state)) offer(1, run.stop_due);
    }
    if (!lane.windows.empty()) offer(2, lane.windows.front()->window.start_due);
    if (!has_plan && place.rank > 2 && lane.job) {
        if (const auto due = next_due(lane.job->schedule, now)) offer(2, *due);
    }
    return place;
}

/// Rows of whole seconds; what has no instant is null.
class Rows {
public:
    explicit Rows(WallTime from) : from_{from} {}

    json::value second(std::optional<WallTime> t) const {
        if (!t) return nullptr;
        return std::chrono::floor<std::chrono::seconds>(*t - from_).count();
    }
    json::value of_run(const RunBrief& run, WallTime now) const {
        return json::array{id_text(run.id),      word(run.state),     word(run.reason),  second(run.start_due),
                           second(run.stop_due), second(run.started), second(run.ended), run.is_overdue(now) ? 1 : 0};
    }
    json::value of_window(const PlannedWindow& planned) const {
        return json::array{second(planned.window.start_due), second(planned.window.stop_due), word(planned.skip)};
    }

private:
    WallTime from_;
};

json::value provider_of(const Lane& lane) {
    if (lane.job) return text(lane.job->provider->name);
    return lane.runs.empty() ? nullptr : text(lane.runs.back().provider);
}

json::object labels_of(const Lane& lane) {
    json::object labels;
    if (!lane.job) return labels;
    for (const auto& [name, value] : lane.job->labels) labels[name] = text(value);
    return labels;
}

json::array names(std::initializer_list<const char*> columns) {
    return list(columns, [](const char* column) { return json::value(column); });
}

}  // namespace

std::optional<LanePlace> LanePlace::parse(std::string_view text) {
    LanePlace place;
    const std::size_t first = text.find('.'), second = text.find('.', first + 1);
    if (first != 1 || second == std::string_view::npos || text[0] < '0' || text[0] > '3') return std::nullopt;
    place.rank = text[0] - '0';
    const char* end = text.data() + second;
    const auto read = std::from_chars(text.data() + first + 1, end, place.at_ns);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    place.job = text.substr(second + 1);
    return place;
}

std::string LanePlace::text() const { return std::to_string(rank) + "." + std::to_string(at_ns) + "." + job; }

bool TimelineQuestion::is_about(const RunBrief& run) const {
    const auto job = plan.config->jobs.find(run.job);
    if (job != plan.config->jobs.end()) return search.is_about(*job->second);
    if (search.part && !has_words(run.job, *search.part)) return false;
    return !search.label && (!search.provider || *search.provider == run.provider);
}

bool TimelineQuestion::is_about(const std::vector<RunBrief>& runs) const {
    if (states.empty() && !is_live && !is_overdue) return true;
    return std::ranges::any_of(runs, [this](const RunBrief& run) {
        if (!states.empty() && std::ranges::find(states, run.state) == states.end()) return false;
        return (!is_live || !is_terminal(run.state)) && (!is_overdue || run.is_overdue(plan.now));
    });
}

json::object timeline(Queries& queries, PlanKeeper& plans, const TimelineQuestion& asked) {
    const WallTime now = asked.plan.now;
    std::map<std::string, Lane> lanes;
    for (const auto& [name, job] : asked.plan.config->jobs) {
        if (asked.search.is_about(*job)) lanes[name].job = job.get();
    }
    for (RunBrief& run : queries.runs_between(asked.from, asked.until)) {
        if (asked.is_about(run)) lanes[run.job].runs.push_back(std::move(run));
    }
    std::erase_if(lanes, [&](const auto& lane) { return !asked.is_about(lane.second.runs); });
    std::shared_ptr<const MadePlan> made;
    if (asked.until > now) {
        PlanQuestion ahead = asked.plan;
        ahead.from = std::max(asked.from, now);
        ahead.until = asked.until;
        made = plans.plan(queries, ahead);
        for (const PlannedWindow& window : made->plan.windows) {
            const WallTime due = window.window.start_due;
            const auto lane = lanes.find(window.job->name);
            if (due >= ahead.from && due < asked.until && lane != lanes.end()) lane->second.windows.push_back(&window);
        }
    }
    std::vector<LanePlace> order;
    for (const auto& [job, lane] : lanes) {
        LanePlace place = place_of(job, lane, now, made != nullptr);
        if (!asked.after || place > *asked.after) order.push_back(std::move(place));
    }
    std::ranges::sort(order);
    const bool has_more = order.size() > asked.limit;
    if (has_more) order.resize(asked.limit);
    const Rows rows{asked.from};
    json::array drawn;
    for (const LanePlace& place : order) {
        const Lane& lane = lanes.at(place.job);
        drawn.push_back(json::object{
            {"job", text(place.job)},
            {"provider", provider_of(lane)},
            {"labels", labels_of(lane)},
            {"runs", list(lane.runs, [&](const RunBrief& run) { return rows.of_run(run, now); })},
            {"plan", list(lane.windows, [&](const PlannedWindow* window) { return rows.of_window(*window); })}});
    }
    return {{"from", instant(asked.from)},
            {"until", instant(asked.until)},
            {"plan_made", made ? instant(made->made) : nullptr},
            {"run_columns", names({"id", "state", "reason", "start_due", "stop_due", "started", "ended", "overdue"})},
            {"plan_columns", names({"start_due", "stop_due", "skip"})},
            {"lanes", std::move(drawn)},
            {"next", has_more ? text(order.back().text()) : nullptr}};
}

}  // namespace taktd::control
