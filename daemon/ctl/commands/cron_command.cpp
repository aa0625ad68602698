// SPDX-License-Identifier: Apache-2.0
// `taktctl cron`: what an expression means and its next instants.
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/log/escape.hpp"
#include "daemon/report/dst_notes.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/settings/values/zone_advice.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

/// The expression with a caret under the place. What a terminal would obey is spelled out, so the caret is counted on
/// the text as it is shown.
std::string bad_expression(const std::string& expression, const CronError& error) {
    const std::string_view before = std::string_view{expression}.substr(0, error.column);
    const auto rule = error.rule.empty() ? std::string{} : "; write start: " + error.rule;
    return "taktctl: bad cron expression: " + log::escape_text(error.message + rule) + "\n  " +
           log::escape_text(expression) + "\n  " + std::string(cells_of(log::escape_text(before)), ' ') + "^\n";
}

std::string joined(const std::vector<std::string>& notes) {
    std::string text;
    for (const auto& note : notes) text += (text.empty() ? "" : "; ") + note;
    return text;
}

std::string meaning_of(const CronRule& rule, WallTime from, const std::vector<WallTime>& next, bool colour) {
    std::string text = coloured(rule.cron.describe(), Colour::bold, colour) + "\n";
    if (rule.cron.restricts_both_days()) text += "Both day fields are set: it fires when either matches.\n";
    if (!rule.cron.uneven_step().empty()) text += "Note: " + rule.cron.uneven_step() + ".\n";
    if (next.empty()) return text + "\nIt never fires after " + to_rfc3339(from) + ".\n";
    Table table{{{rule.zone->name()}, {.header = "UTC"}, {.header = "NOTES", .may_vanish = true}}};
    for (const WallTime t : next) {
        table.add(
            {local_text_with_day(t, *rule.zone), to_rfc3339(t), {joined(notes_on_start(rule, t)), Colour::yellow}});
    }
    return text + "\n" + table.to_text(colour);
}

}  // namespace

Answer cron(const Options& options, const CronOptions& command, const Context& context) {
    const std::size_t begin = command.expression.starts_with(" -") ? 1 : 0;
    const std::string expression = command.expression.substr(begin);
    const ZonePtr zone = load_zone(command.time_zone);
    if (zone == nullptr) {
        return failure("unknown time zone '" + command.time_zone + "'" + zone_advice(command.time_zone, zone_names()),
                       kUsage);
    }
    const auto from = parse_instant(command.from, context.now, *context.zone);
    if (!from) return failure("--from: " + from.error(), kUsage);
    auto parsed = Cron::parse(expression);
    if (!parsed) return {.exit_code = kFailed, .out = {}, .err = bad_expression(expression, parsed.error())};

    const CronRule rule{.cron = std::move(*parsed), .zone = zone, .text = expression};
    std::vector<WallTime> next;
    for (auto t = rule.cron.next(*from, *zone); t; t = rule.cron.next(*t, *zone)) {
        next.push_back(*t);
        if (std::ssize(next) >= command.count) break;
    }
    return {.exit_code = kDone,
            .out = options.json ? cron_json(next) : meaning_of(rule, *from, next, context.colour),
            .err = {}};
}

}  // namespace taktd::ctl
