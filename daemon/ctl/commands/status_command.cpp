// SPDX-License-Identifier: Apache-2.0
// `taktctl status` and `taktctl jobs`: what a living daemon says of itself. What is wrong stands first, what is empty
// is left out.
#include <algorithm>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

using log::escape_text;

std::string rounded(Duration d) { return to_text(std::chrono::floor<std::chrono::seconds>(d)); }

bool is_true(const json::object& object, const char* member) {
    const json::value* value = object.if_contains(member);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string hold_line(const json::object& hold, const Context& context) {
    const std::string scope = text_in(hold, "scope");
    const auto until = instant_in(hold, "until");
    return (scope.empty() ? "everything" : escape_text(scope)) + ", by " + escape_text(text_in(hold, "actor")) +
           (until ? ", until " + local_text(*until, *context.zone) : "") + ": " + escape_text(text_in(hold, "reason"));
}

/// Why nothing at all is started, but for what is said at its own place.
bool is_clock_behind(const json::object& said) {
    const json::value* blocked = said.if_contains("starts_blocked");
    return blocked != nullptr && blocked->is_array() &&
           std::ranges::find(blocked->get_array(), json::value("clock")) != blocked->get_array().end();
}

/// Empty: the config was taken over when it was last read, or it is refused as a whole.
std::string refused_reload(const json::object& config) {
    const json::value* last = config.if_contains("last_reload");
    if (last == nullptr || !last->is_object() || is_true(last->get_object(), "ok")) return {};
    const auto errors = last->get_object().at("errors").to_number<std::size_t>();
    return "the last reload was refused (" + std::to_string(errors) + (errors == 1 ? " error" : " errors") +
           "): taktctl check";
}

std::string head_of(const json::object& said, const Context& context) {
    std::string text = "taktd " + text_in(said, "version");
    if (const auto started = instant_in(said, "started"))
        text += ", up " + rounded(context.now - *started) + ", since " + local_text(*started, *context.zone);
    text += "\n  config     ";
    const json::object& config = said.at("config").as_object();
    if (is_true(config, "stops_only")) {
        text += coloured("REFUSED: only owed stops are delivered", Colour::red, context.colour);
    } else {
        text += escape_text(text_in(config, "file"));
        if (const auto loaded = instant_in(config, "loaded"))
            text += ", read " + rounded(context.now - *loaded) + " ago";
        text += "; " + std::to_string(said.at("jobs").to_number<std::size_t>()) + " jobs";
        const auto disabled = said.contains("disabled") ? said.at("disabled").to_number<std::size_t>() : 0;
        if (disabled > 0) text += ", " + std::to_string(disabled) + " disabled";
        if (const std::string refused = refused_reload(config); !refused.empty())
            text += "\n             " + coloured(refused, Colour::red, context.colour);
    }
    if (is_clock_behind(said))
        text += "\n  clock      " +
                coloured("BEHIND THE STORE: nothing starts until it has caught up", Colour::red, context.colour);
    const json::object& store = said.at("store").as_object();
    std::string condition = "ok";
    if (!is_true(store, "up")) condition = "CANNOT BE WRITTEN: nothing starts, stops go out";
    if (is_true(store, "damaged")) condition = "DAMAGED: nothing starts, stops go out";
    if (const std::string problem = text_in(store, "problem"); !problem.empty())
        condition += "; " + escape_text(problem);
    text +=
        "\n  store      " + coloured(condition, condition == "ok" ? Colour::none : Colour::red, context.colour) + "\n";
    if (!said.contains("holds")) return text;
    for (const json::value& hold : said.at("holds").as_array())
        text += "  hold       " + coloured(hold_line(hold.as_object(), context), Colour::yellow, context.colour) + "\n";
    return text;
}

std::string runs_of(const json::object& said, const char* member, const Context& context) {
    Table table{{{"RUN"},
                 {.header = "JOB", .may_be_cut = true},
                 {.header = "PROVIDER", .rank = 1},
                 {"STATE"},
                 {.header = "LATE", .may_vanish = true},
                 {.header = "LEFT", .may_vanish = true},
                 {"STOP DUE"}}};
    const json::value* runs = said.if_contains(member);
    if (runs == nullptr) return {};
    for (const json::value& each : runs->as_array()) {
        const json::object& run = each.as_object();
        const bool is_late = is_true(run, "overdue");
        const auto stop_due = instant_in(run, "stop_due");
        const auto state = parse_name<RunState>(text_in(run, "state"));
        std::string late, left;
        if (is_late) late = to_text(std::chrono::seconds{static_cast<long>(run.at("late").to_number<double>())});
        if (!is_late && stop_due && *stop_due > context.now) left = rounded(*stop_due - context.now);
        table.add({{short_id_in(run), is_late ? Colour::red : Colour::bold},
                   text_in(run, "job"),
                   text_in(run, "provider"),
                   {text_in(run, "state"), is_late ? Colour::red
                                           : state ? colour_of(*state)
                                                   : Colour::none},
                   {late, Colour::red},
                   left,
                   stop_due ? local_text(*stop_due, *context.zone) : ""});
    }
    return table.empty() ? std::string{} : table.to_text(context.colour, context.width);
}

/// What is wrong, a line each; nothing else is said.
Answer check_of(const Options& options, const json::object& said) {
    json::array wrong;
    const json::value* overdue = said.if_contains("overdue_runs");
    for (const json::value& each : overdue != nullptr ? overdue->as_array() : json::array{}) {
        const json::object& run = each.as_object();
        wrong.emplace_back("run " + short_id_in(run) + " of " + text_in(run, "job") + " is overdue by " +
                           to_text(std::chrono::seconds{static_cast<long>(run.at("late").to_number<double>())}));
    }
    const json::object& store = said.at("store").as_object();
    if (!is_true(store, "up")) wrong.emplace_back("the store cannot be written: nothing starts");
    if (is_true(store, "damaged")) wrong.emplace_back("the store is damaged: nothing starts");
    if (const std::string problem = text_in(store, "problem"); !problem.empty())
        wrong.emplace_back("store: " + problem);
    if (is_clock_behind(said)) wrong.emplace_back("the clock is behind the store: nothing starts");
    const json::object& config = said.at("config").as_object();
    const std::string refused = refused_reload(config);
    if (is_true(config, "stops_only")) {
        wrong.emplace_back("the config is refused: only owed stops are delivered");
    } else if (!refused.empty()) {
        wrong.emplace_back(refused);
    }
    const auto providers = ask_daemon(options, {.path = "/api/v1/providers"});
    if (!providers) return providers.error();
    for (const json::value& each : providers->at("providers").as_array()) {
        if (is_true(each.as_object(), "closed"))
            wrong.emplace_back("provider " + text_in(each.as_object(), "provider") + " refuses our key");
    }
    std::string text;
    for (const json::value& each : wrong) text += escape_text(std::string{each.as_string()}) + "\n";
    const int exit_code = wrong.empty() ? kDone : kFailed;
    if (options.json) text = json::serialize(json::object{{"wrong", std::move(wrong)}}) + "\n";
    return {.exit_code = exit_code, .out = std::move(text), .err = {}};
}

}  // namespace

Answer status(const Options& options, const StatusOptions& command, const Context& context) {
    const auto said = ask_daemon(options, {.path = "/api/v1/status"});
    if (!said) return said.error();
    if (command.is_check) return check_of(options, *said);
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    std::string text = head_of(*said, context);
    const std::string overdue = runs_of(*said, "overdue_runs", context), live = runs_of(*said, "runs", context);
    if (!overdue.empty()) text += "\n" + coloured("OVERDUE", Colour::red, context.colour) + "\n" + overdue;
    if (!live.empty()) text += "\nLIVE\n" + live;
    if (overdue.empty() && live.empty()) text += "\nNothing runs.\n";
    return {.exit_code = kDone, .out = std::move(text), .err = {}};
}

Answer jobs(const Options& options, const JobsOptions& command, const Context& context) {
    std::string path = "/api/v1/jobs?limit=" + std::to_string(command.limit);
    if (!command.job.empty()) path += "&q=" + escaped(command.job);
    if (!command.provider.empty()) path += "&provider=" + escaped(command.provider);
    if (!command.label.empty()) path += "&label=" + escaped(command.label);
    const auto said = ask_daemon(options, {.path = path});
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    Table table{{{.header = "JOB", .may_be_cut = true},
                 {.header = "PROVIDER", .rank = 3},
                 {.header = "NEXT START", .rank = 1},
                 {.header = "LAST", .rank = 2},
                 {.header = "STATE", .may_vanish = true}}};
    for (const json::value& each : said->at("jobs").as_array()) {
        const json::object& job = each.as_object();
        const auto next = instant_in(job, "next_start");
        std::string last = "-", state;
        if (job.at("last_run").is_object()) {
            const json::object& run = job.at("last_run").as_object();
            last = text_in(run, "state") + (is_true(run, "overdue") ? ", overdue" : "");
            if (const auto start = instant_in(run, "start_due")) last += ", " + local_text(*start, *context.zone);
        }
        if (!is_true(job, "enabled")) state = "disabled by config";
        if (is_true(job, "disabled")) state = "disabled by " + text_in(job, "disabled_by");
        table.add({text_in(job, "job"),
                   text_in(job, "provider"),
                   next ? local_text(*next, *context.zone) : "-",
                   last,
                   {state, Colour::dim}});
    }
    Answer answer{.exit_code = kDone,
                  .out = table.empty() ? "No jobs.\n" : table.to_text(context.colour, context.width),
                  .err = {}};
    if (said->at("next").is_string())
        answer.err = "taktctl: these are the first " + std::to_string(command.limit) +
                     " jobs; narrow the list, or ask for more with --limit\n";
    return answer;
}

}  // namespace taktd::ctl
