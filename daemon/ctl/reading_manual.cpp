// SPDX-License-Identifier: Apache-2.0
// The manual of the commands that list what was and what completes words.
#include <CLI/CLI.hpp>

#include "daemon/ctl/manual.hpp"

namespace taktd::ctl {
namespace {

constexpr int kHistoryMax = 10'000'000;

constexpr const char* kSource =
    "A living taktd is asked through its socket. Where none answers, its store is read, and stderr says as of when;\n"
    "--db reads that store even while taktd runs.\n\n";
constexpr const char* kReadingExits =
    "Exit status: 0 done; 1 no such job, or failed; 2 usage; 3 no store is named.\n\n";

}  // namespace

void describe(CLI::App& app, EventsOptions& events) {
    app.description("Tells what happens, as it happens, until it is interrupted.");
    app.add_option("--since", events.since, "tell first the transitions since this instant")->type_name("TIME");
    app.add_option("--job", events.job, "what is about this job, or about none")->type_name("JOB");
    app.add_option("--run", events.run, "what is about this run alone; as for `taktctl show`")
        ->type_name("RUN")
        ->excludes("--job");
    app.add_option("--provider", events.provider, "what is about this provider, or about none")->type_name("P");
    app.add_option("--types", events.types,
                   "these alone, with commas: transition, call, query, overdue, recovered, holds, job, config,\n"
                   "store, foreign, providers, status (all but query, providers and status)")
        ->type_name("TYPES");
    app.footer(
        "A stream that is cut is resumed at that point, also after a restart of taktd; stderr says so. If it\n"
        "cannot be resumed, the transitions that it lost are read from the store, each once, and stderr says what\n"
        "else is missing.\n\n"
        "JSON: {\"event\", \"id\", \"data\"}, one a line; data as in docs/api.md, id null for what comes from the "
        "store.\n\n"
        "Exit status: 0 whoever reads has gone; 1 refused; 2 usage; 3 the daemon cannot be reached; 130, 143 "
        "interrupted\nby SIGINT, SIGTERM.\n\n"
        "Example: taktctl events --since -10m --job checkout-load-sg");
}

void describe(CLI::App& app, HistoryOptions& history) {
    app.description("Exports the transitions of all runs, in order of time.");
    app.add_option("--since", history.since, "from this instant on")->type_name("TIME");
    app.add_option("--until", history.until, "and before this one")->type_name("TIME");
    app.add_option("--job", history.job, "of this job")->type_name("JOB");
    app.add_option("--format", history.format, "table, json or csv (table)")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"table", "json", "csv"}).description(""));
    app.add_option("--limit", history.limit, "at most so many (1000000)")
        ->type_name("N")
        ->check(CLI::Range(1, kHistoryMax).description(""));
    app.footer(std::string{"CSV is as in RFC 4180, with a header.\n"} + kSource +
               "JSON: {\"transitions\": [{\"run_id\", \"seq\", \"from_state\", \"to_state\", \"at\", \"reason\", "
               "\"actor\", \"detail\", \"job\",\n\"provider\"}, ...]}\n\n" +
               kReadingExits + "Example: taktctl history --since -1d --format csv");
}

void describe(CLI::App& app, ForeignOptions& /*foreign*/) {
    app.description("Lists tasks of the config that run although no run of ours owes them a stop.");
    app.footer(std::string{kSource} +
               "JSON: {\"foreign\": [{\"task_key\", \"provider\", \"job\", \"first_seen\", \"last_seen\", "
               "\"remote_state\", \"token\"}, ...]}\n\n" +
               kReadingExits + "Example: taktctl foreign");
}

void describe(CLI::App& app, CompletionOptions& completion) {
    app.description("Prints the script that completes taktctl's words in a shell.");
    app.add_option("SHELL", completion.shell, "bash, zsh or fish")
        ->type_name("")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""));
    app.footer(
        "Jobs, runs, providers and labels are asked of a living taktd, which has 200 ms to answer.\n\n"
        "Exit status: 0 done; 2 usage.\n\n"
        "Example: taktctl completion bash > /etc/bash_completion.d/taktctl");
}

// For the shells' files alone.
void describe(CLI::App& app, CompleteOptions& complete) {
    app.group("");
    app.add_option("WORDS", complete.words)->type_name("");
}

}  // namespace taktd::ctl
