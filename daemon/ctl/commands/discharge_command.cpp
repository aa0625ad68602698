// SPDX-License-Identifier: Apache-2.0
// `taktctl discharge RUN --reason TEXT`: an operator takes an obligation over, of a living daemon or on the store of a
// dead one.
#include "daemon/app/offline_commands.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/ctl/commands/run_reference.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/run_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::string discharged(const std::string& short_run, const std::string& job, const std::string& task_key) {
    return "Run " + short_run + " of job " + log::escape_text(job) +
           " is discharged: taktd will not stop it any more. Its task was " + log::escape_text(task_key) + "\n";
}

/// What a living daemon answered; nothing: there is none, or the store was named.
std::optional<Answer> from_daemon(const Options& options, const DischargeCommand& command) {
    if (!options.db.empty()) return std::nullopt;
    const Reached reached = reach_daemon(options, {.method = "POST",
                                                   .path = "/api/v1/runs/" + escaped(command.run) + "/discharge",
                                                   .body = {{"reason", command.reason}}});
    if (!reached.is_there) return std::nullopt;
    if (!reached.said) return reached.said.error();
    const json::object& run = reached.said->at("run").as_object();
    if (options.json)
        return Answer{
            .exit_code = kDone, .out = json::serialize(json::object{{"runs", json::array{run}}}) + "\n", .err = {}};
    return Answer{.exit_code = kDone,
                  .out = discharged(short_id_in(run), text_in(run, "job"), text_in(run, "task_key")),
                  .err = {}};
}

}  // namespace

Answer discharge(const Options& options, const DischargeCommand& command, const Context& context) {
    if (command.reason.find_first_not_of(" \t\n") == std::string::npos)
        return failure("--reason must say why nobody needs to stop this run any more", kUsage);
    if (auto answer = from_daemon(options, command)) return std::move(*answer);
    std::string warning;
    const auto store_path = find_store(options, warning);
    if (!store_path) return store_path.error();
    auto reader = Reader::open(*store_path);
    if (!reader) return failure(reader.error());
    const auto id = find_run(*reader, command.run, context);
    if (!id) return id.error();

    const auto run = discharge_offline({.path = *store_path, .actor = operator_name()}, {*id, command.reason});
    if (!run) return refused_offline(run.error(), *store_path);
    Answer answer;
    answer.err = warning.empty() ? "" : failure(warning).err;
    answer.out = options.json ? runs_json({*run}) : discharged(short_id(run->id), run->job, run->task_key);
    return answer;
}

}  // namespace taktd::ctl
