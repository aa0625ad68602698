// SPDX-License-Identifier: Apache-2.0
// The handlers about the daemon itself: its providers, its audit, its log.
#include "daemon/control/api.hpp"
#include "daemon/control/form.hpp"
#include "daemon/control/parameters.hpp"
#include "daemon/control/provider_text.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/runtime/clock.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::control {

using namespace report;
namespace {

json::object about(const StoredAction& stored) {
    const ActionRow& row = stored.row;
    return {{"id", stored.id},
            {"at", instant(row.at)},
            {"actor", text(row.actor)},
            {"via", text(row.via)},
            {"action", text(row.action)},
            {"target", text_or_null(row.target)},
            {"reason", text_or_null(row.reason)},
            {"run_id", id_text(row.run)},
            {"until", instant(row.until)},
            {"note", text_or_null(row.note)},
            {"ok", row.is_ok}};
}

}  // namespace

json::array Api::all_providers() const {
    const Now now = read_time();
    json::array providers;
    for (const auto& [name, provider] : host_.settings().config->providers)
        providers.push_back(about_provider(*provider, loop_.engine().status_of_account(*provider, now),
                                           providers_.find(name), now.wall));
    return providers;
}

Async<Answered<HttpResponse>> Api::list_providers(const Exchange&) {
    co_return json_response(200, {{"providers", all_providers()}});
}

Async<Answered<HttpResponse>> Api::retry_provider(const Exchange& exchange) {
    if (auto problem = Form{exchange.body}.problem()) co_return unexpected{std::move(*problem)};
    const std::string name = exchange.arguments.front();
    const auto& providers = host_.settings().config->providers;
    const auto provider = providers.find(name);
    if (provider == providers.end()) co_return unexpected{unknown_provider(name)};
    const ProviderPtr spec = provider->second;
    host_.forget_credentials(*spec);
    CommandDesk::Order retry = RetryProvider{name};
    auto reply = co_await commands_.ask(exchange.asker, std::move(retry), kDurablePatience);
    if (!reply)
        co_return unexpected{store_problem("the provider is tried; the store does not take that it was asked for")};
    const Now now = read_time();
    co_return json_response(200, {{"provider", about_provider(*spec, loop_.engine().status_of_account(*spec, now),
                                                              providers_.find(name), now.wall)},
                                  {"unchanged", reply->verdict == Verdict::unchanged},
                                  {"detail", text_or_null(reply->text)}});
}

Async<Answered<HttpResponse>> Api::test_notify(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string target = form.text("target");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    const auto& targets = host_.settings().notify;
    if (targets.empty())
        co_return unexpected{Problem{409, "no_targets", "the config has no 'notify.targets': nobody is told anything"}};
    if (!target.empty() && !host_.has_notify_target(target)) {
        std::vector<std::string> known;
        for (const NotifyTarget& one : targets) known.push_back(one.name);
        co_return unexpected{Problem{
            404, "no_such_target", "there is no target '" + target + "' in the config" + did_you_mean(target, known)}};
    }
    const auto answers = co_await host_.test_notify(target);
    CommandDesk::Order note = NoteAction{"notify-test", target, "", ""};
    co_await commands_.ask(exchange.asker, std::move(note), kDurablePatience);
    co_return json_response(200, {{"answers", list(answers, [](const NotifyAnswer& answer) {
                                       return json::object{{"target", text(answer.target)},
                                                           {"delivered", answer.is_delivered},
                                                           {"detail", text_or_null(answer.detail)},
                                                           {"took", seconds(answer.took)}};
                                   })}});
}

Async<Answered<HttpResponse>> Api::list_actions(const Exchange& exchange) {
    Parameters parameters{exchange.parameters};
    ActionFilter filter;
    filter.since = parameters.instant("since");
    filter.actor = parameters.text("actor");
    if (const auto before = parameters.text("before")) {
        const auto id = parse_integer(*before);
        if (id) filter.before = *id;
        if (!id) parameters.complain("before must be the `next` of the page before");
    }
    filter.limit = parameters.limit();
    if (auto problem = parameters.problem()) co_return unexpected{std::move(*problem)};
    std::function<std::vector<StoredAction>(Queries&)> question = [filter](Queries& queries) {
        return queries.list_actions(filter);
    };
    auto found = co_await queries_.ask(std::move(question));
    if (!found) co_return unexpected{std::move(found.error())};
    const bool is_full = std::ssize(*found) == filter.limit;
    const json::value next = is_full ? json::value(std::to_string(found->back().id)) : json::value(nullptr);
    co_return json_response(
        200, {{"actions", list(*found, [](const StoredAction& action) { return about(action); })}, {"next", next}});
}

Async<Answered<HttpResponse>> Api::set_log_level(const Exchange& exchange) {
    Form form{exchange.body};
    const std::string word = form.text("level");
    const auto length = form.duration("for");
    if (auto problem = form.problem()) co_return unexpected{std::move(*problem)};
    const auto level = log::parse_level(word);
    if (!level) co_return unexpected{malformed("'level' must be debug, info, warning or error")};
    log::set_level(*level);
    log_level_end_.cancel();
    std::optional<WallTime> until;
    if (length) {
        until = read_time().wall + *length;
        log_level_end_.expires_after(*length);
        log_level_end_.async_wait([](boost::system::error_code cancelled) {
            if (!cancelled) log::reset_level();
        });
    }
    CommandDesk::Order note = NoteAction{"log", word, "", length ? "for " + to_text(*length) : ""};
    co_await commands_.ask(exchange.asker, std::move(note), kDurablePatience);
    co_return json_response(200, {{"level", text(word)}, {"until", instant(until)}});
}

}  // namespace taktd::control
