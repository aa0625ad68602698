// SPDX-License-Identifier: Apache-2.0
// `taktctl salvage`: what can be read of a damaged store, in a new one, and what was lost.
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/log/escape.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/table.hpp"
#include "daemon/store/salvage/salvage.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

/// SQLite takes a log that lies beside a database for its own, whichever database lies there.
std::string next_steps(const std::string& from, const std::string& to) {
    const std::string old_files = from + ", " + from + "-wal and " + from + "-shm";
    std::string text = "\nNext:\n";
    text += "  1. taktctl verify --db " + to + "\n";
    text += "  2. move " + old_files + " away, all there are: what is left of the old log\n";
    text += "     would be replayed into the new store\n";
    text += "  3. move " + to + " to " + from + " and start taktd: it stops what is owed, and starts nothing\n";
    text += "  4. when all is well, stop taktd, taktctl release --db " + from + ", and start it again\n";
    return text;
}

std::string report_text(const SalvageReport& report, const std::string& to, const Context& context) {
    std::string text;
    for (const auto& line : report.lost)
        text += coloured("lost", Colour::red, context.colour) + "      " + log::escape_text(line) + "\n";
    for (const auto& line : report.repaired)
        text += coloured("repaired", Colour::yellow, context.colour) + "  " + log::escape_text(line) + "\n";
    if (report.lost.empty()) text += "Nothing was lost.\n";
    std::string rows;
    for (const auto& [table, count] : report.copied) {
        if (count > 0) rows += (rows.empty() ? "" : ", ") + std::to_string(count) + " " + table;
    }
    text += log::escape_text(to) + " holds " + rows + "; " + std::to_string(report.owed) +
            (report.owed == 1 ? " run is" : " runs are") + " owed a stop.\nA hold on everything is engaged.\n";
    return text;
}

}  // namespace

Answer salvage(const Options& options, const SalvageOptions& command, const Context& context) {
    std::string warning;
    const auto from = find_store(options, warning);
    if (!from) return from.error();
    const auto report = salvage_store({.from = *from, .to = command.to, .actor = operator_name(), .now = context.now});
    if (!report) return failure(report.error());
    Answer answer;
    answer.err = warning.empty() ? "" : failure(warning).err;
    answer.out = options.json ? salvage_json(*report)
                              : report_text(*report, command.to, context) +
                                    next_steps(log::escape_text(*from), log::escape_text(command.to));
    return answer;
}

}  // namespace taktd::ctl
