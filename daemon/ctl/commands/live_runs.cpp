// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/live_runs.hpp"

#include "daemon/report/table.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::ctl {

using namespace report;

Result<std::string, Answer> live_runs_in(const Options& options, const LiveScope& scope, const Context& context) {
    std::string path = "/api/v1/runs?live=true&fields=brief&limit=1000";
    for (const auto& [name, value] :
         {std::pair{"provider", scope.provider}, {"job", scope.job}, {"label", scope.label}})
        if (!value.empty()) path += std::string{"&"} + name + "=" + escaped(value);
    const auto said = ask_daemon(options, {.path = path});
    if (!said) return unexpected{said.error()};
    Table table{{{"RUN"}, {"JOB"}, {"PROVIDER"}, {"STATE"}, {"LEFT"}}};
    for (const json::value& each : said->at("runs").as_array()) {
        const json::object& run = each.as_object();
        const auto stop_due = instant_in(run, "stop_due");
        const bool has_left = stop_due && *stop_due > context.now;
        table.add({short_id_in(run), text_in(run, "job"), text_in(run, "provider"), text_in(run, "state"),
                   has_left ? to_text(std::chrono::floor<std::chrono::seconds>(*stop_due - context.now)) : "-"});
    }
    if (table.empty()) return std::string{};
    return table.to_text(false) + (said->at("next").is_string() ? "and more\n" : "");
}

}  // namespace taktd::ctl
