// SPDX-License-Identifier: Apache-2.0
// The commands about the daemon itself: its providers, its audit, its log.
#include <cmath>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

using log::escape_text;

std::string one_decimal(double value) {
    const double tenths = std::round(value * 10);
    const auto whole = static_cast<long>(tenths) / 10;
    return std::to_string(whole) + "." + std::to_string(std::labs(static_cast<long>(tenths) % 10));
}

double number_in(const json::object& object, const char* name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0.0;
}

std::string waiting_text(const json::object& queued) {
    std::string text;
    for (const char* name : {"stop", "pause_resume", "settle", "start", "poll"}) {
        const auto count = static_cast<std::uint64_t>(number_in(queued, name));
        if (count == 0) continue;
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + name;
    }
    return text.empty() ? "-" : text;
}

std::string state_text(const json::object& provider, WallTime now) {
    if (provider.at("closed").as_bool()) {
        const auto wait = std::chrono::seconds{static_cast<std::int64_t>(number_in(provider, "next_probe_in"))};
        return "refuses our key, tried in " + to_text(wait);
    }
    const auto until = instant_in(provider, "throttled_until");
    if (until && *until > now) return "throttled for " + to_text(std::chrono::ceil<std::chrono::seconds>(*until - now));
    return "ok";
}

std::string last_error(const json::object& provider, WallTime now) {
    const json::value& found = provider.at("last_error");
    if (!found.is_object()) return "-";
    const json::object& error = found.get_object();
    std::string text = text_in(error, "action") + " " + text_in(error, "outcome");
    if (const auto status = static_cast<int>(number_in(error, "http_status")); status != 0)
        text += " " + std::to_string(status);
    if (const std::string code = text_in(error, "vendor_code"); !code.empty()) text += " " + code;
    if (const auto at = instant_in(error, "at"))
        text += ", " + to_text(std::chrono::floor<std::chrono::seconds>(now - *at)) + " ago";
    return escape_text(text);
}

Answer retry(const Options& options, const std::string& provider) {
    const auto said =
        ask_daemon(options, {.method = "POST", .path = "/api/v1/providers/" + escaped(provider) + "/retry"});
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    const bool is_open = said->at("unchanged").as_bool();
    return {.exit_code = kDone,
            .out = escape_text(provider) +
                   (is_open ? " takes our key; there is nothing to retry.\n"
                            : " is tried now, with its secrets read anew. See: taktctl providers\n"),
            .err = {}};
}

}  // namespace

Answer providers(const Options& options, const ProvidersOptions& command, const Context& context) {
    if (!command.retry.empty()) return retry(options, command.retry);
    const auto said = ask_daemon(options, {.path = "/api/v1/providers"});
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    Table table{{{"NAME"}, {"TYPE"}, {"RATE"}, {"TOKENS"}, {"WAITING"}, {"FLIGHT"}, {"STATE"}, {"LAST ERROR"}}};
    for (const json::value& each : said->at("providers").as_array()) {
        const json::object& provider = each.as_object();
        table.add({escape_text(text_in(provider, "provider")), text_in(provider, "type"),
                   one_decimal(number_in(provider, "rate")) + "/s",
                   one_decimal(number_in(provider, "tokens")) + "/" +
                       std::to_string(static_cast<int>(number_in(provider, "burst"))),
                   waiting_text(provider.at("queued").as_object()),
                   std::to_string(static_cast<int>(number_in(provider, "in_flight"))),
                   state_text(provider, context.now), last_error(provider, context.now)});
    }
    return {.exit_code = kDone, .out = table.to_text(context.colour), .err = {}};
}

Answer actions(const Options& options, const ActionsOptions& command, const Context& context) {
    std::string query = "?limit=" + std::to_string(command.limit);
    if (!command.since.empty()) {
        const auto since = parse_instant(command.since, context.now, *context.zone);
        if (!since) return failure("--since: " + since.error(), kUsage);
        query += "&since=" + escaped(to_rfc3339(*since));
    }
    if (!command.actor.empty()) query += "&actor=" + escaped(command.actor);
    const auto said = ask_daemon(options, {.path = "/api/v1/actions" + query});
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    Table table{{{"AT"}, {"ACTOR"}, {"VIA"}, {"ACTION"}, {"TARGET"}, {"RUN"}, {"REASON"}}};
    for (const json::value& each : said->at("actions").as_array()) {
        const json::object& action = each.as_object();
        const auto at = instant_in(action, "at");
        const std::string run = text_in(action, "run_id");
        const std::string what = text_in(action, "action") + (action.at("ok").as_bool() ? "" : " (refused)");
        table.add({at ? local_text(*at, *context.zone) : "-", escape_text(text_in(action, "actor")),
                   text_in(action, "via"), what, escape_text(text_in(action, "target")),
                   run.empty() ? "-" : short_id_in({{"id", json::string{run}}}),
                   escape_text(text_in(action, "reason"))});
    }
    if (table.empty()) return {.exit_code = kDone, .out = "No action is on record.\n", .err = {}};
    return {.exit_code = kDone, .out = table.to_text(context.colour), .err = {}};
}

Answer notify_test(const Options& options, const NotifyOptions& command, const Context& context) {
    Question question{.method = "POST", .path = "/api/v1/notify/test", .body = json::object{}};
    question.timeout = std::chrono::seconds{30};  // each is waited for
    if (!command.target.empty()) question.body["target"] = command.target;
    const auto said = ask_daemon(options, question);
    if (!said) return said.error();
    bool are_all_delivered = true;
    Table table{{{"TARGET"}, {"ANSWER"}}};
    for (const json::value& each : said->at("answers").as_array()) {
        const json::object& answer = each.as_object();
        const bool is_delivered = answer.at("delivered").as_bool();
        are_all_delivered = are_all_delivered && is_delivered;
        const auto took =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>{answer.at("took").to_number<double>()});
        table.add({escape_text(text_in(answer, "target")),
                   is_delivered ? "delivered in " + rough_text(took)
                                : "not delivered: " + escape_text(text_in(answer, "detail"))});
    }
    const int exit_code = are_all_delivered ? kDone : kFailed;
    if (options.json) return {.exit_code = exit_code, .out = json::serialize(*said) + "\n", .err = {}};
    return {.exit_code = exit_code, .out = table.to_text(context.colour), .err = {}};
}

Answer log_level(const Options& options, const LogOptions& command, const Context& context) {
    Question question{.method = "PUT", .path = "/api/v1/log/level"};
    question.body = {{"level", command.level}};
    if (!command.length.empty()) question.body["for"] = command.length;
    const auto said = ask_daemon(options, question);
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    const auto until = instant_in(*said, "until");
    return {.exit_code = kDone,
            .out = "taktd logs from " + text_in(*said, "level") + " on" +
                   (until ? " until " + local_text(*until, *context.zone) : "") + ".\n",
            .err = {}};
}

}  // namespace taktd::ctl
