// SPDX-License-Identifier: Apache-2.0
// The handlers that look ahead: why an occurrence is what it is, what is to come, and the picture of both. All of them
// may run the engine in virtual time, on the thread of long questions.
#include <algorithm>

#include "daemon/control/api.hpp"
#include "daemon/control/conditional.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/control/timeline.hpp"
#include "daemon/report/inquiry.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/values/values.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::control {

using namespace report;
namespace {

constexpr Duration kPlanDefault = std::chrono::hours{24};
constexpr Duration kPastDefault = std::chrono::hours{6};
/// Longer stretches are asked for in parts.
constexpr Duration kStretchMax = std::chrono::hours{24 * 366};

struct Stretch {
    WallTime from, until;
};

Stretch stretch_of(Parameters& parameters, WallTime now, WallTime by_default) {
    Stretch stretch;
    stretch.from = parameters.instant("from").value_or(by_default);
    stretch.until = parameters.instant("until").value_or(std::max(stretch.from, now) + kPlanDefault);
    if (stretch.until <= stretch.from) parameters.complain("until must be later than from");
    if (stretch.until - stretch.from > kStretchMax) parameters.complain("from and until may be a year apart at most");
    return stretch;
}

/// A window's place in the plan: its start, then its job.
struct WindowPlace {
    std::int64_t start_due_ns = 0;
    std::string job;

    static std::optional<WindowPlace> parse(std::string_view text) {
        WindowPlace place;
        const std::size_t dot = text.find('.');
        if (dot == std::string_view::npos) return std::nullopt;
        const auto number = parse_integer(text.substr(0, dot));
        if (!number) return std::nullopt;
        place.start_due_ns = *number;
        place.job = text.substr(dot + 1);
        return place;
    }
    std::string text() const { return std::to_string(start_due_ns) + "." + job; }
    auto operator<=>(const WindowPlace&) const = default;
};

WindowPlace place_of(const PlannedWindow& window) { return {to_ns(window.window.start_due), window.job->name}; }

struct WindowQuestion {
    PlanQuestion plan;
    std::optional<std::string> job = {};
    std::optional<WindowPlace> after = {};
    std::size_t limit = 1;
};

struct WindowPage {
    json::array windows;
    std::string next;
};

WindowPage windows_of(const MadePlan& made, const WindowQuestion& asked) {
    WindowPage page;
    const PlannedWindow* last = nullptr;
    for (const PlannedWindow& window : made.plan.windows) {
        const WallTime due = window.window.start_due;
        const bool is_caught_up = due < made.made && asked.plan.from <= asked.plan.now;
        if ((due < asked.plan.from && !is_caught_up) || due >= asked.plan.until) continue;
        if (asked.job && window.job->name != *asked.job) continue;
        if (asked.after && place_of(window) <= *asked.after) continue;
        if (page.windows.size() == asked.limit) {
            page.next = place_of(*last).text();
            break;
        }
        page.windows.push_back(of_window(window));
        last = &window;
    }
    return page;
}

}  // namespace

PlanQuestion Api::plan_question(WallTime now) const {
    const Settings& settings = host_.settings();
    return {.config = settings.config,
            .generation = host_.generation(),
            .time_zone = settings.time_zone,
            .now = now,
            .from = now,
            .until = now};
}

Async<Answered<HttpResponse>> Api::show_plan(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    const WallTime now = read_time().wall;
    WindowQuestion asked{.plan = plan_question(now)};
    const Stretch stretch = stretch_of(parameters, now, now);
    asked.plan.from = stretch.from;
    asked.plan.until = stretch.until;
    asked.job = parameters.text("job");
    if (const auto after = parameters.text("after")) {
        asked.after = WindowPlace::parse(*after);
        if (!asked.after) parameters.complain("after must be the 'next' of the page before");
    }
    asked.limit = static_cast<std::size_t>(parameters.limit());
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    if (asked.job) {
        auto problem = co_await unknown_job(*asked.job);
        if (problem) co_return unexpected{std::move(*problem)};
    }
    std::function<json::object(Queries&)> question = [asked, plans = plans_](Queries& queries) {
        const auto made = plans->plan(queries, asked.plan);
        WindowPage page = windows_of(*made, asked);
        return json::object{{"from", instant(asked.plan.from)},     {"until", instant(asked.plan.until)},
                            {"plan_made", instant(made->made)},     {"windows", std::move(page.windows)},
                            {"cut_at", instant(made->plan.cut_at)}, {"next", text_or_null(page.next)}};
    };
    const Pace pace = Pace::lengthy;
    auto found = co_await queries_.ask(std::move(question), pace);
    if (!found) co_return unexpected{std::move(found.error())};
    co_return if_changed(exchange.request, json_response(200, *found));
}

Async<Answered<HttpResponse>> Api::show_timeline(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    const WallTime now = read_time().wall;
    TimelineQuestion asked{.plan = plan_question(now)};
    const Stretch stretch = stretch_of(parameters, now, std::chrono::floor<std::chrono::minutes>(now) - kPastDefault);
    asked.from = asked.plan.from = stretch.from;
    asked.until = asked.plan.until = stretch.until;
    asked.search.part = parameters.text("q");
    asked.search.provider = parameters.text("provider");
    asked.search.label = parameters.label();
    asked.states = parameters.states("state");
    asked.is_live = parameters.flag("live");
    asked.is_overdue = parameters.flag("overdue");
    if (const auto after = parameters.text("after")) {
        asked.after = LanePlace::parse(*after);
        if (!asked.after) parameters.complain("after must be the 'next' of the page before");
    }
    asked.limit = static_cast<std::size_t>(parameters.limit());
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    std::function<json::object(Queries&)> question = [asked, plans = plans_](Queries& queries) {
        return timeline(queries, *plans, asked);
    };
    // What has been needs no plan, and does not wait for anybody else's.
    const Pace pace = asked.until > now ? Pace::lengthy : Pace::brisk;
    auto found = co_await queries_.ask(std::move(question), pace);
    if (!found) co_return unexpected{std::move(found.error())};
    co_return if_changed(exchange.request, json_response(200, *found));
}

/// What explain_job() was asked, in words that are understood where zones may be read from the disk.
struct WhyQuestion {
    std::string job;
    std::optional<std::string> at, zone_name;
    bool is_coloured = false, is_text = false;
    KnownConfig known;
    WallTime now;
};

static Answered<HttpResponse> why(Queries& queries, const WhyQuestion& asked) {
    const ZonePtr zone = asked.zone_name ? load_zone(*asked.zone_name) : Zone::utc();
    if (!zone) return unexpected{malformed("there is no time zone '" + *asked.zone_name + "'")};
    const Context context{.now = asked.now, .zone = zone, .colour = asked.is_coloured};
    std::optional<Asked> at;
    if (asked.at) {
        const auto parsed = parse_asked(*asked.at, context);
        if (!parsed) return unexpected{malformed("at: " + parsed.error())};
        at = *parsed;
    }
    Inquiry inquiry{queries, asked.known, asked.job, context, load_zone};
    const auto found = inquiry.answer(at);
    if (!found) return unexpected{Problem{404, "no_such_job", inquiry.unknown_job()}};
    if (!asked.is_text) return json_response(200, {{"why", of_why(*found, *Zone::utc())}});
    HttpResponse response;
    response.status = 200;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                        {"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"}};
    response.body = why_text(*found, context);
    return response;
}

Async<Answered<HttpResponse>> Api::explain_job(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    const Settings& settings = host_.settings();
    WhyQuestion asked{.job = exchange.arguments.front(),
                      .at = parameters.text("at"),
                      .zone_name = parameters.text("time_zone"),
                      .is_coloured = parameters.flag("colour"),
                      .known = {settings.config, settings.retention},
                      .now = read_time().wall};
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    const auto accepted = find_header(exchange.request.headers, "Accept");
    asked.is_text = accepted && accepted->find("text/plain") != std::string::npos;
    std::function<Answered<HttpResponse>(Queries&)> question = [asked](Queries& queries) {
        return why(queries, asked);
    };
    const Pace pace = Pace::lengthy;
    auto found = co_await queries_.ask(std::move(question), pace);
    if (!found) co_return unexpected{std::move(found.error())};
    co_return std::move(*found);
}

}  // namespace taktd::control
