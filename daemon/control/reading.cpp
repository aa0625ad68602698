// The handlers that only look. What the store is asked runs on the worker's thread: each question owns what it uses.
#include <algorithm>

#include "daemon/control/api.hpp"
#include "daemon/control/off_loop.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/control/routes.hpp"
#include "daemon/core/rules/ends.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"
#include "daemon/version.hpp"

namespace taktd::control {

using namespace report;
namespace {

json::object brief(const RunRow& run, WallTime now) {
    const bool is_late = is_overdue(run, now);
    return {{"id", id_text(run.id)},
            {"job", text(run.job)},
            {"provider", text(run.provider)},
            {"origin", word(run.origin)},
            {"state", word(run.state)},
            {"reason", word(run.reason)},
            {"start_due", instant(run.start_due)},
            {"stop_due", instant(run.stop_due)},
            {"obligation", word(run.obligation)},
            {"remote_state", word(run.remote_state)},
            {"overdue", is_late},
            {"late", is_late ? seconds(now - should_end_at(run)) : nullptr},
            {"updated", instant(run.updated)}};
}

bool is_disabled(const JobStateRow& state, WallTime now) {
    return state.disabled && (!state.until || *state.until > now);
}

/// Which jobs are asked for. A config may have a hundred thousand, so they are looked through on the worker's thread.
struct JobQuestion {
    ConfigPtr config;
    WallTime now;
    std::optional<std::string> job{}, part{}, provider{}, label{}, after{};  ///< `label`: name=value
    std::size_t limit = 1;

    bool is_about(const Job& each) const {
        if (job && each.name != *job) return false;
        if (part && each.name.find(*part) == std::string::npos) return false;
        if (provider && each.provider->name != *provider) return false;
        if (!label) return true;
        const std::size_t equals = label->find('=');
        const auto found = each.labels.find(label->substr(0, equals));
        return found != each.labels.end() && found->second == label->substr(equals + 1);
    }
};

struct JobPage {
    std::vector<JobPtr> jobs;
    bool has_more = false;
};

JobPage page_of(const JobQuestion& asked) {
    JobPage page;
    const auto& jobs = asked.config->jobs;
    for (auto each = asked.after ? jobs.upper_bound(*asked.after) : jobs.begin(); each != jobs.end(); ++each) {
        if (!asked.is_about(*each->second)) continue;
        page.has_more = page.jobs.size() == asked.limit;
        if (page.has_more) break;
        page.jobs.push_back(each->second);
    }
    return page;
}

json::object of_state(const JobStateRow& state, WallTime now) {
    const bool is = is_disabled(state, now);
    return {{"disabled", is},
            {"disabled_until", is ? instant(state.until) : nullptr},
            {"disabled_reason", is ? text_or_null(state.reason) : nullptr},
            {"disabled_by", is ? text_or_null(state.actor) : nullptr}};
}

/// `{"jobs": [...], "next": ...}`
json::object jobs_with(Queries& queries, const JobQuestion& asked) {
    std::map<std::string, JobStateRow> states;
    for (JobStateRow& row : queries.job_states()) {
        const std::string name = row.job;
        states.emplace(name, std::move(row));
    }
    const JobPage page = page_of(asked);
    json::array found;
    for (const JobPtr& job : page.jobs) {
        const auto state = states.find(job->name);
        json::object labels;
        for (const auto& [name, value] : job->labels) labels[name] = text(value);
        json::object about{{"job", text(job->name)},
                           {"provider", text(job->provider->name)},
                           {"task_key", text(job->task_key)},
                           {"description", text_or_null(job->description)},
                           {"owner", text_or_null(job->owner)},
                           {"runbook", text_or_null(job->runbook)},
                           {"labels", std::move(labels)},
                           {"enabled", job->enabled},
                           {"next_start", instant(next_due(job->schedule, asked.now))}};
        for (auto& [name, value] : of_state(state == states.end() ? JobStateRow{} : state->second, asked.now))
            about[name] = std::move(value);
        const auto last = queries.list_runs({.job = job->name, .limit = 1});
        about["last_run"] = last.empty() ? json::value(nullptr) : json::value(brief(last.front(), asked.now));
        found.push_back(std::move(about));
    }
    const json::value next = page.has_more ? text(page.jobs.back()->name) : nullptr;
    return {{"jobs", std::move(found)}, {"next", next}};
}

json::value next_start(const std::optional<NextStart>& next) {
    if (!next) return nullptr;
    return {{"job", text(next->job)}, {"start_due", instant(next->at)}, {"skip", word(next->skip)}};
}

json::value next_stop(const std::optional<NextStop>& next) {
    if (!next) return nullptr;
    return {{"run_id", id_text(next->run)}, {"job", text(next->job)}, {"stop_due", instant(next->at)}};
}

struct Glance {
    std::vector<RunRow> owed;
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

Async<Answered<HttpResponse>> Api::status(const Exchange& exchange) {
    const EngineStatus engine = loop_.status();
    const WallTime now = read_time().wall;
    json::object states;
    for (auto state = RunState::due; !is_terminal(state); state = static_cast<RunState>(static_cast<int>(state) + 1)) {
        const auto count = engine.states.find(state);
        states[std::string{name_of(state)}] = count == engine.states.end() ? 0 : count->second;
    }
    json::object body{
        {"version", kTaktdVersion},
        {"now", instant(now)},
        {"started", instant(host_.started())},
        {"actor", text(exchange.actor)},
        {"role", exchange.role ? json::value(json::string{name_of(*exchange.role)}) : json::value(nullptr)},
        {"via", json::string{name_of(exchange.via)}},
        {"config", json::object{{"file", text(host_.config_file())},
                                {"generation", host_.generation()},
                                {"loaded", instant(host_.loaded())},
                                {"stops_only", host_.is_stops_only()}}},
        {"store", json::object{{"up", engine.store_up},
                               {"damaged", engine.store_damaged},
                               {"uncommitted_rows", engine.uncommitted_rows}}},
        {"jobs", host_.settings().config->jobs.size()},
        {"states", std::move(states)},
        {"live_runs", engine.live_runs},
        {"owed_stops", engine.owed_stops},
        {"calls_in_flight", engine.calls_in_flight},
        {"next_start", next_start(engine.next_start)},
        {"next_stop", next_stop(engine.next_stop)},
    };
    std::function<Glance(Queries&)> question = [](Queries& queries) {
        return Glance{queries.open_obligations(), queries.holds(), queries.job_states()};
    };
    auto glance = co_await queries_.ask(std::move(question));
    if (!glance) {  // who asks during an outage is told what is known without the store
        body["store"].as_object()["problem"] = text(glance.error().detail);
        co_return json_response(200, std::move(body));
    }
    json::array overdue, live;
    for (const RunRow& run : glance->owed) (is_overdue(run, now) ? overdue : live).push_back(brief(run, now));
    body["disabled"] =
        std::ranges::count_if(glance->jobs, [now](const JobStateRow& row) { return is_disabled(row, now); });
    body["overdue"] = overdue.size();
    body["overdue_runs"] = std::move(overdue);
    body["runs"] = std::move(live);
    body["holds"] = holds_in_force(glance->holds, now);
    co_return json_response(200, std::move(body));
}

Async<Answered<HttpResponse>> Api::list_jobs(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    JobQuestion asked{.config = host_.settings().config, .now = read_time().wall};
    asked.part = parameters.text("q");
    asked.provider = parameters.text("provider");
    asked.label = parameters.text("label");
    asked.after = parameters.text("after");
    asked.limit = static_cast<std::size_t>(parameters.limit());
    if (asked.label && asked.label->find('=') == std::string::npos)
        parameters.complain("label must be written as name=value");
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    std::function<json::object(Queries&)> question = [asked](Queries& queries) { return jobs_with(queries, asked); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return json_response(200, *found);
}

Async<Answered<HttpResponse>> Api::show_job(const Exchange& exchange) {
    const std::string name = exchange.arguments.front();
    auto problem = co_await unknown_job(name);
    if (problem) co_return unexpected{std::move(*problem)};
    JobQuestion asked{.config = host_.settings().config, .now = read_time().wall};
    asked.job = name;
    std::function<json::object(Queries&)> question = [asked](Queries& queries) { return jobs_with(queries, asked); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return json_response(200, {{"job", found->at("jobs").at(0)}});
}

Async<Answered<HttpResponse>> Api::list_runs(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    RunFilter filter;
    filter.job = parameters.text("job");
    filter.since = parameters.instant("since");
    if (const auto before = parameters.text("before")) {
        filter.before = RunId::parse(*before);
        if (!filter.before) parameters.complain("before must be the id of the last run of the page before");
    }
    filter.limit = parameters.limit();
    const bool is_brief = parameters.text("fields").value_or("") == "brief";
    if (const auto state = parameters.text("state")) {
        filter.state = parse_name<RunState>(*state);
        if (!filter.state) parameters.complain("there is no state '" + *state + "'");
    }
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    std::function<std::vector<RunRow>(Queries&)> question = [filter](Queries& queries) {
        return queries.list_runs(filter);
    };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    const WallTime now = read_time().wall;
    json::array runs;
    for (const RunRow& run : *found) runs.push_back(is_brief ? json::value(brief(run, now)) : of_run(run));
    const bool is_full = std::ssize(*found) == filter.limit;
    co_return json_response(200, {{"runs", std::move(runs)}, {"next", is_full ? id_text(found->back().id) : nullptr}});
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
    co_return json_response(
        200, {{"run", of_run(history.run)}, {"transitions", std::move(transitions)}, {"calls", std::move(calls)}});
}

Async<Answered<HttpResponse>> Api::list_holds(const Exchange&) {
    std::function<std::vector<HoldRow>(Queries&)> question = [](Queries& queries) { return queries.holds(); };
    auto holds = co_await queries_.ask(std::move(question));
    if (!holds) co_return unexpected{std::move(holds.error())};
    co_return json_response(200, {{"holds", holds_in_force(*holds, read_time().wall)}});
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
    std::function<Result<RunId>(Queries&)> question = [reference, at, occurrence](Queries& queries) {
        return occurrence ? queries.find_run(reference.substr(0, at), *occurrence) : queries.find_run(reference);
    };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found) co_return unexpected{Problem{404, "no_such_run", found->error()}};
    co_return **found;
}

Async<Answered<RunRow>> Api::row_of(RunId id) {
    std::function<std::optional<RunHistory>(Queries&)> question = [id](Queries& queries) { return queries.show(id); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    if (!*found)
        co_return unexpected{Problem{404, "no_such_run", "run " + id.text() + " is not in the store (any more)"}};
    co_return std::move((*found)->run);
}

// What a misspelt name may mean is looked for among all of them, off the loop.
Async<std::optional<Problem>> Api::unknown_job(std::string job) {
    const ConfigPtr config = host_.settings().config;
    if (config->jobs.contains(job)) co_return std::nullopt;
    const auto meant = std::make_shared<std::string>();
    std::function<void()> look = [config, job, meant] {
        std::vector<std::string> known;
        for (const auto& [name, spec] : config->jobs) known.push_back(name);
        *meant = did_you_mean(job, known);
    };
    co_await off_loop(executor_, worker_, std::move(look));
    co_return Problem{404, "no_such_job", "there is no job '" + job + "' in the config" + *meant};
}

}  // namespace taktd::control
