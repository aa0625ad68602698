// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/commands.hpp"

#include "daemon/ctl/commands/terminal.hpp"

namespace taktd::ctl {
namespace {

struct Runner {
    const Options& options;
    const Context& context;

    template <class Command>
    Answer once_or_watched(Answer (*run)(const Options&, const Command&, const Context&),
                           const Command& command) const {
        if (!command.is_watched) return run(options, command, context);
        return watch(options, context, [&](const Context& now) { return run(options, command, now); });
    }

    Answer operator()(const CheckOptions& command) const { return check(options, command, context); }
    Answer operator()(const CronOptions& command) const { return cron(options, command, context); }
    Answer operator()(const PlanOptions& command) const { return plan(options, command, context); }
    Answer operator()(const RunsOptions& command) const { return once_or_watched(runs, command); }
    Answer operator()(const EventsOptions& command) const { return events(options, command, context); }
    Answer operator()(const HistoryOptions& command) const { return history(options, command, context); }
    Answer operator()(const ForeignOptions& command) const { return foreign(options, command, context); }
    Answer operator()(const CompletionOptions& command) const { return completion(options, command, context); }
    Answer operator()(const CompleteOptions& command) const { return complete(options, command, context); }
    Answer operator()(const ShowOptions& command) const { return show(options, command, context); }
    Answer operator()(const WhyOptions& command) const { return why(options, command, context); }
    Answer operator()(const VerifyOptions& command) const { return verify_store(options, command, context); }
    Answer operator()(const SchemaOptions& command) const { return schema(options, command, context); }
    Answer operator()(const StopAllOptions& command) const { return stop_all(options, command, context); }
    Answer operator()(const DischargeCommand& command) const { return discharge(options, command, context); }
    Answer operator()(const HoldOptions& command) const { return hold(options, command, context); }
    Answer operator()(const ReleaseOptions& command) const { return release(options, command, context); }
    Answer operator()(const SalvageOptions& command) const { return salvage(options, command, context); }
    Answer operator()(const HoldsOptions& command) const { return holds(options, command, context); }
    Answer operator()(const StatusOptions& command) const { return once_or_watched(status, command); }
    Answer operator()(const JobsOptions& command) const { return once_or_watched(jobs, command); }
    Answer operator()(const StartOptions& command) const { return start(options, command, context); }
    Answer operator()(const StopOptions& command) const { return stop(options, command, context); }
    Answer operator()(const PauseOptions& command) const { return pause(options, command, context); }
    Answer operator()(const ResumeOptions& command) const { return resume(options, command, context); }
    Answer operator()(const DisableOptions& command) const { return disable(options, command, context); }
    Answer operator()(const EnableOptions& command) const { return enable(options, command, context); }
    Answer operator()(const ReloadOptions& command) const { return reload(options, command, context); }
    Answer operator()(const ProvidersOptions& command) const { return once_or_watched(providers, command); }
    Answer operator()(const ActionsOptions& command) const { return actions(options, command, context); }
    Answer operator()(const NotifyOptions& command) const { return notify_test(options, command, context); }
    Answer operator()(const LogOptions& command) const { return log_level(options, command, context); }
    Answer operator()(const DashboardOptions& command) const { return dashboard(options, command, context); }
    Answer operator()(const ClockOptions& command) const { return clock(options, command, context); }
};

}  // namespace

Answer run_command(const Options& options, const Context& context) {
    return std::visit(Runner{options, context}, options.command);
}

}  // namespace taktd::ctl
