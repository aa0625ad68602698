// SPDX-License-Identifier: Apache-2.0
// `taktctl stop-all --offline`: what a dead daemon owes is stopped from here. The work is app/owed_stops.hpp's; this
// says how it went.
#include <algorithm>

#include "daemon/app/owed_stops.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/log/log.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::size_t count_owed(const OwedStopsReport& report) {
    return static_cast<std::size_t>(
        std::ranges::count(report.runs, Obligation::open, [](const RunRow& run) { return run.obligation; }));
}

std::string runs_of(std::size_t count) { return std::to_string(count) + (count == 1 ? " run" : " runs"); }

std::string table_of(const OwedStopsReport& report, const Context& context) {
    Table table{{{"RUN"},
                 {"JOB"},
                 {"PROVIDER"},
                 {"STATE"},
                 {.header = "REASON", .may_vanish = true},
                 {"STOP DUE"},
                 {.header = "OBLIGATION", .may_vanish = true},
                 {.header = "DRILL", .may_vanish = true}}};
    for (const RunRow& run : report.runs) {
        const bool is_owed = run.obligation == Obligation::open;
        table.add({{short_id(run.id), Colour::bold},
                   run.job,
                   run.provider,
                   {std::string{name_of(run.state)}, colour_of(run.state)},
                   std::string{name_of(run.reason)},
                   local_text(run.stop_due, *context.zone),
                   {is_owed ? "open" : "", Colour::red},
                   drill_of(run)});
    }
    return table.to_text(context.colour);
}

std::string summary_of(const OwedStopsReport& report, bool due_only) {
    const std::size_t owed = count_owed(report);
    if (report.runs.empty()) return due_only ? "" : "Nothing is owed.\n";
    std::string text = runs_of(report.runs.size() - owed) + " ended";
    if (owed == 0) return text + "; nothing" + (due_only ? " due" : "") + " is owed any more.\n";
    text += ", " + runs_of(owed) + (owed == 1 ? " is" : " are") + " still owed a stop";
    if (report.timed_out) text += ": the time is over";
    if (report.interrupted) text += ": interrupted";
    return text + ".\n";
}

/// A timer asks every minute: into the journal it goes as debug, which the unit keeps out.
Answer no_store_yet(const Options& options, const std::string& store_path, const OwedStopsReport& report) {
    const std::string text = "there is no store " + store_path + " yet, so nothing is owed";
    Answer answer;
    if (log::stderr_is_journal()) {
        answer.err = "<7>" + text + "\n";
    } else {
        answer.err = "taktctl: " + text + "\n";
    }
    if (options.json) answer.out = stop_all_json({report.runs, report.problems, false, false});
    return answer;
}

}  // namespace

Answer stop_all(const Options& options, const StopAllOptions& command, const Context& context) {
    if (!command.offline) {
        return failure(
            "stop-all needs --offline: it delivers what a dead daemon owes; a living one cannot be asked by this "
            "version",
            kUsage);
    }
    const auto timeout = parse_duration(command.timeout);
    if (!timeout) return failure("--timeout: " + timeout.error(), kUsage);
    std::string warning;
    const auto store_path = find_store(options, warning);
    if (!store_path) return store_path.error();

    log::setup({.level = log::Level::info, .format = log::Format::text, .journal = log::stderr_is_journal()});
    if (!warning.empty()) log::warning(warning);
    const auto report = deliver_owed_stops({.store_path = *store_path,
                                            .due_only = command.due,
                                            .timeout = *timeout,
                                            .actor = operator_name(),
                                            .reason = command.reason});
    if (!report) {
        if (!report.error().is_held) return failure(report.error().why);
        if (command.due) return {};
        return failure(report.error().why + " (--offline is for the store of a dead daemon)");
    }
    if (report->no_store) return no_store_yet(options, *store_path, *report);
    Answer answer;
    answer.exit_code = report->is_all_delivered() ? kDone : kFailed;
    for (const auto& problem : report->problems) answer.err += failure(problem).err;
    if (options.json) {
        answer.out = stop_all_json({report->runs, report->problems, report->timed_out, report->interrupted});
    } else {
        if (!report->runs.empty()) answer.out = table_of(*report, context);
        answer.out += summary_of(*report, command.due);
    }
    return answer;
}

}  // namespace taktd::ctl
