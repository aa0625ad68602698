// SPDX-License-Identifier: Apache-2.0
// What other programs ask for in their own words.
#include <set>

#include "daemon/control/api.hpp"
#include "daemon/control/form.hpp"
#include "daemon/report/json_values.hpp"

namespace taktd::control {

using namespace report;
namespace {

std::string label_of(const json::object& alert, json::string_view name) {
    const json::value* labels = alert.if_contains("labels");
    if (labels == nullptr || !labels->is_object()) return {};
    const json::value* label = labels->get_object().if_contains(name);
    return label != nullptr && label->is_string() ? std::string{label->get_string()} : std::string{};
}

bool is_firing(const json::object& alert) {
    const json::value* status = alert.if_contains("status");
    return status != nullptr && status->is_string() && status->get_string() == "firing";
}

/// What the alert's labels say is to be stopped; nothing: they say nothing of taktd.
std::optional<std::string> scope_of(const json::object& alert) {
    if (const std::string job = label_of(alert, "taktd_job"); !job.empty()) return "job:" + job;
    if (const std::string provider = label_of(alert, "taktd_provider"); !provider.empty())
        return "provider:" + provider;
    if (label_of(alert, "taktd_all") == "true") return std::string{};
    return std::nullopt;
}

struct Wish {
    std::string scope, reason;
    auto operator<=>(const Wish&) const = default;
};

/// Each scope once for each alert's name, however many series of it fire.
Answered<std::set<Wish>> wishes_of(const json::object& body) {
    const json::value* version = body.if_contains("version");
    if (version == nullptr || !version->is_string() || version->get_string() != "4")
        return unexpected{malformed("this takes Alertmanager's webhook, version 4: 'version' must be \"4\"")};
    const json::value* alerts = body.if_contains("alerts");
    if (alerts == nullptr || !alerts->is_array()) return unexpected{malformed("'alerts' must be a list")};
    std::set<Wish> wishes;
    for (const json::value& each : alerts->get_array()) {
        if (!each.is_object()) return unexpected{malformed("each of 'alerts' must be an object")};
        const json::object& alert = each.get_object();
        if (!is_firing(alert)) continue;
        const std::string name = label_of(alert, "alertname");
        if (const auto scope = scope_of(alert)) wishes.insert({*scope, name.empty() ? "an alert fires" : name});
    }
    return wishes;
}

}  // namespace

// Alertmanager repeats what it is not told with a 2xx, and what goes on firing: a repeat stops nothing anew.
Async<Answered<HttpResponse>> Api::take_alerts(const Exchange& exchange) {
    auto wishes = wishes_of(exchange.body);
    if (!wishes) co_return unexpected{std::move(wishes.error())};
    // A name that the config lacks may be that of a job that has left it, and runs on: it is stopped, and told.
    json::array stopped, problems;
    bool is_durable = true;
    Asker asker = exchange.asker;
    asker.via = Via::hook;
    for (const Wish& wish : *wishes) {
        auto problem = co_await problem_with_scope(wish.scope, false);
        if (problem) problems.push_back(text(problem->detail));
        StopMany order{wish.scope, wish.reason};
        auto reply = co_await stop_all_in(std::move(order), asker);
        if (!reply) is_durable = false;
        if (!reply || !reply->is_ok()) continue;
        for (const RunId& run : reply->runs) stopped.push_back(id_text(run));
    }
    const std::size_t count = stopped.size();
    co_return json_response(200, {{"runs", std::move(stopped)},
                                  {"count", count},
                                  {"unchanged", count == 0},
                                  {"durable", is_durable},
                                  {"problems", std::move(problems)}});
}

}  // namespace taktd::control
