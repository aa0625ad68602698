// SPDX-License-Identifier: Apache-2.0
// The handlers that change something. Each is one command of the engine, answered when it is on the disk; a stop goes
// out whatever the store does, and says so.
#include "daemon/control/api.hpp"
#include "daemon/control/form.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd::control {

using namespace report;
namespace {

/// While the store is down a stop is answered without it.
constexpr Duration kDownPatience = std::chrono::milliseconds{200};
constexpr int kUnavailable = 503;

Problem problem_of(const Reply& reply) {
    Problem problem{409, "state", reply.text};
    switch (reply.verdict) {
        case Verdict::done:
        case Verdict::unchanged: break;
        case Verdict::no_such: problem = {404, "no_such_run", reply.text}; break;
        case Verdict::state: break;
        case Verdict::blocked: problem.code = "blocked"; break;
        case Verdict::invalid: problem = malformed(reply.text); break;
        case Verdict::not_now: problem = store_problem(reply.text); break;
    }
    if (reply.run) problem.extra["run_id"] = reply.run->text();
    return problem;
}

Problem not_durable() {
    return store_problem(
        "the store cannot be written; this is carried out when it can. Look at its disk, and at the log of taktd");
}

HttpResponse owed_without_store() {
    return json_response(
        202, {{"durable", false}, {"detail", "the stop goes out; it is written down when the store can be"}});
}

json::array ids_of(const std::vector<RunId>& runs) {
    return list(runs, [](const RunId& run) { return id_text(run); });
}

HttpResponse stopped(const std::optional<Reply>& reply) {
    if (!reply) return owed_without_store();
    if (!reply->is_ok()) return response_of(problem_of(*reply));
    return json_response(200, {{"runs", ids_of(reply->runs)},
                               {"count", reply->runs.size()},
                               {"unchanged", reply->runs.empty()},
                               {"durable", true}});
}

struct Ending {
    std::optional<WallTime> at;
    std::optional<Problem> problem;
};

Ending read_ending(Form& form, WallTime now) {
    const auto length = form.duration("for");
    const auto until = form.instant("until");
    Ending ending;
    if (length && until) ending.problem = malformed("give 'for' or 'until', not both");
    if (length) ending.at = now + *length;
    if (until) ending.at = *until;
    if (ending.at && *ending.at <= now) ending.problem = malformed("it would be over before it begins");
    return ending;
}

/// Of a stop: how the drill came out.
Conclusion read_conclusion(Form& form) { return {form.choice("expected"), form.text("summary")}; }

bool is_label(const std::string& scope) { return scope.starts_with("label:") && scope.find('=') != std::string::npos; }

}  // namespace

Duration Api::patience_for_stop() const { return loop_.is_store_up() ? kDurablePatience : kDownPatience; }

Async<Answered<HttpResponse>> Api::run_after(RunId id, Reply reply, int status) {
    auto row = co_await row_of(id);
    if (!row) co_return unexpected{std::move(row.error())};
    json::object body{{"run", of_run(*row)},
                      {"unchanged", reply.verdict == Verdict::unchanged},
                      {"durable", true},
                      {"detail", text_or_null(reply.text)}};
    HttpResponse response = json_response(status, std::move(body));
    if (status == 201) response.headers.emplace_back("Location", "/api/v1/runs/" + id.text());
    co_return response;
}

Async<Answered<HttpResponse>> Api::start_job(const Exchange& exchange) {
    const std::string job = exchange.arguments.front();
    Form form{exchange.body};
    StartJob order{.job = job, .run_for = form.duration("for"), .request_key = {}, .reason = form.text("reason")};
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    auto problem = co_await unknown_job(job);
    if (problem) co_return unexpected{std::move(*problem)};
    order.request_key = find_header(exchange.request.headers, "Idempotency-Key").value_or("");
    CommandDesk::Order start = std::move(order);
    auto reply = co_await commands_.ask(exchange.asker, std::move(start), kDurablePatience);
    if (!reply) co_return unexpected{not_durable()};
    if (!reply->is_ok() || !reply->run) co_return unexpected{problem_of(*reply)};
    const int status = reply->verdict == Verdict::done ? 201 : 200;
    auto response = co_await run_after(*reply->run, *reply, status);
    co_return response;
}

Async<Answered<HttpResponse>> Api::order(const Exchange& exchange, std::function<CommandDesk::Order(RunId)> order_for) {
    auto run = co_await find_run(exchange.arguments.front());
    if (!run) co_return unexpected{std::move(run.error())};
    CommandDesk::Order order = order_for(*run);
    const bool is_stop = std::holds_alternative<StopRun>(order);
    const Duration patience = is_stop ? patience_for_stop() : kDurablePatience;
    auto reply = co_await commands_.ask(exchange.asker, std::move(order), patience);
    if (!reply && is_stop) co_return owed_without_store();
    if (!reply) co_return unexpected{not_durable()};
    if (is_stop && reply->verdict == Verdict::no_such) {
        // It is no error to stop what has ended.
        reply->verdict = Verdict::unchanged;
        reply->text = "it has ended already";
    }
    if (!reply->is_ok()) co_return unexpected{problem_of(*reply)};
    auto response = co_await run_after(*run, std::move(*reply));
    co_return response;
}

Async<Answered<HttpResponse>> Api::stop_run(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string reason = form.text("reason");
    const Conclusion conclusion = read_conclusion(form);
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    std::function<CommandDesk::Order(RunId)> stop = [reason, conclusion](RunId run) {
        return StopRun{run, reason, conclusion};
    };
    auto response = co_await order(exchange, std::move(stop));
    const std::string name = exchange.arguments.front();
    const bool lacks_store = !response && response.error().status == kUnavailable;
    if (!lacks_store || !host_.settings().config->jobs.contains(name)) co_return response;
    // What runs of a job the engine knows, also while the store cannot be read.
    StopMany many{"job:" + name, reason, conclusion};
    auto reply = co_await stop_all_in(std::move(many), exchange.asker);
    co_return stopped(reply);
}

Async<Answered<HttpResponse>> Api::pause_run(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string reason = form.text("reason");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    std::function<CommandDesk::Order(RunId)> pause = [reason](RunId run) { return PauseRun{run, reason}; };
    auto response = co_await order(exchange, std::move(pause));
    co_return response;
}

Async<Answered<HttpResponse>> Api::resume_run(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string reason = form.text("reason");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    std::function<CommandDesk::Order(RunId)> resume = [reason](RunId run) { return ResumeRun{run, reason}; };
    auto response = co_await order(exchange, std::move(resume));
    co_return response;
}

Async<Answered<HttpResponse>> Api::discharge_run(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string reason = form.reason_for("taktd must owe no stop any more");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    std::function<CommandDesk::Order(RunId)> discharge = [reason](RunId run) { return DischargeRun{run, reason}; };
    auto response = co_await order(exchange, std::move(discharge));
    co_return response;
}

Async<std::optional<Problem>> Api::problem_with_scope(std::string scope, bool may_be_label) {
    constexpr std::string_view kJob = "job:", kProvider = "provider:";
    if (scope.empty()) co_return std::nullopt;
    if (scope.starts_with(kJob)) {
        std::string job = scope.substr(kJob.size());
        auto problem = co_await unknown_job(std::move(job));
        co_return problem;
    }
    if (may_be_label && is_label(scope)) co_return std::nullopt;
    if (!scope.starts_with(kProvider))
        co_return malformed("scope must be \"\" (everything), \"provider:NAME\" or \"job:NAME\"" +
                            std::string{may_be_label ? ", or \"label:NAME=VALUE\"" : ""});
    const auto& providers = host_.settings().config->providers;
    const std::string name = scope.substr(kProvider.size());
    if (providers.contains(name)) co_return std::nullopt;
    co_return unknown_provider(name);
}

Problem Api::unknown_provider(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [provider, spec] : host_.settings().config->providers) known.push_back(provider);
    return {404, "no_such_provider", "there is no provider '" + name + "' in the config" + did_you_mean(name, known)};
}

Async<std::optional<Reply>> Api::stop_all_in(StopMany order, Asker asker) {
    CommandDesk::Order stop = std::move(order);
    auto reply = co_await commands_.ask(std::move(asker), std::move(stop), patience_for_stop());
    co_return reply;
}

Async<Answered<HttpResponse>> Api::stop_job(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string job = exchange.arguments.front();
    StopMany order{"job:" + job, form.text("reason"), read_conclusion(form)};
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    auto reply = co_await stop_all_in(std::move(order), exchange.asker);
    // A job that has left the config may have live runs; one that never was has none, and a name may be misspelt.
    if (reply && reply->runs.empty()) {
        auto problem = co_await unknown_job(job);
        if (problem) co_return unexpected{std::move(*problem)};
    }
    co_return stopped(reply);
}

Async<Answered<HttpResponse>> Api::stop_many(const Exchange& exchange) {
    Form form{exchange.body};
    if (!exchange.body.contains("scope"))
        co_return unexpected{malformed("'scope' is missing: \"\" stops everything that runs")};
    StopMany order{form.text("scope"), form.reason_for("all of them are stopped"), read_conclusion(form)};
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    auto problem = co_await problem_with_scope(order.scope, true);
    if (problem) co_return unexpected{std::move(*problem)};
    auto reply = co_await stop_all_in(std::move(order), exchange.asker);
    co_return stopped(reply);
}

Async<Answered<HttpResponse>> Api::engage_hold(const Exchange& exchange) {
    Form form{exchange.body};
    if (!exchange.body.contains("scope")) co_return unexpected{malformed("'scope' is missing: \"\" holds everything")};
    SetHold order;
    order.hold.scope = form.text("scope");
    order.hold.reason = form.reason_for("nothing may start");
    order.stop = form.flag("stop");
    const Ending ending = read_ending(form, read_time().wall);
    order.hold.until = ending.at;
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    if (ending.problem) co_return unexpected{*ending.problem};
    auto problem = co_await problem_with_scope(order.hold.scope, false);
    if (problem) co_return unexpected{std::move(*problem)};
    const bool is_stop = order.stop;
    const Duration patience = is_stop ? patience_for_stop() : kDurablePatience;
    CommandDesk::Order hold = std::move(order);
    auto reply = co_await commands_.ask(exchange.asker, std::move(hold), patience);
    if (!reply && is_stop) co_return owed_without_store();
    if (!reply) co_return unexpected{not_durable()};
    auto response = co_await holds_after(std::move(*reply));
    co_return response;
}

Async<Answered<HttpResponse>> Api::release_hold(const Exchange& exchange) {
    Form form{exchange.body};
    SetHold order;
    order.hold.engaged = false;
    order.hold.scope = form.text("scope");
    order.hold.reason = form.text("reason");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    CommandDesk::Order release = std::move(order);
    auto reply = co_await commands_.ask(exchange.asker, std::move(release), kDurablePatience);
    if (!reply) co_return unexpected{not_durable()};
    if (reply->verdict == Verdict::no_such) reply->verdict = Verdict::unchanged;
    auto response = co_await holds_after(std::move(*reply));
    co_return response;
}

Async<Answered<HttpResponse>> Api::holds_after(Reply reply) {
    if (!reply.is_ok()) co_return unexpected{problem_of(reply)};
    std::function<std::vector<HoldRow>(Queries&)> question = [](Queries& queries) { return queries.holds(); };
    auto holds = co_await queries_.ask(std::move(question));
    if (!holds) co_return unexpected{std::move(holds.error())};
    co_return json_response(200, {{"holds", holds_in_force(*holds, read_time().wall)},
                                  {"runs", ids_of(reply.runs)},
                                  {"unchanged", reply.verdict == Verdict::unchanged},
                                  {"durable", true}});
}

Async<Answered<HttpResponse>> Api::disable(const Exchange& exchange, bool is_disabled) {
    Form form{exchange.body};
    SetDisabled order{.job = exchange.arguments.front(), .disabled = is_disabled, .until = {}, .reason = {}};
    if (is_disabled) {
        order.reason = form.reason_for("the job must not start");
        const Ending ending = read_ending(form, read_time().wall);
        order.until = ending.at;
        if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
        if (ending.problem) co_return unexpected{*ending.problem};
    } else {
        order.reason = form.text("reason");
        if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    }
    auto problem = co_await unknown_job(order.job);
    if (problem) co_return unexpected{std::move(*problem)};
    CommandDesk::Order change = std::move(order);
    auto reply = co_await commands_.ask(exchange.asker, std::move(change), kDurablePatience);
    if (!reply) co_return unexpected{not_durable()};
    if (!reply->is_ok()) co_return unexpected{problem_of(*reply)};
    auto response = co_await show_job(exchange);
    co_return response;
}

Async<Answered<HttpResponse>> Api::disable_job(const Exchange& exchange) { return disable(exchange, true); }
Async<Answered<HttpResponse>> Api::enable_job(const Exchange& exchange) { return disable(exchange, false); }

Async<Answered<HttpResponse>> Api::reload_config(const Exchange& exchange) {
    Form form{exchange.body};
    const bool is_rehearsal = form.flag("dry_run");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    auto reload = co_await host_.reload(is_rehearsal);
    if (!is_rehearsal) {
        CommandDesk::Order note = NoteAction{"reload", host_.config_file(), "", "", reload.is_applied};
        co_await commands_.ask(exchange.asker, std::move(note), kDurablePatience);
    }
    const auto sentences = [](const std::vector<std::string>& lines) {
        return list(lines, [](const std::string& line) { return text(line); });
    };
    json::object body{{"applied", reload.is_applied},
                      {"generation", host_.generation()},
                      {"errors", sentences(reload.errors)},
                      {"warnings", sentences(reload.warnings)},
                      {"objections", sentences(reload.objections)},
                      {"changes", json::object{{"added", sentences(reload.change.added)},
                                               {"removed", sentences(reload.change.removed)},
                                               {"changed", sentences(reload.change.changed)}}}};
    if (is_rehearsal || reload.is_applied) co_return json_response(200, std::move(body));
    Problem problem{422, "config", "the config in force stays; correct what is named and reload again",
                    std::move(body)};
    if (reload.errors.empty()) {
        problem.status = 409;
        problem.code = "objections";
        problem.detail = reload.objections.empty() ? "the config was not taken over" : reload.objections.front();
    }
    co_return unexpected{std::move(problem)};
}

}  // namespace taktd::control
