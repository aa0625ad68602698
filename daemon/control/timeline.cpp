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
    std::vector<RunBrief> runs;
    std::vector<const PlannedWindow*> windows;
};

LanePlace place_of(const std::string& job, const Lane& lane, WallTime now) {
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

json::object timeline(Queries& queries, PlanKeeper& plans, const TimelineQuestion& asked) {
    const WallTime now = asked.plan.now;
    std::map<std::string, Lane> lanes;
    const auto is_wanted = [&](const std::string& job) {
        return !asked.part || job.find(*asked.part) != std::string::npos;
    };
    for (const auto& [name, job] : asked.plan.config->jobs) {
        if (is_wanted(name)) lanes[name];
    }
    for (RunBrief& run : queries.runs_between(asked.from, asked.until)) {
        if (is_wanted(run.job)) lanes[run.job].runs.push_back(std::move(run));
    }
    std::shared_ptr<const MadePlan> made;
    if (asked.until > now) {
        PlanQuestion ahead = asked.plan;
        ahead.from = std::max(asked.from, now);
        ahead.until = asked.until;
        made = plans.plan(queries, ahead);
        for (const PlannedWindow& window : made->plan.windows) {
            const WallTime due = window.window.start_due;
            if (due >= ahead.from && due < asked.until && is_wanted(window.job->name))
                lanes[window.job->name].windows.push_back(&window);
        }
    }
    std::vector<LanePlace> order;
    for (const auto& [job, lane] : lanes) {
        LanePlace place = place_of(job, lane, now);
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
