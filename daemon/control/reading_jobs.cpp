// SPDX-License-Identifier: Apache-2.0
// The handlers that tell of jobs: what the config says, and what the store adds to it.
#include <algorithm>

#include "daemon/control/api.hpp"
#include "daemon/control/conditional.hpp"
#include "daemon/control/job_search.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/report/schedule_words.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/runtime/off_loop.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd::control {

using namespace report;
namespace {

struct JobQuestion {
    ConfigPtr config;
    WallTime now;
    JobSearch search = {};
    bool is_disabled = false;  ///< only what is
};

json::object of_state(const JobStateRow& state, WallTime now) {
    const bool is = state.is_disabled_at(now);
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
    JobSearch search = asked.search;
    if (asked.is_disabled) {
        search.names.emplace();
        for (const auto& [name, row] : states) {
            if (row.is_disabled_at(asked.now)) search.names->insert(name);
        }
    }
    const JobPage page = page_of(*asked.config, search);
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
                           {"starts", list(start_sentences(*job), [](const std::string& each) { return text(each); })},
                           {"stop", text(stop_sentence(*job))},
                           {"enabled", job->enabled},
                           {"next_start", instant(next_due(job->schedule, asked.now))}};
        for (auto& [name, value] : of_state(state == states.end() ? JobStateRow{} : state->second, asked.now))
            about[name] = std::move(value);
        const auto last = queries.page_of_briefs({.job = job->name, .limit = 1}).items;
        about["last_run"] = last.empty() ? json::value(nullptr) : json::value(of_brief(last.front(), asked.now));
        found.push_back(std::move(about));
    }
    const json::value next = page.has_more ? text(page.jobs.back()->name) : nullptr;
    return {{"jobs", std::move(found)}, {"next", next}};
}

}  // namespace

Async<Answered<HttpResponse>> Api::list_jobs(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    JobQuestion asked{.config = host_.settings().config, .now = read_time().wall};
    asked.search.part = parameters.text("q");
    asked.search.provider = parameters.text("provider");
    asked.search.label = parameters.label();
    asked.is_disabled = parameters.flag("disabled");
    asked.search.after = parameters.text("after");
    asked.search.limit = static_cast<std::size_t>(parameters.limit());
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    std::function<json::object(Queries&)> question = [asked](Queries& queries) { return jobs_with(queries, asked); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return if_changed(exchange.request, json_response(200, *found));
}

Async<Answered<HttpResponse>> Api::show_job(const Exchange& exchange) {
    const std::string name = exchange.arguments.front();
    auto problem = co_await unknown_job(name);
    if (problem) co_return unexpected{std::move(*problem)};
    JobQuestion asked{.config = host_.settings().config, .now = read_time().wall};
    asked.search.job = name;
    std::function<json::object(Queries&)> question = [asked](Queries& queries) { return jobs_with(queries, asked); };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    co_return if_changed(exchange.request, json_response(200, {{"job", found->at("jobs").at(0)}}));
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
