// SPDX-License-Identifier: Apache-2.0
// What the daemon says of itself. What the store is asked runs on a worker's thread: each question owns what it uses.
#include <algorithm>
#include <tuple>

#include "daemon/control/api.hpp"
#include "daemon/control/conditional.hpp"
#include "daemon/control/openapi.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/control/routes.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/off_loop.hpp"
#include "daemon/version.hpp"

namespace taktd::control {

using namespace report;
namespace {

/// Of the schedules, as many as a glance shows.
constexpr std::size_t kNextStarts = 5;

json::value of_next(const NextStart& next) {
    return {{"job", text(next.job)}, {"start_due", instant(next.at)}, {"skip", word(next.skip)}};
}

json::value next_start(const std::optional<NextStart>& next) { return next ? of_next(*next) : json::value{nullptr}; }

json::array next_starts(const std::vector<NextStart>& starts) {
    json::array all;
    for (const NextStart& next : starts) all.push_back(of_next(next));
    return all;
}

json::value next_stop(const std::optional<NextStop>& next) {
    if (!next) return nullptr;
    return {{"run_id", id_text(next->run)}, {"job", text(next->job)}, {"stop_due", instant(next->at)}};
}

json::value last_reload(const std::optional<Host::Reading>& reading) {
    if (!reading) return nullptr;
    return {{"at", instant(reading->at)}, {"ok", reading->is_applied}, {"errors", reading->errors}};
}

struct Glance {
    std::vector<RunBrief> live;
    std::vector<HoldRow> holds;
    std::vector<JobStateRow> jobs;
};

}  // namespace

Async<Answered<HttpResponse>> Api::health(const Exchange&) {
    if (loop_.is_store_up() && !loop_.is_store_damaged() && !host_.is_stops_only())
        co_return json_response(200, {{"ok", true}});
    const char* why = host_.is_stops_only() ? "config" : "store";
    co_return json_response(503, {{"ok", false}, {"why", why}});
}

Async<Answered<HttpResponse>> Api::metrics(const Exchange&) {
    const auto text = std::make_shared<std::string>();
    std::function<void()> write = [scrape = host_.scrape(), text] { *text = scrape(); };
    co_await off_loop(executor_, worker_, std::move(write));
    HttpResponse response;
    response.status = 200;
    response.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = std::move(*text);
    co_return response;
}

Async<Answered<HttpResponse>> Api::index(const Exchange&) {
    json::array table;
    for (const Route& route : routes())
        table.push_back(json::object{{"method", json::string{route.method}},
                                     {"path", json::string{route.pattern}},
                                     {"role", json::string{name_of(route.need)}},
                                     {"help", json::string{route.help}}});
    co_return json_response(200, {{"version", kTaktdVersion}, {"routes", std::move(table)}});
}

Async<Answered<HttpResponse>> Api::openapi(const Exchange& exchange) {
    co_return if_changed(exchange.request, json_response(200, openapi_document()));
}

Async<Answered<HttpResponse>> Api::status(const Exchange& exchange) {
    const EngineStatus engine = loop_.status();
    const Now clock = read_time();
    const WallTime now = clock.wall;
    json::object states;
    for (auto state = RunState::due; !is_terminal(state); state = static_cast<RunState>(static_cast<int>(state) + 1)) {
        const auto count = engine.states.find(state);
        states[std::string{name_of(state)}] = count == engine.states.end() ? 0 : count->second;
    }
    json::object body{
        {"version", kTaktdVersion},
        {"now", instant(now)},
        {"started", instant(host_.started())},
        {"actor", text(exchange.asker.actor)},
        {"event", text(events_.ring().newest_id())},
        {"role", exchange.asker.role ? json::value(json::string{name_of(*exchange.asker.role)}) : json::value(nullptr)},
        {"time_zone", text(host_.settings().time_zone)},
        {"via", json::string{name_of(exchange.asker.via)}},
        {"config", json::object{{"file", text(host_.config_file())},
                                {"generation", host_.generation()},
                                {"loaded", instant(host_.loaded())},
                                {"stops_only", host_.is_stops_only()},
                                {"last_reload", last_reload(host_.last_reading())}}},
        {"store", json::object{{"up", engine.store_up},
                               {"damaged", engine.store_damaged},
                               {"uncommitted_rows", engine.uncommitted_rows}}},
        {"jobs", host_.settings().config->jobs.size()},
        {"states", std::move(states)},
        {"live_runs", engine.live_runs},
        {"owed_stops", engine.owed_stops},
        {"calls_in_flight", engine.calls_in_flight},
        {"next_start", next_start(engine.next_start)},
        {"next_starts", next_starts(loop_.engine().next_starts(kNextStarts))},
        {"next_stop", next_stop(engine.next_stop)},
    };
    // In the words of taktd_starts_blocked; `hold` is among them once the store has been asked.
    json::array blocked;
    if (!engine.store_up || engine.store_damaged) blocked.emplace_back("store");
    if (!loop_.engine().is_clock_trusted(clock)) blocked.emplace_back("clock");
    if (host_.is_stops_only()) blocked.emplace_back("config");
    if (host_.is_ending()) blocked.emplace_back("stopping");
    std::function<Glance(Queries&)> question = [](Queries& queries) {
        RunFilter live;
        live.is_live = true;
        live.limit = kListMax;
        return Glance{queries.page_of_briefs(live).items, queries.holds(), queries.job_states()};
    };
    auto glance = co_await queries_.ask(std::move(question));
    if (!glance) {  // who asks during an outage is told what is known without the store
        body["store"].as_object()["problem"] = text(glance.error().detail);
        body["starts_blocked"] = std::move(blocked);
        co_return json_response(200, std::move(body));
    }
    json::array overdue, live;
    std::ranges::sort(glance->live, {}, [](const RunBrief& run) { return std::tie(run.stop_due, run.id); });
    for (const RunBrief& run : glance->live) {
        if (run.obligation == Obligation::open) (run.is_overdue(now) ? overdue : live).push_back(of_brief(run, now));
    }
    body["disabled"] =
        std::ranges::count_if(glance->jobs, [now](const JobStateRow& row) { return row.is_disabled_at(now); });
    body["overdue"] = overdue.size();
    body["overdue_runs"] = std::move(overdue);
    body["runs"] = std::move(live);
    body["holds"] = holds_in_force(glance->holds, now);
    const bool is_held = std::ranges::any_of(
        glance->holds, [now](const HoldRow& hold) { return hold.scope.empty() && hold.is_in_force(now); });
    if (is_held) blocked.emplace_back("hold");
    body["starts_blocked"] = std::move(blocked);
    co_return json_response(200, std::move(body));
}

Async<Answered<HttpResponse>> Api::list_holds(const Exchange&) {
    std::function<std::vector<HoldRow>(Queries&)> question = [](Queries& queries) { return queries.holds(); };
    auto holds = co_await queries_.ask(std::move(question));
    if (!holds) co_return unexpected{std::move(holds.error())};
    co_return json_response(200, {{"holds", holds_in_force(*holds, read_time().wall)}});
}

}  // namespace taktd::control
