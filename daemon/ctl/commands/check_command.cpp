// SPDX-License-Identifier: Apache-2.0
// `taktctl check`: every error of a config, or else its jobs' next windows, or one job as it is after merging. Secrets
// are read and vendors asked only on demand, and then only to see whether that works.
#include <algorithm>

#include "daemon/ctl/commands/check_output.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/report/window_table.hpp"
#include "daemon/settings/secrets.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

constexpr std::size_t kWindowsShown = 3;

std::string count_text(std::size_t count, const std::string& thing) {
    return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// One error for each secret that cannot be read. Returns how many could be.
std::size_t read_secrets(const Config& config, const std::string& file, std::vector<Diagnostic>& diagnostics) {
    std::size_t readable = 0;
    for (const auto& [name, provider] : config.providers) {
        for (const auto& [parameter, reference] : provider->credentials) {
            const auto secret = read_secret(reference);
            if (secret) {
                ++readable;
                continue;
            }
            Diagnostic unreadable;
            unreadable.file = file;
            unreadable.message = "provider '" + name + "': " + parameter + ": " + secret.error();
            diagnostics.push_back(std::move(unreadable));
        }
    }
    return readable;
}

std::string windows_text(const std::vector<CheckedJob>& jobs, bool colour) {
    Table table = window_table();
    std::string without;
    for (const auto& [job, windows] : jobs) {
        for (const auto& window : windows) add_window(table, window);
        if (windows.empty()) without += (without.empty() ? "" : ", ") + job->name;
    }
    std::string text;
    if (!table.empty()) text += "\n" + table.to_text(colour);
    if (!without.empty()) text += "\nNo start ahead: " + without + "\n";
    return text;
}

std::size_t count_errors(const LoadResult& loaded) {
    return static_cast<std::size_t>(
        std::ranges::count(loaded.diagnostics, Diagnostic::Severity::error, &Diagnostic::severity));
}

Answer resolved(const Options& options, const CheckOptions& command, const LoadResult& loaded) {
    Answer answer;
    answer.exit_code = loaded.has_errors() ? kFailed : kDone;
    if (loaded.settings && loaded.resolved.empty()) {
        std::vector<std::string> names;
        for (const auto& [name, job] : loaded.settings->config->jobs) names.push_back(name);
        return failure("no job '" + command.resolved + "' in the config" + did_you_mean(command.resolved, names));
    }
    if (options.json) {
        answer.out = resolved_json(command.resolved, loaded.resolved, loaded.diagnostics);
        return answer;
    }
    answer.err = diagnostics_text(loaded.diagnostics);
    if (answer.exit_code == kDone) answer.out = resolved_text(command.resolved, loaded.resolved);
    return answer;
}

}  // namespace

Answer check(const Options& options, const CheckOptions& command, const Context& context) {
    const std::string file = command.file.empty() ? options.config_path() : command.file;
    LoadResult loaded = load_config(file, command.resolved);
    std::size_t readable = 0;
    if (loaded.settings && command.secrets) readable = read_secrets(*loaded.settings->config, file, loaded.diagnostics);
    if (command.strict) {
        for (Diagnostic& d : loaded.diagnostics) d.severity = Diagnostic::Severity::error;
    }

    if (!command.resolved.empty()) return resolved(options, command, loaded);

    std::vector<CheckedJob> jobs;
    if (loaded.settings) {
        ZonePtr zone = load_zone(loaded.settings->time_zone);
        if (zone == nullptr) zone = Zone::utc();
        for (const auto& [name, job] : loaded.settings->config->jobs)
            jobs.push_back({job, next_windows(job, context.now, kWindowsShown, zone)});
    }

    std::vector<SurveyedTask> tasks;
    if (command.connect && !loaded.has_errors()) tasks = survey_tasks(*loaded.settings->config);
    const auto wrong = static_cast<std::size_t>(
        std::ranges::count_if(tasks, [](const SurveyedTask& task) { return !task.problem.empty(); }));

    Answer answer;
    answer.exit_code = loaded.has_errors() || wrong > 0 ? kFailed : kDone;
    if (options.json) {
        answer.out = check_json(loaded.diagnostics, jobs);
        if (command.connect) answer.out = with_survey_json(answer.out, tasks);
        return answer;
    }
    answer.err = diagnostics_text(loaded.diagnostics);
    const std::size_t errors = count_errors(loaded);
    if (errors > 0) {
        answer.err += count_text(errors, "error") + " in " + file + "\n";
        return answer;
    }
    answer.out = file + ": " + coloured("ok", Colour::green, context.colour) + ", " +
                 count_text(loaded.settings->config->providers.size(), "provider") + ", " +
                 count_text(jobs.size(), "job") + ", " + count_text(loaded.diagnostics.size(), "warning");
    if (command.secrets) answer.out += ", " + count_text(readable, "secret") + " can be read";
    answer.out += "\n" + windows_text(jobs, context.colour);
    if (command.connect) answer.out += "\n" + survey_text(tasks, context.colour);
    if (wrong > 0) answer.err += count_text(wrong, "task") + " cannot be used as configured\n";
    return answer;
}

}  // namespace taktd::ctl
