// SPDX-License-Identifier: Apache-2.0
// `taktctl runs` and `taktctl verify`: a store's runs as a list, and whether the store keeps the rules.
#include <algorithm>
#include <tuple>

#include "daemon/core/rules/ends.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/source.hpp"
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
                 {.header = "JOB", .may_be_cut = true},
                 {"STATE"},
                 {.header = "REASON", .may_vanish = true, .rank = 4},
                 {.header = "START DUE", .rank = 1},
                 {.header = "STOP DUE", .rank = 3},
                 {.header = "REMOTE", .may_vanish = true, .rank = 6},
                 {.header = "OBLIGATION", .may_vanish = true, .rank = 2},
                 {.header = "DRILL", .may_vanish = true, .rank = 5}}};
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
    return table.to_text(context.colour, context.width);
}

/// The filter that the options say, or what is wrong with one of them.
Result<RunSearch, Answer> search_of(const RunsOptions& command, const Context& context) {
    RunSearch search;
    RunFilter& filter = search.filter;
    if (!command.job.empty()) filter.job = command.job;
    if (!command.provider.empty()) filter.provider = command.provider;
    for (const std::string& written : command.states) {
        const auto state = parse_name<RunState>(written);
        if (!state)
            return unexpected{
                failure("--state: '" + written + "' is no state; write " + one_of_text(state_names()), kUsage)};
        if (std::ranges::find(filter.states, *state) == filter.states.end()) filter.states.push_back(*state);
    }
    if (!command.reason.empty()) {
        filter.reason = parse_name<Reason>(command.reason);
        if (!filter.reason) return unexpected{failure("--reason: '" + command.reason + "' is no reason", kUsage)};
    }
    for (const auto& [name, written, instant] :
         {std::tuple{"--since", &command.since, &filter.since}, std::tuple{"--until", &command.until, &filter.until}}) {
        if (written->empty()) continue;
        const auto at = parse_instant(*written, context.now, *context.zone);
        if (!at) return unexpected{failure(name + (": " + at.error()), kUsage)};
        *instant = *at;
    }
    if (!command.label.empty() && command.label.find('=') == std::string::npos)
        return unexpected{failure("--label must be written as NAME=VALUE", kUsage)};
    search.label = command.label;
    filter.is_live = command.is_live;
    search.is_overdue = command.is_overdue;
    return search;
}

}  // namespace

Answer runs(const Options& options, const RunsOptions& command, const Context& context) {
    auto search = search_of(command, context);
    if (!search) return search.error();
    const int by_default = options.json ? kListMax : kListDefault;
    search->filter.limit = std::min(command.limit > 0 ? command.limit : by_default, kListMax);
    auto source = open_source(options, context);
    if (!source) return source.error();
    const auto found = (*source)->runs(*search);
    if (!found) return found.error();
    Answer answer;
    if (found->has_more)
        answer.err = "taktctl: these are the newest " + std::to_string(found->items.size()) +
                     " runs; narrow the list, or ask for more with --limit\n";
    answer.err += (*source)->note();
    answer.out = options.json           ? runs_json(found->items)
                 : found->items.empty() ? "No runs.\n"
                                        : runs_text(found->items, context);
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
