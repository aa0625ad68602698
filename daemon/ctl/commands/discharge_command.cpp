// `taktctl discharge RUN --reason TEXT`: an operator takes an obligation over, on the store of a dead daemon.
#include "daemon/app/offline_commands.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/operator_name.hpp"
#include "daemon/ctl/commands/run_reference.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/run_text.hpp"

namespace taktd::ctl {

using namespace report;

Answer discharge(const Options& options, const DischargeCommand& command, const Context& context) {
    if (command.reason.find_first_not_of(" \t\n") == std::string::npos)
        return failure("--reason must say why nobody needs to stop this run any more", kUsage);
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
    answer.out = options.json ? runs_json({*run})
                              : "Run " + short_id(run->id) + " of job " + log::escape_text(run->job) +
                                    " is discharged: taktd will not stop it any more. Its task was " +
                                    log::escape_text(run->task_key) + "\n";
    return answer;
}

}  // namespace taktd::ctl
