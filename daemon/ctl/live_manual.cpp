// SPDX-License-Identifier: Apache-2.0
// The manual of the commands that ask a living daemon.
#include <CLI/CLI.hpp>

#include "daemon/ctl/manual.hpp"

namespace taktd::ctl {
namespace {

constexpr const char* kDaemonNote =
    "taktd is asked through its socket: --socket, else the config's control.socket. JSON is what the API answers\n"
    "(docs/api.md). The actor is your login name; under sudo, the caller's.\n\n";
constexpr const char* kExits = "Exit status: 0 done; 1 refused or failed; 2 usage; 3 the daemon cannot be reached.\n\n";

void footer(CLI::App& app, const std::string& example, const std::string& more = {}) {
    app.footer(more + kDaemonNote + kExits + "Example: " + example);
}

}  // namespace

void describe(CLI::App& app, StatusOptions& status) {
    app.description("Says what runs, what is overdue, what is held, and how config and store are.");
    CLI::Option* watched = app.add_flag("--watch", status.is_watched, "anew every second, until interrupted");
    app.add_flag("--check", status.is_check, "only say what is wrong; exit status 1 if anything is")->excludes(watched);
    footer(app, "taktctl status --check",
           "--check is for monitoring: wrong is a run that is overdue, a provider that refuses our key, a store that\n"
           "cannot be written or is damaged, a clock that is behind the store, and a config or a reload that was\n"
           "refused. All is well: no output, exit status 0.\n\n");
}

void describe(CLI::App& app, JobsOptions& jobs) {
    app.description("Lists the jobs of the config: what each last did, and when it starts next.");
    app.add_option("JOB", jobs.job, "only those whose name holds this")->type_name("");
    app.add_option("--provider", jobs.provider, "of this provider only")->type_name("P");
    app.add_option("--label", jobs.label, "with this label only")->type_name("NAME=VALUE");
    app.add_option("--limit", jobs.limit, "at most so many (50)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000).description(""));
    app.add_flag("--watch", jobs.is_watched, "anew every second, until interrupted");
    footer(app, "taktctl jobs --label team=checkout");
}

void describe(CLI::App& app, StartOptions& start) {
    app.description("Starts a job now, whatever its schedule says; it is stopped in time as any run is.");
    app.add_option("JOB", start.job, "the job")->type_name("")->required();
    app.add_option("--for", start.length, "how long it runs (as its stop says)")->type_name("D");
    app.add_option("--reason", start.reason, "why; kept with the run")->type_name("TEXT");
    app.add_option("--key", start.key, "a key of this start: repeated with the same key, it is the same run")
        ->type_name("KEY");
    CLI::Option* wait = app.add_flag("--wait", start.is_waiting, "stay until the run has ended, and show what it does");
    app.add_flag("--leave", start.is_left, "interrupted, leave the run to taktd instead of stopping it")->needs(wait);
    app.add_option("--timeout", start.timeout, "stay no longer than this")->type_name("D")->needs(wait);
    footer(
        app, "taktctl start nightly-checkout-load --for 15m --wait",
        "--wait goes on through restarts of taktd. ^C stops the run, a second ^C leaves it to taktd. Exit status with\n"
        "--wait: 0 completed, or stopped on schedule; 1 failed, skipped, stopped otherwise, or still there after\n"
        "--timeout; 3 the same, and taktd does not answer. JSON: the events as of `taktctl events`, then one named\n"
        "end.\n\n"
        "Holds, overlaps and the other policies apply (docs/policies.md): taktctl says which of them forbids the "
        "start.\n\n");
}

void describe(CLI::App& app, StopOptions& stop) {
    app.description("Stops a run, every run of a job, of a provider, or all of them. What has ended is no error.");
    app.add_option("RUN", stop.run, "a run as for `taktctl show`, or a job: every live run of it")->type_name("");
    CLI::Option* job = app.add_option("--job", stop.job, "every live run of this job");
    CLI::Option* provider = app.add_option("--provider", stop.provider, "every live run of this provider");
    CLI::Option* label = app.add_option("--label", stop.label, "every live run of jobs with this label");
    CLI::Option* all = app.add_flag("--all", stop.all, "every live run");
    job->type_name("JOB")->excludes(provider)->excludes(label)->excludes(all);
    provider->type_name("P")->excludes(label)->excludes(all);
    label->type_name("NAME=VALUE")->excludes(all);
    app.add_flag("--yes", stop.yes, "stop many without showing first which they are");
    app.add_option("--reason", stop.reason, "why; kept with the runs, and needed for --provider, --label and --all")
        ->type_name("TEXT");
    CLI::Option* expected = app.add_flag("--expected", stop.is_expected, "the drill came out as expected");
    app.add_flag("--not-expected", stop.is_not_expected, "it did not")->excludes(expected);
    app.add_option("--summary", stop.summary, "how it came out, in place of the config's summary")->type_name("TEXT");
    CLI::Option* wait = app.add_flag("--wait", stop.is_waiting, "stay until the run has ended; for one run only");
    wait->excludes(job)->excludes(provider)->excludes(label)->excludes(all);
    app.add_option("--timeout", stop.timeout, "stay no longer than this")->type_name("D")->needs(wait);
    footer(
        app, "taktctl stop checkout-load-sg --reason \"customers notice\"",
        "A stop goes out again and again until the task is seen to have ended; one that is asked for again goes\n"
        "again at once. --provider, --label and --all show what they would stop and ask; without a terminal they do\n"
        "nothing without --yes but say so. --expected, --not-expected and --summary are kept with the stop and told "
        "to\n"
        "a vendor that asks for them (Tencent CFG). --wait goes on through restarts of taktd; ^C leaves the stop to "
        "taktd. "
        "Exit\n"
        "status with --wait: 0 ended; 1 failed, or still there after --timeout; 3 the same, and taktd does not\n"
        "answer.\n\n");
}

void describe(CLI::App& app, PauseOptions& pause) {
    app.description("Pauses a run, where its provider can. Its stop stays due.");
    app.add_option("RUN", pause.run, "as for `taktctl show`")->type_name("")->required();
    app.add_option("--reason", pause.reason, "why; kept with the run")->type_name("TEXT");
    footer(app, "taktctl pause az-failure-drill");
}

void describe(CLI::App& app, ResumeOptions& resume) {
    app.description("Resumes a paused run.");
    app.add_option("RUN", resume.run, "as for `taktctl show`")->type_name("")->required();
    app.add_option("--reason", resume.reason, "why; kept with the run")->type_name("TEXT");
    footer(app, "taktctl resume az-failure-drill");
}

void describe(CLI::App& app, DisableOptions& disable) {
    app.description("Keeps a job from starting: starts that fall due are skipped. Live runs go on.");
    app.add_option("JOB", disable.job, "the job")->type_name("")->required();
    describe_end(app, disable.length, disable.until, "until it is enabled");
    app.add_option("--reason", disable.reason, "why; shown with every start that is skipped")
        ->type_name("TEXT")
        ->required();
    footer(app, "taktctl disable search-smoke-sh --until tomorrow --reason \"scenario is broken\"");
}

void describe(CLI::App& app, EnableOptions& enable) {
    app.description("Lets a disabled job start again.");
    app.add_option("JOB", enable.job, "the job")->type_name("")->required();
    footer(app, "taktctl enable search-smoke-sh");
}

void describe(CLI::App& app, HoldsOptions& /*holds*/) {
    app.description("Lists the holds that are engaged.");
    footer(app, "taktctl holds");
}

void describe(CLI::App& app, DashboardOptions& dashboard) {
    app.description("Prints an address that opens the dashboard under your name.");
    app.add_flag("--viewer", dashboard.is_viewer, "only to look");
    footer(app, "taktctl dashboard",
           "The address holds a login code: it is valid once, within a minute, for a session of 12 hours. The config\n"
           "must have control.http. Over SSH it also prints the command for a tunnel.\n\n");
}

void describe(CLI::App& app, ReloadOptions& reload) {
    app.description(
        "Makes taktd read the config again. A config with errors is refused as a whole, and the one in force stays.");
    app.add_flag("--dry-run", reload.is_rehearsal, "only say what would change");
    footer(app, "taktctl reload --dry-run");
}

void describe(CLI::App& app, ProvidersOptions& providers) {
    app.description("Shows each provider's limiter, what waits for it, and its last error.");
    CLI::App& retry = *app.add_subcommand("retry", "try a provider now that refuses our key");
    retry.fallthrough();
    retry.add_option("P", providers.retry, "the provider")->type_name("")->required();
    app.add_flag("--watch", providers.is_watched, "anew every second, until interrupted");
    app.require_subcommand(0, 1);
    footer(app, "taktctl providers retry perf-sg",
           "WAITING counts requests that wait for a permit. A provider that refuses our key skips its starts and is\n"
           "tried more and more slowly; `retry` reads its secrets again and tries it at once.\n\n");
}

void describe(CLI::App& app, ActionsOptions& actions) {
    app.description("Lists who did what, newest first: every command that was carried out, with its reason.");
    app.add_option("--since", actions.since, "from this instant on: a time, -2h, yesterday")->type_name("T");
    app.add_option("--actor", actions.actor, "by this person only")->type_name("A");
    app.add_option("--limit", actions.limit, "at most so many (50)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000).description(""));
    footer(app, "taktctl actions --since today");
}

void describe(CLI::App& app, NotifyOptions& notify) {
    app.description("Sends a test notification to the targets of `notify`.");
    CLI::App& test = *app.add_subcommand("test", "tell a target, or all, that it can be reached");
    test.fallthrough();
    test.add_option("TARGET", notify.target, "its name")->type_name("");
    app.require_subcommand(1);
    footer(app, "taktctl notify test ops-feishu", "Exit status 0: each of them has taken it.\n\n");
}

void describe(CLI::App& app, LogOptions& log) {
    app.description("Makes a living taktd log more, or less.");
    app.add_option("LEVEL", log.level, "debug, info, warning or error")->type_name("")->required();
    app.add_option("--for", log.length, "then as taktd was started (until it restarts)")->type_name("D");
    footer(app, "taktctl log debug --for 10m");
}

}  // namespace taktd::ctl
