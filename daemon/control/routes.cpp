// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/routes.hpp"

#include <array>

namespace taktd::control {
namespace {

constexpr std::array kRoutes{
    Route{"GET", "/", Need::nobody, "the dashboard, for browsers", &Api::show_page, "text/html"},
    Route{"GET", "/assets/{file}", Need::nobody, "the dashboard's files", &Api::show_asset,
          "text/css, text/javascript, image/svg+xml"},
    Route{"GET", "/healthz", Need::nobody, "200 while taktd can start and stop; 503 and why", &Api::health},
    Route{"GET", "/metrics", Need::viewer, "metrics, as Prometheus reads them", &Api::metrics, "text/plain"},
    Route{"GET", "/api/v1", Need::viewer, "this table", &Api::index},
    Route{"GET", "/api/v1/openapi.json", Need::viewer, "the same for programs (OpenAPI 3.1)", &Api::openapi},
    Route{"GET", "/api/v1/status", Need::viewer, "what runs, what is overdue, holds, config, store", &Api::status},
    Route{"GET", "/api/v1/providers", Need::viewer, "limiter, queues, last error of each", &Api::list_providers},
    Route{"GET", "/api/v1/jobs", Need::viewer,
          "jobs by name: ?q= ?provider= ?label=k=v ?disabled= ?after= ?limit=", &Api::list_jobs},
    Route{"GET", "/api/v1/jobs/{job}", Need::viewer, "a job", &Api::show_job},
    Route{"GET", "/api/v1/jobs/{job}/why", Need::viewer,
          "why it ran or did not: ?at= ?time_zone= ?colour=", &Api::explain_job, "application/json, text/plain"},
    Route{"GET", "/api/v1/runs", Need::viewer,
          "newest first: ?job= ?state= ?live= ?overdue= ?since= ?until= ?provider= ?reason= ?origin= ?label= ?before= "
          "?limit= ?fields=",
          &Api::list_runs},
    Route{"GET", "/api/v1/runs/{run}", Need::viewer, "a run with its transitions and calls: ?bodies=false",
          &Api::show_run},
    Route{"GET", "/api/v1/transitions", Need::viewer,
          "of all runs, newest first: ?job= ?state= ?since= ?until= ?order=asc ?before= ?limit=",
          &Api::list_transitions, "application/json, text/csv"},
    Route{"GET", "/api/v1/foreign", Need::viewer, "tasks that run without us", &Api::list_foreign},
    Route{"GET", "/api/v1/plan", Need::viewer,
          "what is to come: ?from= ?until= ?job= ?after= ?limit=", &Api::show_plan},
    Route{"GET", "/api/v1/timeline", Need::viewer,
          "what a picture needs: ?from= ?until= ?q= ?provider= ?label=k=v ?state= ?live= ?overdue= ?after= ?limit=",
          &Api::show_timeline},
    Route{"GET", "/api/v1/holds", Need::viewer, "holds that are engaged", &Api::list_holds},
    Route{"GET", "/api/v1/events", Need::viewer,
          "what happens, as it does: ?types= ?job= ?provider= ?after=", &Api::stream_events, "text/event-stream"},
    Route{"POST", "/api/v1/jobs/{job}/start", Need::operator_, "start now: {for?, reason?}, Idempotency-Key",
          &Api::start_job},
    Route{"POST", "/api/v1/jobs/{job}/stop", Need::operator_, "stop its live runs: {reason?, expected?, summary?}",
          &Api::stop_job},
    Route{"POST", "/api/v1/jobs/{job}/disable", Need::operator_, "skip its starts: {reason, for?, until?}",
          &Api::disable_job},
    Route{"POST", "/api/v1/jobs/{job}/enable", Need::operator_, "start it again: {reason?}", &Api::enable_job},
    Route{"POST", "/api/v1/runs/{run}/stop", Need::operator_, "stop it: {reason?, expected?, summary?}",
          &Api::stop_run},
    Route{"POST", "/api/v1/runs/{run}/pause", Need::operator_, "pause it: {reason?}", &Api::pause_run},
    Route{"POST", "/api/v1/runs/{run}/resume", Need::operator_, "go on with it: {reason?}", &Api::resume_run},
    Route{"POST", "/api/v1/runs/{run}/discharge", Need::operator_, "take its stop over: {reason}", &Api::discharge_run},
    Route{"POST", "/api/v1/stop", Need::operator_,
          "stop many: {scope, reason, expected?, summary?}; scope may be label:k=v", &Api::stop_many},
    Route{"POST", "/api/v1/holds", Need::operator_, "start nothing: {scope, reason, for?, until?, stop?}",
          &Api::engage_hold},
    Route{"POST", "/api/v1/holds/release", Need::operator_, "start again: {scope, reason?}", &Api::release_hold},
    Route{"GET", "/api/v1/actions", Need::viewer,
          "who did what, newest first: ?since= ?actor= ?before= ?limit=", &Api::list_actions},
    Route{"POST", "/api/v1/providers/{provider}/retry", Need::operator_, "try a closed provider now: {}",
          &Api::retry_provider},
    Route{"PUT", "/api/v1/log/level", Need::operator_, "log more or less: {level, for?}", &Api::set_log_level},
    Route{"POST", "/api/v1/notify/test", Need::operator_, "tell a target, or all, that it can be reached: {target?}",
          &Api::test_notify},
    Route{"POST", "/api/v1/hooks/alertmanager", Need::operator_,
          "stop what firing alerts name: Alertmanager's version 4", &Api::take_alerts},
    Route{"POST", "/api/v1/config/reload", Need::operator_, "read the config anew: {dry_run?}", &Api::reload_config},
    Route{"POST", "/api/v1/login-codes", Need::socket, "a code for the dashboard: {role?}", &Api::make_login_code},
    Route{"POST", "/api/v1/sessions", Need::nobody, "a session for a code: {code}", &Api::begin_session},
    Route{"DELETE", "/api/v1/sessions/current", Need::viewer, "end the session", &Api::end_session},
};

std::vector<std::string_view> segments_of(std::string_view pattern) {
    std::vector<std::string_view> segments;
    if (pattern == "/") return segments;
    for (std::size_t begin = 1; begin <= pattern.size();) {
        const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
        segments.push_back(pattern.substr(begin, end - begin));
        begin = end + 1;
    }
    return segments;
}

std::optional<std::vector<std::string>> match(std::string_view pattern, const std::vector<std::string>& segments) {
    const auto wanted = segments_of(pattern);
    if (wanted.size() != segments.size()) return std::nullopt;
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i].starts_with('{')) {
            arguments.push_back(segments[i]);
        } else if (wanted[i] != segments[i]) {
            return std::nullopt;
        }
    }
    return arguments;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

Match find_route(std::string_view method, const std::vector<std::string>& segments) {
    Match found;
    for (const Route& route : kRoutes) {
        auto arguments = match(route.pattern, segments);
        if (!arguments) continue;
        found.methods.emplace_back(route.method);
        if (route.method != (method == "HEAD" ? "GET" : method)) continue;
        found.route = &route;
        found.arguments = std::move(*arguments);
    }
    return found;
}

}  // namespace taktd::control
