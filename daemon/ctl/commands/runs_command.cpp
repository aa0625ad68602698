// `taktctl runs` and `taktctl verify`: a store's runs as a list, and whether the store keeps the rules.
#include <algorithm>

#include "daemon/core/rules/ends.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/source/suggest.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::vector<std::string> state_names() {
    std::vector<std::string> names;
    for (auto state = RunState::due;; state = static_cast<RunState>(static_cast<int>(state) + 1)) {
        names.emplace_back(name_of(state));
        if (state == RunState::cancelled) return names;
    }
}

std::string runs_text(const std::vector<RunRow>& runs, const Context& context) {
    Table table{{{"RUN"},
                 {"JOB"},
                 {"STATE"},
                 {.header = "REASON", .may_vanish = true},
                 {"START DUE"},
                 {"STOP DUE"},
                 {.header = "REMOTE", .may_vanish = true},
                 {.header = "OBLIGATION", .may_vanish = true},
                 {.header = "DRILL", .may_vanish = true}}};
    for (const RunRow& run : runs) {
        const bool late = is_overdue(run, context.now);
        const Colour row = late ? Colour::red : Colour::none;
        table.add({{short_id(run.id), late ? Colour::red : Colour::bold},
                   {run.job, row},
                   {std::string{name_of(run.state)}, late ? Colour::red : colour_of(run.state)},
                   {std::string{name_of(run.reason)}, row},
                   {local_text(run.start_due, *context.zone), row},
                   {local_text(run.stop_due, *context.zone), row},
                   {run.remote_state == RemoteState::unknown ? "" : std::string{name_of(run.remote_state)}, row},
                   {late                                 ? "open, overdue"
                    : run.obligation == Obligation::open ? "open"
                                                         : "",
                    row},
                   drill_of(run)});
    }
    return table.to_text(context.colour);
}

}  // namespace

Answer runs(const Options& options, const RunsOptions& command, const Context& context) {
    RunFilter filter;
    const int by_default = options.json ? kListMax : kListDefault;
    const int limit = command.limit > 0 ? command.limit : by_default;
    filter.limit = std::min(limit + 1, kListMax);  // one more shows whether there are more
    if (!command.job.empty()) filter.job = command.job;
    if (!command.state.empty()) {
        if (const auto state = parse_name<RunState>(command.state)) filter.states = {*state};
        if (filter.states.empty()) {
            return failure("--state: '" + command.state + "' is no state; write " + one_of_text(state_names()), kUsage);
        }
    }
    if (!command.since.empty()) {
        const auto since = parse_instant(command.since, context.now, *context.zone);
        if (!since) return failure("--since: " + since.error(), kUsage);
        filter.since = *since;
    }
    auto queries = open_queries(options);
    if (!queries) return queries.error();
    auto found = (*queries)->list_runs(filter);
    Answer answer;
    const bool is_cut = std::ssize(found) > limit || std::ssize(found) == kListMax;
    if (is_cut) {
        found.resize(static_cast<std::size_t>(std::min(limit, kListMax)));
        answer.err = "taktctl: these are the newest " + std::to_string(found.size()) +
                     " runs; narrow the list, or ask for more with --limit\n";
    }
    answer.err += note_line(clock_note(**queries, context));
    answer.out = options.json ? runs_json(found) : found.empty() ? "No runs.\n" : runs_text(found, context);
    return answer;
}

Answer verify_store(const Options& options, const VerifyOptions&, const Context& context) {
    auto reader = open_reader(options);
    if (!reader) return reader.error();
    const auto violations = verify(*reader);
    Answer answer;
    answer.exit_code = violations.empty() ? kDone : kFailed;
    if (options.json) {
        answer.out = verify_json(violations);
    } else if (violations.empty()) {
        answer.out = coloured("No violations.", Colour::green, context.colour) + "\n";
    } else {
        Table table{{{"RULE"}, {"RUN"}, {"JOB"}, {"VIOLATION"}}};
        for (const auto& v : violations)
            table.add({{v.rule, Colour::red}, v.run ? short_id(*v.run) : std::string{}, v.job, v.text});
        answer.out = table.to_text(context.colour);
        const bool is_cut = violations.size() >= kViolationsMax;
        answer.err =
            "taktctl: " + std::to_string(violations.size()) + (is_cut ? " violations or more\n" : " violations\n");
    }
    return answer;
}

}  // namespace taktd::ctl
