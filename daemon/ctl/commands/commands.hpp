// SPDX-License-Identifier: Apache-2.0
// The commands of taktctl: each is a function of its options and of what the process knows about time, place and
// terminal. They ask a living daemon, or touch nothing but the files that they read, except stop-all, discharge, hold,
// release, salvage and clock, which write a dead one's store.
#pragma once

#include "daemon/ctl/answer.hpp"
#include "daemon/ctl/options.hpp"
#include "daemon/report/context.hpp"

namespace taktd::ctl {

using report::Context;

Answer run_command(const Options& options, const Context& context);

Answer check(const Options& options, const CheckOptions& command, const Context& context);
Answer cron(const Options& options, const CronOptions& command, const Context& context);
Answer plan(const Options& options, const PlanOptions& command, const Context& context);
Answer runs(const Options& options, const RunsOptions& command, const Context& context);
Answer events(const Options& options, const EventsOptions& command, const Context& context);
Answer history(const Options& options, const HistoryOptions& command, const Context& context);
Answer foreign(const Options& options, const ForeignOptions& command, const Context& context);
Answer completion(const Options& options, const CompletionOptions& command, const Context& context);
Answer complete(const Options& options, const CompleteOptions& command, const Context& context);
Answer show(const Options& options, const ShowOptions& command, const Context& context);
Answer schema(const Options& options, const SchemaOptions& command, const Context& context);
Answer stop_all(const Options& options, const StopAllOptions& command, const Context& context);
Answer discharge(const Options& options, const DischargeCommand& command, const Context& context);
Answer hold(const Options& options, const HoldOptions& command, const Context& context);
Answer release(const Options& options, const ReleaseOptions& command, const Context& context);
Answer salvage(const Options& options, const SalvageOptions& command, const Context& context);
Answer clock(const Options& options, const ClockOptions& command, const Context& context);
Answer holds(const Options& options, const HoldsOptions& command, const Context& context);
Answer status(const Options& options, const StatusOptions& command, const Context& context);
Answer jobs(const Options& options, const JobsOptions& command, const Context& context);
Answer start(const Options& options, const StartOptions& command, const Context& context);
Answer stop(const Options& options, const StopOptions& command, const Context& context);
Answer pause(const Options& options, const PauseOptions& command, const Context& context);
Answer resume(const Options& options, const ResumeOptions& command, const Context& context);
Answer disable(const Options& options, const DisableOptions& command, const Context& context);
Answer enable(const Options& options, const EnableOptions& command, const Context& context);
Answer reload(const Options& options, const ReloadOptions& command, const Context& context);
Answer providers(const Options& options, const ProvidersOptions& command, const Context& context);
Answer actions(const Options& options, const ActionsOptions& command, const Context& context);
Answer notify_test(const Options& options, const NotifyOptions& command, const Context& context);
Answer log_level(const Options& options, const LogOptions& command, const Context& context);
Answer dashboard(const Options& options, const DashboardOptions& command, const Context& context);
Answer why(const Options& options, const WhyOptions& command, const Context& context);
Answer verify_store(const Options& options, const VerifyOptions& command, const Context& context);

}  // namespace taktd::ctl
