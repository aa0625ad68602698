// SPDX-License-Identifier: Apache-2.0
// What a command line says, as values: the options of every command and of each.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace taktd::ctl {

inline constexpr const char* kDefaultConfig = "/etc/taktd/taktd.yaml";

struct CheckOptions {
    std::string file{};  ///< empty: --config
    bool strict = false, secrets = false, connect = false;
    std::string resolved{};  ///< a job's name; empty: not asked for
};
struct CronOptions {
    std::string expression{};
    std::string time_zone = "UTC", from = "now";
    int count = 5;
};
struct PlanOptions {
    std::string from = "now", until{};  ///< empty until: a day after from
    std::string job{};                  ///< empty: every job
};
struct RunsOptions {
    std::string job{};
    std::vector<std::string> states{};
    std::string since{}, until{}, provider{}, reason{}, label{};
    bool is_live = false, is_overdue = false, is_watched = false;
    int limit = 0;  ///< 0: a page for people, everything for programs
};
struct HistoryOptions {
    std::string job{}, since{}, until{};
    std::string format = "table";
    int limit = 1'000'000;
};
struct EventsOptions {
    std::string since{}, job{}, run{}, provider{};
    std::string types{};  ///< with commas; empty: what people want to know
};
struct ForeignOptions {};
struct CompletionOptions {
    std::string shell{};
};
struct CompleteOptions {
    std::vector<std::string> words{};  ///< the last one is the one that is being typed
    /// The commands, and the options of each; those of "" stand before a command.
    std::map<std::string, std::vector<std::string>> known{};
};
struct ShowOptions {
    std::string run{};
    bool wire = false, is_followed = false;
};
struct WhyOptions {
    std::string job{}, time{};  ///< empty time: the job's live, else latest run
};
struct VerifyOptions {};
struct SchemaOptions {};
struct StopAllOptions {
    bool offline = false, due = false;
    std::string timeout = "10m", reason = "stopped by an operator while the daemon was down";
};
struct DischargeCommand {
    std::string run{}, reason{};
};
struct HoldOptions {
    std::string provider{}, job{};  ///< neither: everything
    std::string length{}, until{};  ///< neither: until it is released
    std::string reason{};
    bool stop = false, yes = false;
};
struct ReleaseOptions {
    std::string provider{}, job{}, reason{};
};
struct HoldsOptions {};
struct StatusOptions {
    bool is_watched = false, is_check = false;
};
struct JobsOptions {
    std::string job{}, provider{}, label{};
    int limit = 50;
    bool is_watched = false;
};
struct StartOptions {
    std::string job{};
    std::string length{};  ///< empty: as the job says
    std::string reason{}, key{};
    bool is_waiting = false, is_left = false;
    std::string timeout{};  ///< empty: none
};
struct StopOptions {
    std::string run{};  ///< a run or a job; empty: one of the next
    std::string provider{}, job{}, label{};
    bool all = false, yes = false;
    std::string reason{}, summary{};
    bool is_expected = false, is_not_expected = false;  ///< neither: as the config says
    bool is_waiting = false;
    std::string timeout{};  ///< empty: none
};
struct PauseOptions {
    std::string run{}, reason{};
};
struct ResumeOptions {
    std::string run{}, reason{};
};
struct DisableOptions {
    std::string job{};
    std::string length{}, until{};  ///< neither: until it is enabled
    std::string reason{};
};
struct EnableOptions {
    std::string job{};
};
struct ReloadOptions {
    bool is_rehearsal = false;
};
struct ProvidersOptions {
    std::string retry{};  ///< a provider's name; empty: all are listed
    bool is_watched = false;
};
struct ActionsOptions {
    std::string since{}, actor{};
    int limit = 50;
};
struct LogOptions {
    std::string level{}, length{};  ///< empty length: until it is set again or taktd restarts
};
struct NotifyOptions {
    std::string target{};  ///< empty: all
};
struct DashboardOptions {
    bool is_viewer = false;
};
struct SalvageOptions {
    std::string to{};
};
struct ClockOptions {
    std::string reason{};  ///< empty: only shown what would be done
};

struct Options {
    std::string config;  ///< empty: not given
    std::string socket;  ///< empty: not given
    std::string db;      ///< empty: not given
    bool json = false;
    std::variant<CheckOptions, CronOptions, PlanOptions, RunsOptions, ShowOptions, WhyOptions, VerifyOptions,
                 SchemaOptions, StopAllOptions, DischargeCommand, HoldOptions, ReleaseOptions, SalvageOptions,
                 ClockOptions, HistoryOptions, ForeignOptions, CompletionOptions, CompleteOptions, HoldsOptions,
                 StatusOptions, JobsOptions, StartOptions, StopOptions, PauseOptions, ResumeOptions, DisableOptions,
                 EnableOptions, ReloadOptions, ProvidersOptions, ActionsOptions, LogOptions, DashboardOptions,
                 EventsOptions, NotifyOptions>
        command;

    std::string config_path() const { return config.empty() ? kDefaultConfig : config; }
};

}  // namespace taktd::ctl
