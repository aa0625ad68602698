// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/manual.hpp"

#include <CLI/CLI.hpp>

#include "daemon/store/queries.hpp"

namespace taktd::ctl {
namespace {

constexpr int kCountMax = 100'000;

constexpr const char* kTimes =
    "Times: now, +2h, -2h, today, \"2026-12-01 02:00\" (in your zone: $TZ, else /etc/localtime), or RFC 3339 such as\n"
    "2026-12-01T02:00:00+08:00.\n";
constexpr const char* kStoreNote =
    "The store is named by --db, or is the config's store.path. It is opened read-only, whether the daemon runs or "
    "not.\n";
constexpr const char* kSourceNote =
    "A living taktd is asked through its socket. Where none answers, its store is read, and stderr says as of when;\n"
    "--db reads that store even while taktd runs.\n";

void describe_scope(CLI::App& app, std::string& provider, std::string& job) {
    CLI::Option* of_provider = app.add_option("--provider", provider, "of this provider's jobs only");
    CLI::Option* of_job = app.add_option("--job", job, "of this job only");
    of_provider->type_name("P")->excludes(of_job);
    of_job->type_name("JOB");
}

constexpr const char* kHoldNote =
    "A living taktd is asked through its socket. Where none answers, or --db is given, the store is changed: the one "
    "of --db,\nor the config's store.path.\n\n"
    "JSON: {\"holds\": [{\"scope\", \"reason\", \"actor\", \"since\", \"until\"}, ...]}, those that are engaged "
    "then; scope is \"\" (everything),\n\"provider:P\" or \"job:JOB\".\n\n";

}  // namespace

void describe_end(CLI::App& app, std::string& length, std::string& until, const std::string& otherwise) {
    CLI::Option* of_length = app.add_option("--for", length, "for so long (" + otherwise + ")");
    CLI::Option* of_end = app.add_option("--until", until, "until then");
    of_length->type_name("D")->excludes(of_end);
    of_end->type_name("TIME");
}

void describe_program(CLI::App& app) {
    app.description("taktctl is the command line of taktd, which starts and stops scheduled tasks at their providers.");
    app.footer(
        "taktctl COMMAND --help tells everything about a command. Options may come before or after it.\n\n"
        "Tables are in colour on a terminal only, and not if NO_COLOR is set.\n\n"
        "Exit status: 0 done; 1 refused or failed; 2 usage; 3 the daemon cannot be reached.");
}

void add_global_options(CLI::App& app, Options& options) {
    const std::string group = "Options of every command";
    app.add_option("--config", options.config, "the config file (" + std::string{kDefaultConfig} + ")")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--db", options.db, "the store itself; read-only, but for the commands that change one")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--socket", options.socket, "the daemon's socket (the config's control.socket)")
        ->type_name("PATH")
        ->group(group);
    app.add_option_function<std::string>(
           "--output", [&options](const std::string& format) { options.json = format == "json"; },
           "table or json (table)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"table", "json"}).description(""))
        ->group(group);
}

void describe(CLI::App& app, CheckOptions& check) {
    app.description(
        "Validates a config: prints every error with its line and what to write instead; if there is none,\n"
        "the next three windows of each job, and the warnings.");
    app.add_option("FILE", check.file, "the config; the default is that of --config")->type_name("");
    app.add_flag("--strict", check.strict, "treat warnings as errors");
    app.add_flag("--secrets", check.secrets,
                 "also read every secret, as the daemon would, and say which cannot be read; values are never shown");
    app.add_flag(
        "--connect", check.connect,
        "also read every configured task from its provider, within the rate limits, and say what it is called\n"
        "and what it does; nothing is started");
    app.add_option("--resolved", check.resolved,
                   "print this job as YAML after defaults and template are merged into it, each key with the file and\n"
                   "line that it comes from")
        ->type_name("JOB");
    app.footer(
        "Windows are shown in each job's own zone and in UTC. References to secrets are checked for their form\n"
        "only, unless --secrets or --connect is given.\n\n"
        "JSON: {\"errors\": [{\"file\", \"line\", \"column\", \"message\"}, ...], \"warnings\": [...],\n"
        "\"jobs\": [{\"job\", \"provider\", \"task_key\", \"enabled\", \"windows\": [{\"start_due\", \"stop_due\"}, "
        "...]}, ...]}; with --connect\n"
        "\"tasks\": [{\"provider\", \"task_key\", \"jobs\", \"name\", \"remote_state\", \"problem\"}, ...]; with "
        "--resolved \"job\" and\n"
        "\"keys\": [{\"key\", \"value\", \"file\", \"line\", \"default\"}, ...] instead of \"jobs\".\n\n"
        "Exit status: 0 no error; 1 errors, a secret or a task that cannot be read, or a task of another name than\n"
        "expect_name; 2 usage.\n\n"
        "Example: taktctl check --strict config/taktd.yaml");
}

void describe(CLI::App& app, CronOptions& cron) {
    app.description("Says what a cron expression means and when it fires next.");
    app.add_option("EXPR", cron.expression, "the expression, in quotes")->type_name("")->required();
    app.add_option("--time-zone", cron.time_zone, "the zone in which it is read (UTC)")->type_name("ZONE");
    app.add_option("--from", cron.from, "instants strictly after this one (now)")->type_name("TIME");
    app.add_option("--count", cron.count, "how many instants (5)")
        ->type_name("N")
        ->check(CLI::Range(1, kCountMax).description(""));
    app.footer(std::string{"Five fields (minute hour day-of-month month day-of-week), six with seconds first, seven "
                           "with the year last;\n"
                           "names, ranges, steps, lists, L, W, #; @hourly, @daily, @weekly, @monthly, @yearly. Both "
                           "day fields set: either\n"
                           "matches. Where clocks change: a fixed time (no wildcard and no step in second, minute and "
                           "hour) that does not\n"
                           "exist fires at the first instant after the gap, one that comes twice fires the first time; "
                           "any other pattern\n"
                           "follows elapsed time.\n\n"} +
               kTimes +
               "\nJSON: {\"next\": [\"2026-11-22T02:00:00Z\", ...]}, empty if it never fires again.\n\n"
               "Exit status: 0 done; 1 the expression is wrong; 2 usage.\n\n"
               "Example: taktctl cron \"0 2 * * 1-5\" --time-zone Europe/Berlin --from 2026-10-24 --count 3");
}

void describe(CLI::App& app, PlanOptions& plan) {
    app.description("Says what the config would start and stop, and what it would skip and why.");
    app.add_option("--from", plan.from, "windows that start at this instant or later (now)")->type_name("TIME");
    app.add_option("--until", plan.until, "and before this one (a day after --from)")->type_name("TIME");
    app.add_option("--job", plan.job, "of this job only (every job)")->type_name("JOB");
    app.footer(
        std::string{"The daemon's own engine makes the plan, run ahead of time over what the store holds now (live "
                    "runs, holds,\n"
                    "what is disabled), against vendors that obey at once. Without a store, or from a past instant on, "
                    "nothing\n"
                    "is supposed to run at first. A skip names the rule: disabled, hold, overlap, task_busy, "
                    "window_too_short,\n"
                    "misfire (the provider's limiter lets it wait past its grace). Notes tell where clocks change, "
                    "what a start\n"
                    "or a stop waits for, and which windows DST makes longer or shorter.\n\n"} +
        kTimes +
        "\nJSON: {\"windows\": [{\"job\", \"start_due\", \"stop_due\", \"skip\", \"notes\"}, ...]}; skip is null where "
        "it "
        "starts.\n\n"
        "Exit status: 0 done; 1 the config has errors, or no such job; 2 usage.\n\n"
        "Example: taktctl plan --from today --until +7d --job checkout-nightly");
}

void describe(CLI::App& app, RunsOptions& runs) {
    app.description("Lists runs, newest start first.");
    app.add_option("--job", runs.job, "of this job")->type_name("JOB");
    app.add_option("--state", runs.states,
                   "in this state: due, starting, running, stopped, failed, skipped ...; may be given several times")
        ->type_name("STATE")
        ->allow_extra_args(false);
    app.add_flag("--live", runs.is_live, "that have not ended");
    app.add_flag("--overdue", runs.is_overdue, "that should have been stopped, and are still owed their stop");
    app.add_option("--since", runs.since, "due to start at this instant or later")->type_name("TIME");
    app.add_option("--until", runs.until, "and before this one")->type_name("TIME");
    app.add_option("--provider", runs.provider, "of this provider")->type_name("P");
    app.add_option("--reason", runs.reason, "with this reason: schedule, operator, hold ...")->type_name("R");
    app.add_flag("--watch", runs.is_watched, "anew every second, until interrupted");
    app.add_option("--label", runs.label, "of jobs with this label")->type_name("NAME=VALUE");
    app.add_option("--limit", runs.limit,
                   "at most so many (" + std::to_string(kListDefault) + "; " + std::to_string(kListMax) + " in JSON)")
        ->type_name("N")
        ->check(CLI::Range(1, kListMax).description(""));
    app.footer(
        std::string{kTimes} + kSourceNote +
        "RUN is the end of a run's id, which `taktctl show` takes.\n\n"
        "JSON: {\"runs\": [...]}; members have the names of the store's columns without _ns, instants are RFC 3339\n"
        "in UTC, boot times are seconds since that boot.\n\n"
        "Exit status: 0 done; 1 failed; 2 usage; 3 no store is named and the daemon cannot be asked,\n"
        "or taktd has not yet brought the store to this version.\n\n"
        "Example: taktctl runs --db /var/lib/taktd/taktd.db --state failed --since -7d");
}

void describe(CLI::App& app, ShowOptions& show) {
    app.description(
        "Shows the history of a run: its facts, then each transition and each call to the provider in order.");
    app.add_option("RUN", show.run,
                   "a run's full id; its end, 4 characters or more, if no other run's id ends so;\n"
                   "JOB for the job's live, else latest run; or JOB@TIME for that of an occurrence")
        ->type_name("")
        ->required();
    app.add_flag("--wire", show.wire, "with the requests and answers");
    app.add_flag("--follow", show.is_followed, "go on with what happens until it has ended; asks a living taktd");
    app.footer(std::string{kTimes} + kSourceNote +
               "Requests and answers are kept up to 4 KiB each, without headers, with secrets replaced.\n\n"
               "JSON: {\"run\": {...}, \"transitions\": [...], \"calls\": [...]}, as for `taktctl runs`.\n\n"
               "Exit status: 0 done; 1 no such run, or failed; 2 usage; 3 no store is named and the daemon cannot be "
               "asked,\nor taktd has not yet brought the store to this version.\n\n"
               "Example: taktctl show checkout-nightly@2026-12-01T02:00:00+08:00 --wire");
}

void describe(CLI::App& app, WhyOptions& why) {
    app.description(
        "Says what became of a job's occurrence, and why: its disposition, the rules in the order in which they "
        "were\nasked with the facts that decided, when and on what it was started, what ended it.");
    app.add_option("JOB", why.job, "the job; or RUN or JOB@TIME, as for `taktctl show`")->type_name("")->required();
    app.add_option("TIME", why.time, "when its start was due, to the minute or the second (the live, else latest run)")
        ->type_name("");
    app.footer(std::string{kTimes} + kStoreNote +
               "An instant that is no start of the job is answered with those before and after it; one in the future "
               "with what it\nwould be as things are now, for which the config is needed, too.\n\n"
               "JSON: {\"why\": {\"job\", \"occurrence\", \"disposition\", \"reason\", \"because\", \"rules\": "
               "[{\"rule\", \"facts\", \"decided\"}, ...],\n\"start_sent\", \"late\", \"run\", \"gap\", \"before\", "
               "\"after\", \"others\", \"watermark\"}}; disposition is started, skipped,\nfailed, cancelled, due, "
               "counted (missed, in a gap's row), pending (due, nothing written down yet), expected, none (no\n"
               "occurrence) or unknown.\n\n"
               "Exit status: 0 done; 1 no such job, or failed; 2 usage; 3 no store is named and the daemon cannot be "
               "asked,\nor taktd has not yet brought the store to this version.\n\n"
               "Example: taktctl why checkout-nightly \"2026-12-01 02:00\" --db /var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, VerifyOptions& /*verify*/) {
    app.description(
        "Checks a store against the rules that always hold: one effective start per occurrence, no obligation\n"
        "without its stop plan, one open obligation per task, legal and gap-free transitions, rates.");
    app.footer(
        std::string{kStoreNote} +
        "\nJSON: {\"violations\": [{\"rule\", \"run_id\", \"job\", \"text\"}, ...]}.\n\n"
        "Exit status: 0 no violation; 1 violations, or failed; 2 usage; 3 no store is named and the daemon cannot be\n"
        "asked, or taktd has not yet brought the store to this version (nothing is checked, nothing is damaged).\n\n"
        "Example: taktctl verify --db /var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, SchemaOptions& /*schema*/) {
    app.description(
        "Prints the JSON Schema (draft-07) of a config, for editors: completion, help and errors while you type.");
    app.footer(
        "An editor with yaml-language-server finds it by the config's first line:\n"
        "  # yaml-language-server: $schema=taktd.schema.json\n"
        "An included file says: $schema=../taktd.schema.json#/definitions/included_file\n\n"
        "What one key says of another (a provider that is not there, a stop before its start), zones and the fields "
        "of\n"
        "cron strings are beyond a schema: `taktctl check` has the last word.\n\n"
        "Exit status: 0 done; 2 usage.\n\n"
        "Example: taktctl schema > /etc/taktd/taktd.schema.json");
}

void describe(CLI::App& app, StopAllOptions& stop_all) {
    app.description(
        "Delivers what a dead daemon owes: stops every run that is owed a stop, from the stop plans in its store,\n"
        "within the rate limits. The config is not needed; secrets are read where the plans say.");
    app.add_flag("--offline", stop_all.offline, "required: the daemon is down; for a living one: `taktctl stop --all`");
    app.add_flag("--due", stop_all.due,
                 "only runs whose stop is due; nothing due, or a daemon at work: exit 0 at once (for a timer)");
    app.add_option("--timeout", stop_all.timeout, "how long to go on trying (" + stop_all.timeout + ")")
        ->type_name("D");
    app.add_option("--reason", stop_all.reason, "why runs are stopped before their time; kept with them")
        ->type_name("TEXT");
    app.footer(
        "The store is named by --db, or is the config's store.path; it must not be in use by a daemon. A run is "
        "finished\n"
        "once its task is seen to have ended. Everything is recorded as the daemon would record it, so the next "
        "daemon\n"
        "continues from there. Progress is printed on stderr. Run it as the daemon's user, with the secrets that the\n"
        "daemon has.\n\n"
        "JSON: {\"runs\": [...], \"problems\": [...], \"timed_out\", \"interrupted\"}; runs as for `taktctl runs`, "
        "each as it "
        "was\nleft.\n\n"
        "Exit status: 0 nothing (due) is owed any more; 1 something is, or secrets cannot be read, or the store is in "
        "use;\n"
        "2 usage.\n\n"
        "Example: sudo -u taktd taktctl stop-all --offline --db /var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, DischargeCommand& discharge) {
    app.description(
        "Takes over from taktd the obligation to stop a run: the run is `failed (discharged)`, and nothing stops it "
        "any\n"
        "more. For tasks that are known to have ended and cannot be asked. Who did so and why is kept with the run.");
    app.add_option("RUN", discharge.run, "as for `taktctl show`")->type_name("")->required();
    app.add_option("--reason", discharge.reason, "how you know that the task does not run")
        ->type_name("TEXT")
        ->required();
    app.footer(
        "A living taktd is asked through its socket. Where none answers, or --db is given, the store is changed: the "
        "one of\n--db, or the config's store.path. Nothing is sent.\n\n"
        "JSON: {\"runs\": [the run]}.\n\n"
        "Exit status: 0 done; 1 the run owes no stop, or failed; 2 usage; 3 a daemon holds the store.\n\n"
        "Example: taktctl discharge 00003dde --reason \"ended in the console, ticket 4711\" --db "
        "/var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, HoldOptions& hold) {
    app.description(
        "Engages the kill switch: no start is made while it is engaged (those that fall due are skipped: hold); stops\n"
        "go out as usual. It is on everything, unless a provider or a job is named.");
    describe_scope(app, hold.provider, hold.job);
    describe_end(app, hold.length, hold.until, "until it is released");
    app.add_option("--reason", hold.reason, "why; shown with every start that is skipped")
        ->type_name("TEXT")
        ->required();
    app.add_flag("--stop", hold.stop, "also stop what runs there, in the same step: no start slips in between");
    app.add_flag("--yes", hold.yes, "stop it without asking; needed where there is no terminal to ask on");
    app.footer(std::string{kTimes} + kHoldNote +
               "Exit status: 0 done; 1 no such job or provider in the config, or failed; 2 usage; 3 a daemon holds the "
               "store.\n\n"
               "Example: taktctl hold --reason \"restored from the backup of Monday\" --db /var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, ReleaseOptions& release) {
    app.description("Releases a hold: starts that fall due from then on are made again.");
    describe_scope(app, release.provider, release.job);
    app.add_option("--reason", release.reason, "why; kept in the audit of a living daemon")->type_name("TEXT");
    app.footer(std::string{kHoldNote} +
               "Exit status: 0 done; 1 no such hold is engaged, or failed; 2 usage; 3 a daemon holds the store.\n\n"
               "Example: taktctl release --db /var/lib/taktd/taktd.db");
}

void describe(CLI::App& app, SalvageOptions& salvage) {
    app.description(
        "Copies what can be read of a damaged store into a new one, row by row, and prints what was lost. A run that "
        "may\n"
        "be running stays owed its stop; a hold on everything keeps the new store from starting anything.");
    app.add_option("--to", salvage.to, "the new store; must not exist")->type_name("FILE")->required();
    app.footer(
        "The damaged store is named by --db, or is the config's store.path; it is only read, and no daemon may use "
        "it.\n"
        "Then follow what it prints: verify the new store, put it in the old one's place, start taktd, release the "
        "hold when all\n"
        "is well.\n\n"
        "JSON: {\"copied\": {TABLE: N, ...}, \"owed\": N, \"lost\": [...], \"repaired\": [...]}.\n\n"
        "Exit status: 0 there is a new store, however much was lost; 1 there is none; 2 usage.\n\n"
        "Example: taktctl salvage --db /var/lib/taktd/taktd.db --to /var/lib/taktd/salvaged.db");
}

void describe(CLI::App& app, ClockOptions& clock) {
    app.description(
        "For a store whose machine's clock was once ahead: nothing is started until the clock has passed the store's\n"
        "newest instant, even if that takes years. Shows what lies ahead of the clock; with --reason it takes the time "
        "back to "
        "now.");
    app.add_option("--reason", clock.reason, "do it, and keep this with the store: why the clock was ahead")
        ->type_name("TEXT");
    app.footer(
        "The store is named by --db, or is the config's store.path; to change it, the daemon must be down. Make sure "
        "that the\nclock is right now. Schedules count from now on. What ran under the wrong clock stays as it is and "
        "does not run\nagain; what was only skipped then comes when its time has come. Every stop that is owed stays "
        "owed.\n\n"
        "JSON: {\"clock\", \"newest\", \"ahead\", \"done\", \"jobs\": [{\"job\", \"watermark\"}, ...], "
        "\"runs_ahead\", \"due_runs\",\n\"owed_stops\"}.\n\n"
        "Exit status: 0 nothing lies ahead, or shown, or done; 1 failed; 2 usage; 3 a daemon holds the store.\n\n"
        "Example: taktctl clock --reason \"dead RTC battery, ticket 4711\" --db /var/lib/taktd/taktd.db");
}

}  // namespace taktd::ctl
