// SPDX-License-Identifier: Apache-2.0
// One list per mapping. Whoever adds a key adds it here, to the loader and to config/taktd.yaml; the tests say what was
// forgotten.
#include "daemon/settings/sections/config_keys.hpp"

#include "daemon/settings/values/fields.hpp"

namespace taktd {
namespace {

using Kind = ConfigKey::Kind;

constexpr std::int64_t kBurstMax = 1000;
constexpr std::int64_t kOneMs = 1, kTimeoutMinMs = 10, kPeriodMinMs = 100, kOneSecondMs = 1000;

std::vector<ConfigKey> top_keys() {
    return {
        {.name = "version", .kind = Kind::composed, .help = "Version of the config language.", .required = true},
        {.name = "time_zone",
         .kind = Kind::zone,
         .help = "Zone of every schedule and time that names no other; an IANA name.",
         .default_json = R"("UTC")"},
        {.name = "include",
         .kind = Kind::composed,
         .help = "Files with more providers, defaults, templates and jobs: paths or patterns such as `jobs.d/*.yaml`, "
                 "relative to this file."},
        {.name = "store", .kind = Kind::composed, .help = "Where runs are kept, and for how long."},
        {.name = "control", .kind = Kind::composed, .help = "How taktctl reaches the daemon."},
        {.name = "notify", .kind = Kind::composed, .help = "Who is told of what happens.", .default_words = "nobody"},
        {.name = "providers", .kind = Kind::composed, .help = "Accounts at vendors, by name."},
        {.name = "defaults",
         .kind = Kind::composed,
         .help = "Keys that every job of every file has unless it, or its template, says otherwise."},
        {.name = "templates",
         .kind = Kind::composed,
         .help = "Parts of jobs, by name; a job takes one over with `use`."},
        {.name = "jobs", .kind = Kind::composed, .help = "What starts and stops, by name. `{}`: nothing."},
    };
}

std::vector<ConfigKey> store_keys() {
    return {
        {.name = "path",
         .kind = Kind::path,
         .help = "The SQLite file, relative to this file; a change takes effect at the next start of the daemon.",
         .default_json = R"("/var/lib/taktd/taktd.db")",
         .max = kPathBytesMax},
        {.name = "retention",
         .kind = Kind::duration,
         .help = "Finished runs older than this are pruned; a run that is owed a stop never is.",
         .default_json = R"("90d")",
         .min = kOneSecondMs},
    };
}

std::vector<ConfigKey> control_keys() {
    return {{.name = "socket",
             .kind = Kind::path,
             .help = "The socket for taktctl; who may use it is a matter of its file mode.",
             .default_json = R"("/run/taktd/control.sock")",
             .max = kSocketPathBytesMax},
            {.name = "http",
             .kind = Kind::composed,
             .help = "The API on TCP, for the dashboard and for programs.",
             .default_words = "none"}};
}

std::vector<ConfigKey> http_keys() {
    return {
        {.name = "listen",
         .kind = Kind::composed,
         .help = "Address and port: `127.0.0.1:8484`, `[::1]:8484`, `localhost:8484`. An address other than this "
                 "machine's own requires `tls`.",
         .required = true},
        {.name = "tokens",
         .kind = Kind::composed,
         .help = "References to the secrets that callers show, by role; each at least 20 characters."},
        {.name = "hosts",
         .kind = Kind::composed,
         .help = "What a reverse proxy calls taktd, as a Host header says it: `[taktd.example.com]`.",
         .default_words = "none"},
        {.name = "metrics",
         .kind = Kind::choice,
         .help = "Whether `/metrics` requires a token like everything else, or is open to anybody who can connect.",
         .default_json = R"("token")",
         .one_of = {"token", "open"}},
        {.name = "tls", .kind = Kind::composed, .help = "Serves HTTPS.", .default_words = "none"},
    };
}

std::vector<ConfigKey> tls_keys() {
    return {
        {.name = "certificate",
         .kind = Kind::path,
         .help = "A file in PEM: the certificate, then those between it and its root.",
         .required = true,
         .max = kPathBytesMax},
        {.name = "key",
         .kind = Kind::composed,
         .help = "Its private key, in PEM, without a password.",
         .required = true},
    };
}

std::vector<ConfigKey> token_keys() {
    return {
        {.name = "operator", .kind = Kind::composed, .help = "May do what taktctl may."},
        {.name = "viewer", .kind = Kind::composed, .help = "May look."},
    };
}

std::vector<ConfigKey> notify_keys() {
    return {
        {.name = "defaults", .kind = Kind::composed, .help = "`events` and `locale` of targets that do not set them."},
        {.name = "targets", .kind = Kind::composed, .help = "The targets, by name; at most 16."}};
}

std::vector<ConfigKey> notify_default_keys() {
    return {
        {.name = "events",
         .kind = Kind::composed,
         .help = "What is told: groups (`overdue`, `failed`, `missed`, `unauthorized`, `store`, `hold`, `foreign`, "
                 "`config`, `life`, `all`) and types such as `run.started`.",
         .default_words = "[overdue, failed, missed, unauthorized, store, hold]"},
        {.name = "locale",
         .kind = Kind::choice,
         .help = "The language of the texts.",
         .default_json = R"("en")",
         .one_of = {"en", "zh"}},
    };
}

std::vector<ConfigKey> notify_target_keys() {
    std::vector<ConfigKey> keys = {
        {.name = "kind",
         .kind = Kind::choice,
         .help = "What the target is.",
         .required = true,
         .one_of = {"webhook", "dingtalk", "feishu", "wecom", "slack", "ntfy", "command"}},
        {.name = "url",
         .kind = Kind::composed,
         .help = "The target's address. A robot's address is a secret, so it must be a reference; that of a webhook or "
                 "of ntfy may be written here. `command` has none."},
        {.name = "secret",
         .kind = Kind::composed,
         .help = "A reference to the key of `webhook`, `dingtalk`, `feishu`. A webhook's is `whsec_` and base64; two, "
                 "`[new, old]`, while it is changed."},
        {.name = "token", .kind = Kind::composed, .help = "A reference to the access token of `ntfy`."},
        {.name = "topic", .kind = Kind::composed, .help = "The topic of `ntfy`."},
        {.name = "mention",
         .kind = Kind::composed,
         .help = "Whom `dingtalk`, `feishu`, `wecom`, `slack` call for a critical event: `all`, or a phone number or "
                 "user id."},
        {.name = "argv",
         .kind = Kind::composed,
         .help = "The program of `command` and its arguments; no shell reads them."},
        {.name = "providers", .kind = Kind::composed, .help = "Only what happens at these.", .default_words = "all"},
        {.name = "labels",
         .kind = Kind::composed,
         .help = "Only what happens to jobs with all of these labels.",
         .default_words = "all"},
    };
    for (const ConfigKey& key : notify_default_keys()) keys.push_back(key);
    for (ConfigKey& key : keys) {
        if (key.name == "events" || key.name == "locale") {
            key.default_json = {};
            key.default_words = "that of `defaults`";
        }
    }
    return keys;
}

std::vector<ConfigKey> provider_keys() {
    return {
        {.name = "type", .kind = Kind::composed, .help = "The vendor's service.", .required = true},
        {.name = "region", .kind = Kind::composed, .help = "The vendor's region; it may contain `${env:NAME}`."},
        {.name = "endpoint",
         .kind = Kind::composed,
         .help = "Where requests go: `https://host` or `https://host:port`, plain `http://` for this machine's own "
                 "addresses only; it may contain `${env:NAME}`.",
         .default_words = "the vendor's"},
        {.name = "credentials",
         .kind = Kind::composed,
         .help = "References to the account's secrets; a config never holds a secret itself.",
         .required = true},
        {.name = "rate_limit",
         .kind = Kind::composed,
         .help = "The most requests that the account may get; providers with one endpoint and key share it.",
         .default_words = "the type's"},
        {.name = "timeout",
         .kind = Kind::duration,
         .help =
             "How long one request may take; at most 10m, for a stop without an answer is sent again only after it.",
         .default_json = R"("10s")",
         .min = kTimeoutMinMs},
        {.name = "poll_interval",
         .kind = Kind::duration,
         .help = "How often a running task is looked at; at most 1d.",
         .default_json = R"("15s")",
         .min = kTimeoutMinMs},
        {.name = "settle",
         .kind = Kind::duration,
         .help = "For so long after a start an answer may still be about the previous run; at most 1d. Below 10s, at a "
                 "real vendor, a run that goes on may be taken for ended.",
         .default_json = R"("2m")"},
        {.name = "baseline",
         .kind = Kind::boolean,
         .help = "Look at the task before each start, and leave it alone if somebody else's run is active; `false`: "
                 "start without looking.",
         .default_json = "true"},
        {.name = "foreign",
         .kind = Kind::choice,
         .help = "What to do about a configured task that runs without taktd having started it.",
         .default_json = R"("report")",
         .one_of = {"ignore", "report", "stop"}},
        {.name = "outcomes",
         .kind = Kind::composed,
         .help = "What a vendor's code means, where that differs from taktd's own table.",
         .default_words = "none"},
        {.name = "success_codes",
         .kind = Kind::composed,
         .help = "Vendor codes that mean the request was accepted.",
         .default_words = "the vendor's"},
    };
}

std::vector<ConfigKey> rate_limit_keys() {
    return {
        {.name = "rate",
         .kind = Kind::rate,
         .help = "Requests per second or minute: `10/s` or `100/m`, not below `1/m`.",
         .default_words = "the type's"},
        {.name = "burst",
         .kind = Kind::integer,
         .help = "Requests at once after a pause; the last one is kept for stops.",
         .default_json = "2",
         .min = 2,
         .max = kBurstMax},
    };
}

std::vector<ConfigKey> job_keys() {
    return {
        {.name = "use", .kind = Kind::name, .help = "The template that this job completes; what the job says wins."},
        {.name = "description", .kind = Kind::text, .help = "A sentence for people."},
        {.name = "owner", .kind = Kind::text, .help = "Whom to ask about this job."},
        {.name = "runbook", .kind = Kind::text, .help = "Where to read what to do when it fails."},
        {.name = "labels", .kind = Kind::composed, .help = "Names and texts to find and group jobs by."},
        {.name = "provider", .kind = Kind::name, .help = "The account at which the task runs.", .required = true},
        {.name = "task",
         .kind = Kind::composed,
         .help = "What runs there, in the vendor's own parameter names.",
         .required = true},
        {.name = "start", .kind = Kind::composed, .help = "When it starts.", .required = true},
        {.name = "stop", .kind = Kind::composed, .help = "When it ends.", .required = true},
        {.name = "time_zone",
         .kind = Kind::zone,
         .help = "Zone of this job's schedule and times.",
         .default_words = "the file's"},
        {.name = "max_duration",
         .kind = Kind::duration,
         .help = "Ceiling of a run, whatever else happens; required where `stop` is a cron string or `when_done`.",
         .default_words = "start to stop",
         .min = kOneMs},
        {.name = "start_grace",
         .kind = Kind::duration,
         .help = "A start later than this is a misfire.",
         .default_words = "min(60s, half the window)",
         .min = kOneMs},
        {.name = "misfire",
         .kind = Kind::choice,
         .help = "What becomes of a start that was missed; `run_late`: the newest one starts late, while `min_window` "
                 "of its window is left.",
         .default_json = R"("skip")",
         .one_of = {"skip", "run_late"}},
        {.name = "min_window",
         .kind = Kind::duration,
         .help = "Less time than this is not worth a start.",
         .default_words = "min(1m, half the window)"},
        {.name = "overlap",
         .kind = Kind::choice,
         .help =
             "What becomes of a start while the job's last run has not ended; `queue` lets one wait, `stop_previous` "
             "ends the last run first.",
         .default_json = R"("skip")",
         .one_of = {"skip", "queue", "stop_previous"}},
        {.name = "retry",
         .kind = Kind::composed,
         .help = "How a start that certainly had no effect is tried again; stops are retried for ever."},
        {.name = "on_removal",
         .kind = Kind::choice,
         .help = "What happens to a live run when its job leaves the config.",
         .default_json = R"("stop")",
         .one_of = {"stop", "finish"}},
        {.name = "enabled",
         .kind = Kind::boolean,
         .help = "`false`: its occurrences are skipped.",
         .default_json = "true"},
    };
}

std::vector<ConfigKey> retry_keys() {
    return {
        {.name = "attempts",
         .kind = Kind::integer,
         .help = "Requests for one start, the first one counted.",
         .default_json = "5",
         .min = 1,
         .max = kAttemptsMax},
        {.name = "initial",
         .kind = Kind::duration,
         .help = "The first pause, at most 1d; each further one is twice as long.",
         .default_json = R"("1s")",
         .min = kOneMs},
        {.name = "max",
         .kind = Kind::duration,
         .help = "The longest pause, at most 1d; not less than `initial`.",
         .default_json = R"("1m")",
         .min = kOneMs},
    };
}

std::vector<ConfigKey> start_keys() {
    return {
        {.name = "cron", .kind = Kind::cron, .help = "A cron string, in quotes."},
        {.name = "at", .kind = Kind::time, .help = "Once, at this time."},
        {.name = "every",
         .kind = Kind::duration,
         .help = "An interval; whole days follow the local calendar, shorter ones elapsed time.",
         .min = kPeriodMinMs},
        {.name = "from",
         .kind = Kind::time,
         .help = "Beside `every`: the instant from which the interval counts.",
         .default_json = R"("1970-01-01")"},
        {.name = "time_zone", .kind = Kind::zone, .help = "Zone of this rule.", .default_words = "the job's"},
    };
}

std::vector<ConfigKey> stop_keys() {
    return {
        {.name = "after",
         .kind = Kind::duration,
         .help = "Counts from the scheduled start, so that a late start never moves the stop.",
         .min = kOneMs},
        {.name = "at", .kind = Kind::time, .help = "Once, at this time; only beside a `start` of `{at: ...}`."},
        {.name = "cron",
         .kind = Kind::cron,
         .help = "The first match after the start's local time, in the start's zone; requires `max_duration`."},
        {.name = "when_done",
         .kind = Kind::composed,
         .help = "The task ends by itself; requires `max_duration`. `stop: when_done` is the same."},
        {.name = "task",
         .kind = Kind::composed,
         .help = "Parameters of the task that the stop request says differently."},
    };
}

std::vector<ConfigKey> healing_keys() {
    return {
        {.name = "heal",
         .kind = Kind::choice,
         .help = "`auto`: where the guard rail of the task rolls back, it is set off before the stop, so that injected "
                 "faults are undone. `never`: the stop is sent at once.",
         .default_json = R"("auto")",
         .one_of = {"auto", "never"}},
        {.name = "heal_within",
         .kind = Kind::duration,
         .help = "How long undoing the faults may delay the stop; at most 30m.",
         .default_json = R"("2m")",
         .min = kOneSecondMs},
    };
}

std::vector<ConfigKey> task_keys() {
    return {
        {.name = "expect_name",
         .kind = Kind::text,
         .help = "The name that the task must have at the vendor; with any other name it is not started."},
        {.name = "rerun",
         .kind = Kind::boolean,
         .help = "`true`: this task may be started again after it has ended; no warning about a recurring schedule.",
         .default_json = "false"},
    };
}

}  // namespace

const ConfigKeys& config_keys() {
    static const ConfigKeys keys{.top = top_keys(),
                                 .store = store_keys(),
                                 .control = control_keys(),
                                 .http = http_keys(),
                                 .tokens = token_keys(),
                                 .tls = tls_keys(),
                                 .notify = notify_keys(),
                                 .notify_defaults = notify_default_keys(),
                                 .notify_target = notify_target_keys(),
                                 .provider = provider_keys(),
                                 .rate_limit = rate_limit_keys(),
                                 .job = job_keys(),
                                 .retry = retry_keys(),
                                 .start = start_keys(),
                                 .stop = stop_keys(),
                                 .healing = healing_keys(),
                                 .task = task_keys()};
    return keys;
}

}  // namespace taktd
