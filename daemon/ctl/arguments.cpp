// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/arguments.hpp"

#include <memory>
#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>

#include "daemon/ctl/manual.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/version.hpp"

namespace taktd::ctl {
namespace {

using namespace std::string_literals;

template <class Command>
void add_command(CLI::App& app, const std::string& name, Options& options) {
    CLI::App& parser = *app.add_subcommand(name);
    const auto command = std::make_shared<Command>();
    describe(parser, *command);
    add_global_options(parser, options);
    parser.callback([&options, command] { options.command = *command; });
}

/// What completion offers: all that --help shows.
std::map<std::string, std::vector<std::string>> known_words(const CLI::App& app) {
    std::map<std::string, std::vector<std::string>> known;
    const auto add = [&known](const std::string& name, const CLI::App& of) {
        auto& options = known[name];
        for (const CLI::Option* option : of.get_options())
            for (const std::string& word : option->get_lnames()) options.push_back("--" + word);
    };
    add("", app);
    for (const CLI::App* command : app.get_subcommands(nullptr))
        if (!command->get_name().starts_with("__")) add(command->get_name(), *command);
    return known;
}

/// An expression such as "-1 * * * *" is a bad expression, not an unknown option; a blank in front says so to CLI11,
/// and whoever reads the value drops it.
std::vector<std::string> arguments_of(int argc, const char* const* argv) {
    std::vector<std::string> arguments;
    for (int i = argc - 1; i > 0; --i) {
        std::string argument = argv[i];
        const bool is_value = argument.starts_with('-') && argument.find(' ') < argument.find('=');
        arguments.push_back(is_value ? " " + argument : argument);
    }
    return arguments;
}

/// A misspelt command gets the right one, everything else what the parser says of it and where to look.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
    const auto commands = app.get_subcommands();
    if (!commands.empty()) return error.what() + "; see taktctl "s + commands.front()->get_name() + " --help";
    const auto words = app.remaining();
    if (words.empty()) return "name a command; taktctl --help lists them";
    std::vector<std::string> known;
    for (const CLI::App* command : app.get_subcommands(nullptr)) known.push_back(command->get_name());
    const std::string meant = did_you_mean(words.front(), known);
    const std::string kind = words.front().starts_with('-') ? "option" : "command";
    return "there is no " + kind + " '" + words.front() + "'" + (meant.empty() ? "; taktctl --help lists them" : meant);
}

}  // namespace

std::variant<Options, Answer> parse_arguments(int argc, const char* const* argv) {
    Options options;
    CLI::App app;
    app.name("taktctl");
    app.set_version_flag("--version", std::string{"taktctl "} + kTaktdVersion);
    app.require_subcommand(1);
    app.get_formatter()->column_width(24);
    describe_program(app);
    add_global_options(app, options);
    add_command<StatusOptions>(app, "status", options);
    add_command<JobsOptions>(app, "jobs", options);
    add_command<StartOptions>(app, "start", options);
    add_command<StopOptions>(app, "stop", options);
    add_command<PauseOptions>(app, "pause", options);
    add_command<ResumeOptions>(app, "resume", options);
    add_command<DisableOptions>(app, "disable", options);
    add_command<EnableOptions>(app, "enable", options);
    add_command<HoldsOptions>(app, "holds", options);
    add_command<ReloadOptions>(app, "reload", options);
    add_command<ProvidersOptions>(app, "providers", options);
    add_command<ActionsOptions>(app, "actions", options);
    add_command<NotifyOptions>(app, "notify", options);
    add_command<LogOptions>(app, "log", options);
    add_command<DashboardOptions>(app, "dashboard", options);
    add_command<CheckOptions>(app, "check", options);
    add_command<PlanOptions>(app, "plan", options);
    add_command<CronOptions>(app, "cron", options);
    add_command<RunsOptions>(app, "runs", options);
    add_command<EventsOptions>(app, "events", options);
    add_command<HistoryOptions>(app, "history", options);
    add_command<ForeignOptions>(app, "foreign", options);
    add_command<ShowOptions>(app, "show", options);
    add_command<WhyOptions>(app, "why", options);
    add_command<VerifyOptions>(app, "verify", options);
    add_command<SchemaOptions>(app, "schema", options);
    add_command<StopAllOptions>(app, "stop-all", options);
    add_command<DischargeCommand>(app, "discharge", options);
    add_command<HoldOptions>(app, "hold", options);
    add_command<ReleaseOptions>(app, "release", options);
    add_command<SalvageOptions>(app, "salvage", options);
    add_command<ClockOptions>(app, "clock", options);
    add_command<CompletionOptions>(app, "completion", options);
    add_command<CompleteOptions>(app, "__complete", options);

    try {
        app.parse(arguments_of(argc, argv));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out, err;
        if (app.exit(error, out, err) == 0) return Answer{.exit_code = kDone, .out = out.str(), .err = {}};
        return failure(complaint(app, error), kUsage);
    }
    if (auto* complete = std::get_if<CompleteOptions>(&options.command)) complete->known = known_words(app);
    return options;
}

}  // namespace taktd::ctl
