// SPDX-License-Identifier: Apache-2.0
// `taktctl hold`, `release` and `holds`: the kill switch of a living daemon; of a dead one's store, so that the next
// one starts nothing, or starts again.
#include "daemon/app/offline_commands.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/live_runs.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/ctl/commands/terminal.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::string scope_of(const std::string& provider, const std::string& job) {
    if (!provider.empty()) return "provider:" + provider;
    return job.empty() ? "" : "job:" + job;
}

/// A misspelt name would hold nothing, and nobody would know.
std::optional<Answer> objection(const Options& options, const HoldOptions& command) {
    if (command.provider.empty() && command.job.empty()) return std::nullopt;
    const auto settings = require_config(options.config_path());
    if (!settings) {
        Answer refused = settings.error();
        refused.err +=
            "taktctl: without the config it is not known what there is to hold; a hold on everything needs no config\n";
        return refused;
    }
    if (!command.provider.empty() && !settings->config->providers.contains(command.provider))
        return failure("there is no provider '" + command.provider + "' in " + options.config_path());
    if (!command.job.empty() && !settings->config->jobs.contains(command.job))
        return failure("there is no job '" + command.job + "' in " + options.config_path());
    return std::nullopt;
}

Result<std::optional<WallTime>, Answer> end_of(const HoldOptions& command, const Context& context) {
    std::optional<WallTime> end;
    if (!command.length.empty()) {
        const auto length = parse_duration(command.length);
        if (!length) return unexpected{failure("--for: " + length.error(), kUsage)};
        end = context.now + *length;
    } else if (!command.until.empty()) {
        const auto until = parse_instant(command.until, context.now, *context.zone);
        if (!until) return unexpected{failure("--until: " + until.error(), kUsage)};
        end = *until;
    }
    if (end && *end <= context.now)
        return unexpected{failure("the hold would be over before it begins; name a later time", kUsage)};
    return end;
}

std::string text_of(const std::vector<HoldRow>& holds, const Context& context) {
    if (holds.empty()) return "No hold is engaged.\n";
    std::string text;
    for (const HoldRow& hold : holds) {
        text += "A hold on " + log::escape_text(hold.scope_text()) + " is engaged";
        text += hold.until ? " until " + local_text(*hold.until, *context.zone) : "";
        text += ", by " + log::escape_text(hold.actor) + ": " + log::escape_text(hold.reason) + "\n";
    }
    return text;
}

Answer set(const Options& options, const HoldRow& hold, const Context& context) {
    std::string warning;
    const auto store_path = find_store(options, warning);
    if (!store_path) return store_path.error();
    // Only a store that is there: nobody would look at a new one in the wrong place.
    if (const auto reader = Reader::open(*store_path); !reader) return failure(reader.error());

    auto holds = set_hold_offline({.path = *store_path, .actor = operator_name()}, {hold});
    if (!holds) return refused_offline(holds.error(), *store_path);
    std::erase_if(*holds, [&](const HoldRow& each) { return !each.is_in_force(context.now); });
    Answer answer;
    answer.err = warning.empty() ? "" : failure(warning).err;
    answer.out = options.json ? holds_json(*holds) : text_of(*holds, context);
    return answer;
}

/// What a living daemon answered; nothing: there is none, or the store was named.
std::optional<Answer> from_daemon(const Options& options, const Question& question, const Context& context) {
    if (!options.db.empty()) return std::nullopt;
    const Reached reached = reach_daemon(options, question);
    if (!reached.is_there) return std::nullopt;
    if (!reached.said) return reached.said.error();
    const json::object& said = *reached.said;
    if (options.json) return Answer{.exit_code = kDone, .out = json::serialize(said) + "\n", .err = {}};
    if (!said.contains("holds"))
        return Answer{.exit_code = kDone, .out = log::escape_text(text_in(said, "detail")) + "\n", .err = {}};
    std::vector<HoldRow> engaged;
    for (const json::value& each : said.at("holds").as_array()) {
        HoldRow row;
        row.scope = text_in(each.as_object(), "scope");
        row.reason = text_in(each.as_object(), "reason");
        row.actor = text_in(each.as_object(), "actor");
        row.until = instant_in(each.as_object(), "until");
        engaged.push_back(std::move(row));
    }
    Answer answer{.exit_code = kDone, .out = text_of(engaged, context), .err = {}};
    if (const json::value* runs = said.if_contains("runs"); runs != nullptr && !runs->as_array().empty())
        answer.out += "Stopping " + std::to_string(runs->as_array().size()) + ". Watch them: taktctl status\n";
    return answer;
}

/// What --stop would end, and whether that is wanted. Nothing: go on.
std::optional<Answer> stop_is_not_wanted(const Options& options, const HoldOptions& command, const Context& context) {
    if (!command.stop || command.yes) return std::nullopt;
    const auto runs = live_runs_in(options, {.provider = command.provider, .job = command.job}, context);
    if (!runs && runs.error().exit_code == kUnreachable) return std::nullopt;  // what that means is said below
    if (!runs) return runs.error();
    const std::string shown = runs->empty() ? "Nothing runs there now.\n" : "These are stopped now:\n" + *runs;
    switch (ask_back(shown, "Go on?")) {
        case Consent::given: return std::nullopt;
        case Consent::refused: return failure("nothing is held or stopped");
        case Consent::nobody_to_ask: break;
    }
    Answer answer = failure("--stop would end these; give --yes to do it", kUsage);
    answer.out = *runs;
    return answer;
}

}  // namespace

Answer holds(const Options& options, const HoldsOptions&, const Context& context) {
    if (auto answer = from_daemon(options, {.path = "/api/v1/holds"}, context)) return std::move(*answer);
    const auto queries = open_queries(options);
    if (!queries) return queries.error();
    auto engaged = (*queries)->holds();
    std::erase_if(engaged, [&](const HoldRow& each) { return !each.is_in_force(context.now); });
    return {.exit_code = kDone, .out = options.json ? holds_json(engaged) : text_of(engaged, context), .err = {}};
}

Answer hold(const Options& options, const HoldOptions& command, const Context& context) {
    if (command.reason.find_first_not_of(" \t\n") == std::string::npos)
        return failure("--reason must say why nothing may start", kUsage);
    const auto until = end_of(command, context);
    if (!until) return until.error();
    if (auto answer = stop_is_not_wanted(options, command, context)) return std::move(*answer);
    Question question{.method = "POST", .path = "/api/v1/holds"};
    question.body = {
        {"scope", scope_of(command.provider, command.job)}, {"reason", command.reason}, {"stop", command.stop}};
    if (*until) question.body["until"] = to_rfc3339(**until);
    if (auto answer = from_daemon(options, question, context)) return std::move(*answer);
    if (command.stop)
        return failure(
            "taktd is not running, so only `taktctl stop-all --offline` can stop what runs; leave --stop out to hold "
            "what the next taktd would start",
            kUnreachable);
    if (auto refused = objection(options, command)) return std::move(*refused);
    HoldRow row;
    row.scope = scope_of(command.provider, command.job);
    row.reason = command.reason;
    row.until = *until;
    return set(options, row, context);
}

Answer release(const Options& options, const ReleaseOptions& command, const Context& context) {
    HoldRow row;
    row.scope = scope_of(command.provider, command.job);
    row.engaged = false;
    Question question{.method = "POST", .path = "/api/v1/holds/release", .body = {{"scope", row.scope}}};
    if (!command.reason.empty()) question.body["reason"] = command.reason;
    if (auto answer = from_daemon(options, question, context)) return std::move(*answer);
    return set(options, row, context);
}

}  // namespace taktd::ctl
