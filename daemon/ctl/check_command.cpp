// `taktctl check`: every error of a config, or else its jobs' next windows. Secrets are read only if asked for, and
// then only to see whether that works.
#include <algorithm>

#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/config_access.hpp"
#include "daemon/ctl/json_output.hpp"
#include "daemon/ctl/time_text.hpp"
#include "daemon/ctl/window_table.hpp"
#include "daemon/runtime/zone_loader.hpp"
#include "daemon/settings/secrets.hpp"

namespace taktd::ctl {
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

}  // namespace

Answer check(const Options& options, const CheckOptions& command, const Context& context) {
    const std::string file = command.file.empty() ? options.config_path() : command.file;
    LoadResult loaded = load_config(file);
    std::size_t readable = 0;
    if (loaded.settings && command.secrets) readable = read_secrets(*loaded.settings->config, file, loaded.diagnostics);
    if (command.strict) {
        for (Diagnostic& d : loaded.diagnostics) d.severity = Diagnostic::Severity::error;
    }

    std::vector<CheckedJob> jobs;
    if (loaded.settings) {
        ZonePtr zone = load_zone(loaded.settings->time_zone);
        if (zone == nullptr) zone = Zone::utc();
        for (const auto& [name, job] : loaded.settings->config->jobs)
            jobs.push_back({job, next_windows(job, context.now, kWindowsShown, zone)});
    }

    Answer answer;
    answer.exit_code = loaded.has_errors() ? kFailed : kDone;
    if (options.json) {
        answer.out = check_json(loaded.diagnostics, jobs);
        return answer;
    }
    answer.err = diagnostics_text(loaded.diagnostics);
    const auto errors = static_cast<std::size_t>(
        std::ranges::count(loaded.diagnostics, Diagnostic::Severity::error, &Diagnostic::severity));
    if (errors > 0) {
        answer.err += count_text(errors, "error") + " in " + file + "\n";
        return answer;
    }
    answer.out = file + ": " + coloured("ok", Colour::green, context.colour) + ", " +
                 count_text(loaded.settings->config->providers.size(), "provider") + ", " +
                 count_text(jobs.size(), "job") + ", " + count_text(loaded.diagnostics.size(), "warning");
    if (command.secrets) answer.out += ", " + count_text(readable, "secret") + " can be read";
    answer.out += "\n" + windows_text(jobs, context.colour);
    return answer;
}

}  // namespace taktd::ctl
