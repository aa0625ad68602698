// SPDX-License-Identifier: Apache-2.0
// The options that each command takes and the help that describes them, which is taktctl's manual. Each function gives
// its options to the parser, bound to the values that it fills.
#pragma once

#include "daemon/ctl/options.hpp"

namespace CLI {
class App;
}

namespace taktd::ctl {

/// What `taktctl --help` says beside the commands.
void describe_program(CLI::App& app);

/// The options that may stand before a command and behind it.
void add_global_options(CLI::App& app, Options& options);

/// --for and --until, of which one may be given; `otherwise`: what ends it if none is.
void describe_end(CLI::App& app, std::string& length, std::string& until, const std::string& otherwise);

void describe(CLI::App& app, CheckOptions& check);
void describe(CLI::App& app, CronOptions& cron);
void describe(CLI::App& app, PlanOptions& plan);
void describe(CLI::App& app, RunsOptions& runs);
void describe(CLI::App& app, EventsOptions& events);
void describe(CLI::App& app, HistoryOptions& history);
void describe(CLI::App& app, ForeignOptions& foreign);
void describe(CLI::App& app, CompletionOptions& completion);
void describe(CLI::App& app, CompleteOptions& complete);
void describe(CLI::App& app, ShowOptions& show);
void describe(CLI::App& app, WhyOptions& why);
void describe(CLI::App& app, VerifyOptions& verify);
void describe(CLI::App& app, SchemaOptions& schema);
void describe(CLI::App& app, StopAllOptions& stop_all);
void describe(CLI::App& app, DischargeCommand& discharge);
void describe(CLI::App& app, HoldOptions& hold);
void describe(CLI::App& app, ReleaseOptions& release);
void describe(CLI::App& app, SalvageOptions& salvage);
void describe(CLI::App& app, ClockOptions& clock);
void describe(CLI::App& app, HoldsOptions& holds);
void describe(CLI::App& app, StatusOptions& status);
void describe(CLI::App& app, JobsOptions& jobs);
void describe(CLI::App& app, StartOptions& start);
void describe(CLI::App& app, StopOptions& stop);
void describe(CLI::App& app, PauseOptions& pause);
void describe(CLI::App& app, ResumeOptions& resume);
void describe(CLI::App& app, DisableOptions& disable);
void describe(CLI::App& app, EnableOptions& enable);
void describe(CLI::App& app, ReloadOptions& reload);
void describe(CLI::App& app, ProvidersOptions& providers);
void describe(CLI::App& app, ActionsOptions& actions);
void describe(CLI::App& app, NotifyOptions& notify);
void describe(CLI::App& app, LogOptions& log);
void describe(CLI::App& app, DashboardOptions& dashboard);

}  // namespace taktd::ctl
