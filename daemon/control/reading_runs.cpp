// SPDX-License-Identifier: Apache-2.0
// The handlers that tell of runs: lists of them, one with its history, what has become of all of them, and tasks that
// run without us.
#include "daemon/control/api.hpp"
#include "daemon/control/job_search.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/report/csv.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::control {

using namespace report;
namespace {

Problem gone() {
    return {410, "gone", "the place where this page begins has been pruned; begin with the first page again"};
}

/// What a misspelt job may mean; nothing for one that the config has.
std::string meant(const std::string& job, const Config& config) {
    if (config.jobs.contains(job)) return "";
    std::vector<std::string> known;
    for (const auto& [name, spec] : config.jobs) known.push_back(name);
    return did_you_mean(job, known);
}

Answered<RunId> run_named(Queries& queries, const std::string& reference, const Config& config) {
    const auto found = queries.find_run(reference);
    if (found) return *found;
    const auto candidates = queries.candidates(reference);
    if (candidates.size() < 2) return unexpected{Problem{404, "no_such_run", found.error() + meant(reference, config)}};
    Problem problem{409, "ambiguous", found.error()};
    problem.extra["candidates"] = list(candidates, [](const RunName& each) {
        return json::object{{"id", id_text(each.id)}, {"job", text(each.job)}};
    });
    return unexpected{std::move(problem)};
}

/// 404 for a job that neither the config has nor the store has runs of.
std::optional<Problem> unknown_in(Queries& queries, const std::optional<std::string>& job, const Config& config) {
    if (!job || config.jobs.contains(*job) || queries.first_run_from(*job, WallTime::min())) return std::nullopt;
    return Problem{404, "no_such_job", "there is no job '" + *job + "'" + meant(*job, config)};
}

json::value next_of(const std::string& next) { return text_or_null(next); }

bool wants_csv(const HttpRequest& request) {
    const auto accepted = find_header(request.headers, "Accept");
    return accepted && accepted->find("text/csv") != std::string::npos;
}

HttpResponse csv_response(const Page<ToldTransition>& page) {
    HttpResponse response;
    response.status = 200;
    response.headers = {{"Content-Type", "text/csv; charset=utf-8; header=present"},
                        {"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"}};
    if (!page.next.empty()) response.headers.emplace_back("Taktd-Next", page.next);
    response.body = transitions_csv(page.items);
    return response;
}

RunFilter filter_of(Parameters& parameters, WallTime now) {
    RunFilter filter;
    filter.job = parameters.text("job");
    filter.states = parameters.states("state");
    filter.since = parameters.instant("since");
    filter.until = parameters.instant("until");
    filter.provider = parameters.text("provider");
    filter.reason = parameters.word<Reason>("reason");
    filter.origin = parameters.word<Origin>("origin");
    filter.is_live = parameters.flag("live");
    if (parameters.flag("overdue")) filter.overdue = now;
    if (const auto before = parameters.text("before")) {
        filter.behind = RunPlace::parse(*before);
        if (!filter.behind) filter.before = RunId::parse(*before);
        if (!filter.behind && !filter.before) parameters.complain("before must be the 'next' of the page before");
    }
    filter.limit = parameters.limit();
    return filter;
}

}  // namespace

Async<Answered<HttpResponse>> Api::list_runs(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    const WallTime now = read_time().wall;
    const RunFilter filter = filter_of(parameters, now);
    const auto label = parameters.label();
    const std::string fields = parameters.text("fields").value_or("all");
    if (fields != "all" && fields != "brief") parameters.complain("fields must be brief or all");
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    const ConfigPtr config = host_.settings().config;
    const bool is_brief = fields == "brief";
    std::function<Answered<json::object>(Queries&)> question = [filter, label, config, is_brief,
                                                                now](Queries& queries) -> Answered<json::object> {
        RunFilter wanted = filter;
        if (label) wanted.jobs = names_with(*config, *label);
        json::array runs;
        std::string next;
        bool is_gone = false;
        if (is_brief) {
            const auto page = queries.page_of_briefs(wanted);
            runs = list(page.items, [now](const RunBrief& run) { return json::value(of_brief(run, now)); });
            next = page.next, is_gone = page.is_gone;
        } else {
            const auto page = queries.page_of_runs(wanted);
            runs = list(page.items, of_run);
            next = page.next, is_gone = page.is_gone;
        }
        if (is_gone) return unexpected{gone()};
        if (runs.empty()) {
            if (auto problem = unknown_in(queries, wanted.job, *config)) return unexpected{std::move(*problem)};
        }
        return json::object{{"runs", std::move(runs)}, {"next", next_of(next)}};
    };
    const Pace pace = filter.is_long() || label ? Pace::lengthy : Pace::brisk;
    auto found = co_await queries_.ask(std::move(question), pace);
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found) co_return unexpected{std::move(found->error())};
    co_return json_response(200, **found);
}

Async<Answered<HttpResponse>> Api::list_transitions(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    TransitionFilter filter;
    filter.job = parameters.text("job");
    filter.state = parameters.state("state");
    filter.since = parameters.instant("since");
    filter.until = parameters.instant("until");
    if (const auto before = parameters.text("before")) {
        filter.behind = TransitionPlace::parse(*before);
        if (!filter.behind) parameters.complain("before must be the 'next' of the page before");
    }
    filter.limit = parameters.limit();
    const std::string order = parameters.text("order").value_or("desc");
    if (order != "asc" && order != "desc") parameters.complain("order must be asc or desc");
    filter.is_oldest_first = order == "asc";
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    const ConfigPtr config = host_.settings().config;
    std::function<Answered<Page<ToldTransition>>(Queries&)> question =
        [filter, config](Queries& queries) -> Answered<Page<ToldTransition>> {
        auto page = queries.transitions(filter);
        if (page.is_gone) return unexpected{gone()};
        if (page.items.empty()) {
            if (auto problem = unknown_in(queries, filter.job, *config)) return unexpected{std::move(*problem)};
        }
        return page;
    };
    const Pace pace = filter.job || filter.state ? Pace::lengthy : Pace::brisk;
    auto found = co_await queries_.ask(std::move(question), pace);
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found) co_return unexpected{std::move(found->error())};
    const Page<ToldTransition>& page = **found;
    if (wants_csv(exchange.request)) co_return csv_response(page);
    co_return json_response(200, {{"transitions", list(page.items, of_told_transition)}, {"next", next_of(page.next)}});
}

Async<Answered<HttpResponse>> Api::list_foreign(const Exchange& exchange) {
    if (auto problem = Parameters{exchange.parameters}.problem()) co_return unexpected{std::move(*problem)};
    std::function<std::vector<ForeignRow>(Queries&)> question = [](Queries& queries) { return queries.foreign(); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return json_response(200, {{"foreign", list(*found, of_foreign)}});
}

Async<Answered<HttpResponse>> Api::show_run(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    const bool with_bodies = parameters.text("bodies").value_or("true") != "false";
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    auto id = co_await find_run(exchange.arguments.front());
    if (!id) co_return unexpected{std::move(id.error())};
    std::function<std::optional<RunHistory>(Queries&)> question = [id = *id](Queries& queries) {
        return queries.show(id);
    };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found)
        co_return unexpected{Problem{404, "no_such_run", "run " + id->text() + " is not in the store (any more)"}};
    RunHistory& history = **found;
    json::array transitions, calls;
    for (const TransitionRow& row : history.transitions) transitions.push_back(of_transition(row));
    for (CallRow& row : history.calls) {
        if (!with_bodies) row.record.request_body = row.record.response_body = "";
        calls.push_back(of_call(row));
    }
    const Now now = read_time();
    std::optional<StopFacts> stop;
    if (const auto pursued = loop_.engine().status_of_stop(*id, now)) {
        stop = StopFacts{.attempts = pursued->attempts};
        if (pursued->next_stop_in) stop->next = now.wall + *pursued->next_stop_in;
    }
    co_return json_response(200, {{"run", of_shown_run(history.run, stop)},
                                  {"transitions", std::move(transitions)},
                                  {"calls", std::move(calls)}});
}

Async<Answered<RunId>> Api::find_run(std::string reference) {
    // A whole id needs no store, so that it can be stopped whatever has become of that.
    if (const auto id = RunId::parse(reference)) co_return *id;
    const std::size_t at = reference.rfind('@');
    std::optional<WallTime> occurrence;
    if (at != std::string::npos) {
        const auto time = parse_time(std::string_view{reference}.substr(at + 1));
        if (time && time->offset) {
            if (const auto instant_meant = instant_of(*time, *Zone::utc())) occurrence = *instant_meant;
        }
        if (!occurrence) co_return unexpected{malformed("write JOB@2026-12-01T02:00:00Z for the run of an occurrence")};
    }
    const ConfigPtr config = host_.settings().config;
    std::function<Answered<RunId>(Queries&)> question = [reference, at, occurrence, config](Queries& queries) {
        if (!occurrence) return run_named(queries, reference, *config);
        const std::string job = reference.substr(0, at);
        const auto found = queries.find_run(job, *occurrence);
        return found ? Answered<RunId>{*found}
                     : unexpected{Problem{404, "no_such_run", found.error() + meant(job, *config)}};
    };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return std::move(*found);
}

Async<Answered<RunRow>> Api::row_of(RunId id) {
    std::function<std::optional<RunHistory>(Queries&)> question = [id](Queries& queries) { return queries.show(id); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found)
        co_return unexpected{Problem{404, "no_such_run", "run " + id.text() + " is not in the store (any more)"}};
    co_return std::move((*found)->run);
}

}  // namespace taktd::control
