// SPDX-License-Identifier: Apache-2.0
// `taktctl history` and `taktctl foreign`: the transitions of all runs in order of time, for people and for other
// programs, and tasks that run without us.
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/source.hpp"
#include "daemon/report/csv.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::string history_text(const std::vector<ToldTransition>& transitions, const Context& context) {
    Table table{{{"AT"},
                 {"RUN"},
                 {.header = "JOB", .may_be_cut = true},
                 {"STATE"},
                 {.header = "REASON", .may_vanish = true, .rank = 1},
                 {.header = "PROVIDER", .rank = 3},
                 {.header = "ACTOR", .rank = 2},
                 {.header = "DETAIL", .may_vanish = true, .rank = 4}}};
    for (const auto& [row, job, provider] : transitions) {
        table.add({local_text(row.at, *context.zone),
                   {short_id(row.run), Colour::bold},
                   job,
                   {std::string{name_of(row.to)}, colour_of(row.to)},
                   std::string{name_of(row.reason)},
                   provider,
                   row.actor,
                   row.detail});
    }
    return table.empty() ? "No transitions.\n" : table.to_text(context.colour, context.width);
}

}  // namespace

Answer history(const Options& options, const HistoryOptions& command, const Context& context) {
    TransitionFilter filter;
    filter.is_oldest_first = true;
    filter.limit = command.limit;
    if (!command.job.empty()) filter.job = command.job;
    if (!command.since.empty()) {
        const auto since = parse_instant(command.since, context.now, *context.zone);
        if (!since) return failure("--since: " + since.error(), kUsage);
        filter.since = *since;
    }
    if (!command.until.empty()) {
        const auto until = parse_instant(command.until, context.now, *context.zone);
        if (!until) return failure("--until: " + until.error(), kUsage);
        filter.until = *until;
    }
    auto source = open_source(options, context);
    if (!source) return source.error();
    const auto found = (*source)->transitions(filter);
    if (!found) return found.error();
    Answer answer;
    if (found->has_more)
        answer.err = "taktctl: these are the oldest " + std::to_string(found->items.size()) +
                     " of them; go on with --since, or ask for more with --limit\n";
    answer.err += (*source)->note();
    if (command.format == "csv") {
        answer.out = transitions_csv(found->items);
    } else if (command.format == "json" || options.json) {
        answer.out = document({{"transitions", list(found->items, of_told_transition)}});
    } else {
        answer.out = history_text(found->items, context);
    }
    return answer;
}

Answer foreign(const Options& options, const ForeignOptions&, const Context& context) {
    auto source = open_source(options, context);
    if (!source) return source.error();
    const auto found = (*source)->foreign();
    if (!found) return found.error();
    Answer answer{.exit_code = kDone, .out = {}, .err = (*source)->note()};
    if (options.json) {
        answer.out = document({{"foreign", list(*found, of_foreign)}});
        return answer;
    }
    Table table{{{.header = "JOB", .may_be_cut = true},
                 {"STATE"},
                 {.header = "PROVIDER", .rank = 1},
                 {.header = "FIRST SEEN", .rank = 2},
                 {.header = "LAST SEEN", .rank = 3},
                 {.header = "TASK", .rank = 4}}};
    for (const ForeignRow& row : *found)
        table.add({row.job, std::string{name_of(row.remote)}, row.provider, local_text(row.first_seen, *context.zone),
                   local_text(row.last_seen, *context.zone), row.task_key});
    answer.out = table.empty() ? "No task runs without us.\n" : table.to_text(context.colour, context.width);
    return answer;
}

}  // namespace taktd::ctl
