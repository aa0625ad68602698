// SPDX-License-Identifier: Apache-2.0
// Broken configs, one line each: what is written, and the first line of what is said about it. Every message names the
// place and what to write instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using test::load;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Broken {
    std::string name;
    std::string text;
    std::string place;  ///< "3:7", or "" for the whole file
    std::string says;
    std::string instead = "";
};

void PrintTo(const Broken& b, std::ostream* out) { *out << b.name; }

class BrokenConfig : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenConfig, Mistake_IsExplained) {
    const Broken& broken = GetParam();
    const auto result = load(broken.text);
    EXPECT_FALSE(result.settings);
    ASSERT_TRUE(result.has_errors());
    const auto lines = test::headlines(result);
    const std::string place = "taktd.yaml:" + (broken.place.empty() ? std::string{} : broken.place + ":") + " error: ";
    EXPECT_THAT(lines, ::testing::Contains(AllOf(StartsWith(place), HasSubstr(broken.says), HasSubstr(broken.instead))))
        << test::all_text(result);
    for (const Diagnostic& d : result.diagnostics) EXPECT_FALSE(d.message.empty());
}

const auto kNamed = [](const auto& tested) { return tested.param.name; };

/// The config with one provider `p` of type tencent-cfg whose lines are given (indented by four).
std::string cfg(const std::string& lines) {
    return "version: 1\nproviders:\n  p:\n    type: tencent-cfg\n" + lines + "\n";
}
const std::string kKeys = "    credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:/k}\"}\n";

INSTANTIATE_TEST_SUITE_P(
    File, BrokenConfig,
    ::testing::Values(
        Broken{"Empty", "", "", "the config is empty", "begin with 'version: 1'"},
        Broken{"OnlyComments", "# nothing\n\n", "", "the config is empty"},
        Broken{"AList", "- version: 1\n", "1:1", "not a list", "begin with 'version: 1'"},
        Broken{"AText", "hello\n", "1:1", "not text"},
        Broken{"TwoDocuments", "version: 1\n---\nversion: 1\n", "2:1", "second YAML document", "remove the '---'"},
        Broken{"NulByte", std::string{"version: 1\nstore: {path: /a\0b}\n", 31}, "2:17", "NUL byte", "remove it"},
        Broken{"ControlByte", "version: 1\n# \x04\n", "2:3", "control character", "remove it"},
        Broken{"Latin1", "version: 1\n# caf\xe9\n", "2:6", "not UTF-8", "save the file as UTF-8"},
        Broken{"Utf16", std::string{"\xff\xfev\0e\0", 6}, "1:1", "not UTF-8"},
        Broken{"UnclosedBracket", "version: 1\nstore: {path: /a\n", "3:1", "never closed"},
        Broken{"UnclosedQuote", "version: 1\ntime_zone: \"UTC\n", "2:12", "write the closing quote"},
        Broken{"UnclosedSingleQuote", "version: 1\ntime_zone: 'it''s\n", "2:12", "write the closing quote"},
        Broken{"Tab", "version: 1\nstore:\n\tpath: /a\n", "3:1", "a tab in the indentation", "YAML requires spaces"},
        Broken{"ColonInText", "version: 1\nx: a: b\n", "2:5", "put text that contains ': ' in quotes"},
        Broken{"Tag", "version: !!int 1\n", "1:10", "a YAML tag has no meaning here", "remove it"},
        Broken{"UnknownAlias", "version: *one\n", "1:10", "alias names nothing"},
        Broken{"AliasInsideItself", "version: 1\nx-a: &a [*a]\n", "2:10", "is inside what it names"},
        Broken{"MergeKey", "version: 1\nx-a: &a {b: 1}\nstore:\n  <<: *a\n", "4:3", "'<<' is not supported",
               "write 'use: NAME'"},
        Broken{"ComplexKey", "version: 1\n? [a]\n: b\n", "2:3", "a key must be plain text"},
        Broken{"DuplicateKey", "version: 1\nversion: 1\n", "2:1", "duplicate key 'version'; it is already in line 1"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Top, BrokenConfig,
    ::testing::Values(
        Broken{"NoVersion", "time_zone: UTC\n", "1:1", "needs 'version'", "write 'version: 1'"},
        Broken{"Version2", "version: 2\n", "1:10", "'version' must be 1"},
        Broken{"UnknownKey", "version: 1\njbos: {}\n", "2:1", "unknown key 'jbos'; did you mean 'jobs'?"},
        Broken{"UnknownKeyFarFromAll", "version: 1\nwhatever: {}\n", "2:1", "unknown key 'whatever'",
               "takes version, time_zone, include, store, control, notify, providers, defaults, templates or jobs"},
        Broken{"HttpListensNowhere", "version: 1\ncontrol: {http: {tokens: {}}}\n", "2:11", "'http' needs 'listen'"},
        Broken{"HttpListensOnAName", "version: 1\ncontrol: {http: {listen: x}}\n", "2:26",
               "'listen' must be an address and a port"},
        Broken{"HttpPort", "version: 1\ncontrol: {http: {listen: \"127.0.0.1:65536\"}}\n", "2:26",
               "'listen' must be an address and a port"},
        Broken{"HttpTokenRole", "version: 1\ncontrol: {http: {listen: \"[::1]:1\", tokens: {oprator: \"${env:A}\"}}}\n",
               "2:46", "unknown key 'oprator'; did you mean 'operator'?"},
        Broken{"HttpTokenInTheFile", "version: 1\ncontrol: {http: {listen: \"[::1]:1\", tokens: {viewer: abc}}}\n",
               "2:54", "'viewer'", "${credential:NAME}"},
        Broken{"UnknownZone", "version: 1\ntime_zone: Asia/Shangai\n", "2:12", "unknown time zone 'Asia/Shangai'",
               "did you mean 'Asia/Shanghai'?"},
        Broken{"ZoneWithoutContinent", "version: 1\ntime_zone: Berlin\n", "2:12", "unknown time zone",
               "'Europe/Berlin'"},
        Broken{"ZoneOutsideTheZoneData", "version: 1\ntime_zone: ../../etc/passwd\n", "2:12", "unknown time zone"},
        Broken{"StoreIsText", "version: 1\nstore: /var/lib\n", "2:8", "'store' must be a mapping"},
        Broken{"StoreTypo", "version: 1\nstore: {paht: /a}\n", "2:9", "unknown key 'paht'; did you mean 'path'?"},
        Broken{"StoreAtHome", "version: 1\nstore: {path: ~/taktd.db}\n", "2:15", "nobody replaces '~' here"},
        Broken{"Retention", "version: 1\nstore: {retention: 90}\n", "2:20", "not '90'", "500ms, 10s, 5m, 2h or 7d"},
        Broken{"RetentionTooLong", "version: 1\nstore: {retention: 99999999d}\n", "2:20", "at most ten years"},
        Broken{"LongSocket", "version: 1\ncontrol: {socket: /" + std::string(120, 'a') + "}\n", "2:19",
               "at most 107 bytes"},
        Broken{"JobsAreAList", "version: 1\njobs: [a]\n", "2:7",
               "'jobs' must be a mapping of 'key: value', not a list"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Provider, BrokenConfig,
    ::testing::Values(
        Broken{"BadName", "version: 1\nproviders: {Perf: {}}\n", "2:13", "bad provider name 'Perf'", "a-z, 0-9"},
        Broken{"NoType", "version: 1\nproviders:\n  p: {}\n", "3:3", "needs 'type'", "write e.g. 'type: huawei-cpts'"},
        Broken{"UnknownType", "version: 1\nproviders:\n  p: {type: huawei-ctps}\n", "3:13",
               "unknown provider type 'huawei-ctps'; did you mean 'huawei-cpts'?"},
        Broken{"NoRegion", "version: 1\nproviders:\n  p: {type: huawei-cpts, project_id: p}\n", "3:3", "needs 'region'",
               "or 'endpoint' instead"},
        Broken{"NoProject", "version: 1\nproviders:\n  p: {type: huawei-cpts, region: r}\n", "3:3",
               "needs 'project_id'"},
        Broken{"ProjectBreaksAHeader",
               "version: 1\nproviders:\n  p: {type: huawei-cpts, region: r, project_id: \"p\\nX-Auth-Token: t\"}\n",
               "3:49", "'project_id' goes into requests", "without blanks and '|'"},
        Broken{"NoCredentials", cfg(""), "3:3", "needs 'credentials'", "secret_id: \"${credential:NAME}\""},
        Broken{"HalfTheCredentials", cfg("    credentials: {secret_id: \"${file:/i}\"}"), "5:5",
               "needs secret_id and secret_key (optional: token)"},
        Broken{"MisspeltCredential", cfg("    credentials: {secretid: \"${file:/i}\"}"), "5:19",
               "unknown key 'secretid'; did you mean 'secret_id'?"},
        Broken{"LiteralSecret", cfg("    credentials: {secret_id: \"${file:/i}\", secret_key: HUNTER2HUNTER2}"), "5:56",
               "'secret_key' must be a reference", "${credential:NAME}"},
        Broken{"HalfAReference", cfg("    credentials: {secret_id: \"${file:/i}\", secret_key: \"x${file:/k}\"}"),
               "5:56", "'secret_key' must be a reference"},
        Broken{"UnknownReference", cfg("    credentials: {secret_id: \"${file:/i}\", secret_key: \"${vault:k}\"}"),
               "5:56", "must be one of ${env:NAME}, ${file:/path} and ${credential:NAME}"},
        Broken{"RelativeFile", cfg("    credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:k}\"}"), "5:56",
               "absolute path"},
        Broken{"CredentialWithSlash",
               cfg("    credentials: {secret_id: \"${file:/i}\", secret_key: \"${credential:../k}\"}"), "5:56",
               "must name a systemd credential"},
        Broken{"PlainHttp", cfg(kKeys + "    endpoint: http://cfg.example.com"), "6:15", "must begin with https://",
               "loopback"},
        Broken{"HttpLooksLikeLoopback", cfg(kKeys + "    endpoint: http://127.0.0.1.example.com"), "6:15",
               "must begin with https://"},
        Broken{"EndpointWithPath", cfg(kKeys + "    endpoint: https://host/v1"), "6:15", "without a path"},
        Broken{"EndpointWithPassword", cfg(kKeys + "    endpoint: https://u:p@host"), "6:15",
               "must not hold a user or password"},
        Broken{"EndpointWithoutScheme", cfg(kKeys + "    endpoint: host"), "6:15", "must be https://host"},
        Broken{"EndpointPort", cfg(kKeys + "    endpoint: https://host:99999"), "6:15", "from 1 to 65535"},
        Broken{"MissingVariable", cfg(kKeys + "    region: \"${env:NOWHERE}\""), "6:13",
               "'region' needs the environment variable NOWHERE"},
        Broken{"FileReferenceInRegion", cfg(kKeys + "    region: \"${file:/etc/region}\""), "6:13",
               "may refer to the environment only"},
        Broken{"RegionWithSlash", cfg(kKeys + "    region: a/b"), "6:13", "'region' must be letters, digits and '-'"},
        Broken{"RateWithoutUnit", cfg(kKeys + "    rate_limit: {rate: 10, burst: 2}"), "6:24", "not '10'",
               "such as 10/s or 100/m"},
        Broken{"RateTooLow", cfg(kKeys + "    rate_limit: {rate: 0/m, burst: 2}"), "6:24", "a rate is at least 1/m"},
        Broken{"RatePerHour", cfg(kKeys + "    rate_limit: {rate: 100/h, burst: 2}"), "6:24", "such as 10/s or 100/m"},
        Broken{"BurstOfOne", cfg(kKeys + "    rate_limit: {rate: 5/s, burst: 1}"), "6:36", "from 2 to 1000, not '1'"},
        Broken{"Timeout", cfg(kKeys + "    timeout: 10"), "6:14", "'timeout' must be a duration, not '10'"},
        Broken{"Baseline", cfg(kKeys + "    baseline: no"), "6:15", "'baseline' must be true or false, not 'no'"},
        Broken{"OutcomeClass", cfg(kKeys + "    outcomes: {A: final}"), "6:19",
               "'A' must be throttled, refused_retryable, refused_final, conflict, clock_skew, unauthorized or "
               "uncertain, not 'final'"},
        Broken{"OutcomeNotSent", cfg(kKeys + "    outcomes: {A: not_sent}"), "6:19", "not 'not_sent'"},
        Broken{"OutcomeAccepted", cfg(kKeys + "    outcomes: {A.B: accepted}"), "6:21",
               "a code that means success belongs under 'success_codes'", "write 'success_codes: [A.B]'"},
        Broken{"OutcomesAsList", cfg(kKeys + "    outcomes: [A]"), "6:15", "'outcomes' must be a mapping"},
        Broken{"OutcomeCode", cfg(kKeys + "    outcomes: {\"a b\": throttled}"), "6:16",
               "a vendor's code must be text"},
        Broken{"SuccessCodesAsText", cfg(kKeys + "    success_codes: A"), "6:20",
               "'success_codes' must be a list of the vendor's codes, not text", "write 'success_codes: [CODE]'"},
        Broken{"SuccessCodeEmpty", cfg(kKeys + "    success_codes: [A, \"\"]"), "6:24", "a vendor's code must be text"},
        Broken{"CodeOfBothKinds", cfg(kKeys + "    outcomes: {A: throttled}\n    success_codes: [A]"), "7:21",
               "this code is under 'outcomes', too"},
        Broken{"Foreign", cfg(kKeys + "    foreign: kill"), "6:14", "must be ignore, report or stop, not 'kill'"},
        Broken{"TwoLimitsOfOneAccount",
               cfg(kKeys) + "  q:\n    type: tencent-cfg\n" + kKeys + "    rate_limit: {rate: 5/s, burst: 2}\n", "7:3",
               "'q' uses the account of 'p'", "give both the same"}),
    kNamed);

/// The job's own lines; line 1 of them is line 11 of the file, column 1 is column 5.
struct BrokenJob {
    std::string name, lines, place, says, instead = "";
};
void PrintTo(const BrokenJob& b, std::ostream* out) { *out << b.name; }

class BrokenJobs : public ::testing::TestWithParam<BrokenJob> {};

TEST_P(BrokenJobs, Mistake_IsExplained) {
    const BrokenJob& broken = GetParam();
    const auto result = load(test::with_job(broken.lines));
    EXPECT_FALSE(result.settings);
    EXPECT_THAT(test::headlines(result),
                ::testing::Contains(AllOf(StartsWith("taktd.yaml:" + broken.place + ": error: "),
                                          HasSubstr(broken.says), HasSubstr(broken.instead))))
        << test::all_text(result);
}

const std::string kPerf = "provider: perf\ntask: {test_suite_id: 1, task_id: 1}\n";
const std::string kPerfStart = kPerf + "start: \"0 2 * * *\"\n";
const std::string kPerfBoth = kPerfStart + "stop: {after: 5m}\n";
const std::string kChaos = "provider: chaos\ntask: {task_id: 1}\nstart: {at: \"2026-12-05 03:00\"}\n";

INSTANTIATE_TEST_SUITE_P(
    Job, BrokenJobs,
    ::testing::Values(
        BrokenJob{"UnknownProvider", "provider: pref\n" + kPerfStart.substr(15) + "stop: {after: 5m}", "11:15",
                  "unknown provider 'pref'; did you mean 'perf'?"},
        BrokenJob{"NoProvider", "task: {}", "10:3", "needs 'provider'"},
        BrokenJob{"NoStart", kPerf + "stop: {after: 5m}", "10:3", "needs 'start'", "start: \"0 2 * * *\""},
        BrokenJob{"NoStop", kPerfStart, "10:3", "needs 'stop'", "a job without an end is an error"},
        BrokenJob{"NoTask", "provider: perf\nstart: \"0 2 * * *\"\nstop: {after: 5m}", "10:3", "needs 'task'"},
        BrokenJob{"TypoInJob", kPerf + "strat: \"0 2 * * *\"\nstop: {after: 5m}", "13:5",
                  "unknown key 'strat'; did you mean 'start'?"},
        BrokenJob{"Use", kPerfBoth + "use: base", "15:10", "unknown template 'base'; the config has no templates"},
        BrokenJob{"Overlap", kPerfBoth + "overlap: stop", "15:14", "must be skip, queue or stop_previous, not 'stop'"},
        BrokenJob{"Owner", kPerfBoth + "owner: [a]", "15:12", "'owner' must be text, not a list"},
        BrokenJob{"Runbook", kPerfBoth + "runbook: \"\"", "15:14", "'runbook' is empty"},
        BrokenJob{"LabelsAsList", kPerfBoth + "labels: [a]", "15:13", "'labels' must be a mapping"},
        BrokenJob{"LabelValue", kPerfBoth + "labels: {team: {a: b}}", "15:20", "'team' must be text, not a mapping"},
        BrokenJob{"Misfire", kPerfBoth + "misfire: runlate", "15:14", "must be skip or run_late, not 'runlate'",
                  "did you mean 'run_late'?"},
        BrokenJob{"OnRemoval", kPerfBoth + "on_removal: keep", "15:17", "must be stop or finish"},
        BrokenJob{"Attempts", kPerfBoth + "retry: {attempts: 0}", "15:23", "from 1 to 1000, not '0'"},
        BrokenJob{"RetryMax", kPerfBoth + "retry: {initial: 1m, max: 1s}", "15:31",
                  "'retry.max' (1s) must not be less than 'retry.initial' (1m)"},
        BrokenJob{"Enabled", kPerfBoth + "enabled: 1", "15:14", "must be true or false"},
        BrokenJob{"Grace", kPerfBoth + "start_grace: 0s", "15:18", "at least 1ms"},
        BrokenJob{"MaxDuration", kPerfBoth + "max_duration: 5 m", "15:19", "not '5 m'", "5m"},
        BrokenJob{"Overflow", kPerfBoth + "max_duration: 999999999999999999d", "15:19", "at most ten years"},
        BrokenJob{"JobIsText", "just text", "11:5", "job 'load' must be a mapping"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Task, BrokenJobs,
    ::testing::Values(
        BrokenJob{"MissingId", "provider: perf\ntask: {test_suite_id: 1}\nstart: \"0 2 * * *\"\nstop: {after: 5m}",
                  "12:11", "needs 'task_id'; write 'task_id: 0'"},
        BrokenJob{"IdTooLarge", "provider: perf\ntask: {test_suite_id: 1, task_id: 2147483648}", "12:39",
                  "from 0 to 2147483647, not '2147483648'"},
        BrokenJob{"IdFarTooLarge", "provider: perf\ntask: {test_suite_id: 1, task_id: 99999999999999999999}", "12:39",
                  "this number is too large"},
        BrokenJob{"IdIsAFraction", "provider: perf\ntask: {test_suite_id: 1, task_id: 1.5}", "12:39",
                  "must be a whole number"},
        BrokenJob{"IdIsOctal", "provider: perf\ntask: {test_suite_id: 1, task_id: 007}", "12:39",
                  "without leading zeros"},
        BrokenJob{"IdIsAList", "provider: perf\ntask: {test_suite_id: 1, task_id: [1]}", "12:39", "not a list"},
        BrokenJob{"ClusterType", "provider: perf\ntask: {test_suite_id: 1, task_id: 1, cluster_type: shared-cluster}",
                  "12:56", "must be shared-cluster-internet or private-cluster"},
        BrokenJob{"ClusterId", "provider: perf\ntask: {test_suite_id: 1, task_id: 1, cluster_id: -2}", "12:54",
                  "from -1 to 2147483647"},
        BrokenJob{"TaskTypo", "provider: perf\ntask: {test_suite_id: 1, task_id: 1, network_inof: {}}", "12:42",
                  "unknown key 'network_inof'; did you mean 'network_info'?"},
        BrokenJob{"NetworkIsText", "provider: perf\ntask: {test_suite_id: 1, task_id: 1, network_info: internet}",
                  "12:56", "'network_info' must be a mapping"},
        BrokenJob{
            "EnterpriseTooLong",
            "provider: perf\ntask: {test_suite_id: 1, task_id: 1, enterprise_project_id: " + std::string(65, '1') + "}",
            "12:65", "must have 0 to 64 characters, not 65"},
        BrokenJob{"TaskAndTemplate", "provider: chaos\ntask: {task_id: 1, template_id: 33}", "12:24",
                  "'task' takes either 'task_id' or 'template_id'; remove one"},
        BrokenJob{"NeitherTaskNorTemplate", "provider: chaos\ntask: {start_by: execute_task}", "12:11",
                  "needs 'task_id', or 'template_id' for a new task with each run"},
        BrokenJob{"TitleWithoutTemplate", "provider: chaos\ntask: {task_id: 1, title: x}", "12:24",
                  "'title' goes with 'template_id' only; remove it"},
        BrokenJob{"TitleWithoutRun", "provider: chaos\ntask: {template_id: 1, title: \"{job} {{run}\"}", "12:35",
                  "'title' must contain {run}"},
        BrokenJob{"PauseInFractions", "provider: chaos\ntask: {template_id: 1, pause_after: 60500ms}", "12:41",
                  "'pause_after' must be whole seconds, not '60500ms'"},
        BrokenJob{"PauseTooShort", "provider: chaos\ntask: {template_id: 1, pause_after: 5s}", "12:41",
                  "'pause_after' must be a duration, not '5s'; at least 1m"},
        BrokenJob{"PauseTooLong", "provider: chaos\ntask: {template_id: 1, pause_after: 3h}", "12:41",
                  "'pause_after' must be at most 2h, not '3h'"},
        BrokenJob{"GroupsAsMapping", "provider: chaos\ntask: {template_id: 1, groups: {}}", "12:36",
                  "'groups' must be a list, not a mapping; write 'groups: [...]'"},
        BrokenJob{"GroupWithoutInstances", "provider: chaos\ntask: {template_id: 1, groups: [{}]}", "12:37",
                  "'group' needs 'instances'; write 'instances: [...]'"},
        BrokenJob{"NoInstances", "provider: chaos\ntask: {template_id: 1, groups: [{instances: []}]}", "12:49",
                  "'instances' must list 1 to 1000 items, not 0"},
        BrokenJob{"InstanceIsAList", "provider: chaos\ntask: {template_id: 1, groups: [{instances: [[a]]}]}", "12:50",
                  "'instance' must be text, not a list"},
        BrokenJob{"RerunOfATemplate", "provider: chaos\ntask: {template_id: 1, rerun: true}", "12:28",
                  "'rerun' goes with 'task_id' only; remove it"},
        BrokenJob{"ExpectNameOfATemplate", "provider: chaos\ntask: {template_id: 1, expect_name: x}", "12:28",
                  "'expect_name' goes with 'task_id' only"},
        BrokenJob{"RerunOfALoadTest", "provider: perf\ntask: {test_suite_id: 1, task_id: 1, rerun: true}", "12:42",
                  "unknown key 'rerun'"},
        BrokenJob{"StopTaskNamesATemplate",
                  "provider: chaos\ntask: {template_id: 1}\nstart: manual\nstop: {after: 5m, "
                  "is_expect: true, summary: x, task: {template_id: 2}}",
                  "14:59", "is not allowed under 'stop.task'"},
        BrokenJob{"StopTaskNamesAnother", kPerfStart + "stop: {after: 5m, task: {task_id: 2}}", "14:30",
                  "is not allowed under 'stop.task'"},
        BrokenJob{"StopTaskTypo", kPerfStart + "stop: {after: 5m, task: {clustr_id: 2}}", "14:30",
                  "did you mean 'cluster_id'?"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Start, BrokenJobs,
    ::testing::Values(
        BrokenJob{"UnquotedCron", kPerf + "start: 0 2 * * *\nstop: {after: 5m}", "13:12",
                  "must be in quotes: \"0 2 * * *\""},
        BrokenJob{"UnquotedCronInMapping", kPerf + "start: {cron: 0 3 * * 6 #1\n}\nstop: {after: 5m}", "13:19",
                  "must be in quotes"},
        BrokenJob{"UnquotedStars", kPerf + "start: */5 * * * *\nstop: {after: 5m}", "13:12",
                  "a cron string must be in quotes"},
        BrokenJob{"UnquotedMacro", kPerf + "start: @daily\nstop: {after: 5m}", "13:12", "put it in quotes",
                  "\"@daily\""},
        BrokenJob{"CronField", kPerf + "start: \"0 25 * * *\"\nstop: {after: 5m}", "13:15", "bad cron string"},
        BrokenJob{"CronFieldInList", kPerf + "start: [\"0 2 * * *\", '0 2 * * 9']\nstop: {after: 5m}", "13:35",
                  "bad cron string"},
        BrokenJob{"CronWords", kPerf + "start: \"every day\"\nstop: {after: 5m}", "13:22", "bad cron string"},
        BrokenJob{"ManualMisspelt", kPerf + "start: [manuel]\nstop: {after: 5m}", "13:13", "did you mean 'manual'?"},
        BrokenJob{"TwoForms", kPerf + "start: {cron: \"0 2 * * *\", every: 1d}\nstop: {after: 5m}", "13:32",
                  "takes one of cron, at and every"},
        BrokenJob{"NoForm", kPerf + "start: {}\nstop: {after: 5m}", "13:12", "takes one of cron, at and every"},
        BrokenJob{"EmptyList", kPerf + "start: []\nstop: {after: 5m}", "13:12", "must list 1 to 100 rules"},
        BrokenJob{"FromWithoutEvery", kPerf + "start: {cron: \"0 2 * * *\", from: 2026-01-01}\nstop: {after: 5m}",
                  "13:32", "'from' goes with 'every' only"},
        BrokenJob{"StartZone", kPerf + "start: {cron: \"0 2 * * *\", time_zone: Europe/Berln}\nstop: {after: 5m}",
                  "13:43", "did you mean 'Europe/Berlin'?"},
        BrokenJob{"JobZone", kPerfBoth + "time_zone: Mars/Olympus", "15:16", "unknown time zone 'Mars/Olympus'"},
        BrokenJob{"NoSuchDate", kPerf + "start: {at: 2026-02-30 03:00}\nstop: {after: 5m}", "13:17", "no such date"},
        BrokenJob{"NoSuchTime", kPerf + "start: {at: 2026-02-20 25:00}\nstop: {after: 5m}", "13:17", "must be a time",
                  "2026-12-05 03:00"},
        BrokenJob{"FarFuture", kPerf + "start: {at: 3026-02-20 05:00}\nstop: {after: 5m}", "13:17",
                  "from 1970 to 2169"},
        BrokenJob{"Gap", kPerf + "time_zone: Europe/Berlin\nstart: {at: \"2026-03-29 02:30\"}\nstop: {after: 5m}",
                  "14:17", "the clocks of Europe/Berlin skip this time", "2026-03-29T01:00:00Z"},
        BrokenJob{"Fold", kPerf + "time_zone: Europe/Berlin\nstart: {at: \"2026-10-25 02:30\"}\nstop: {after: 5m}",
                  "14:17", "show this time twice", "2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"},
        BrokenJob{"EveryTooShort", kPerf + "start: {every: 1ms}\nstop: {after: 5m}", "13:20", "at least 100ms"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Stop, BrokenJobs,
    ::testing::Values(
        BrokenJob{"Empty", kPerfStart + "stop: {}", "14:11", "'stop' needs an end",
                  "write 'after: 30m', 'at', 'cron' or 'when_done: true'"},
        BrokenJob{"Scalar", kPerfStart + "stop: 30m", "14:11", "'stop' must be a mapping or 'when_done', not text",
                  "{after: 30m}"},
        BrokenJob{"WhenDoneWithoutCeiling", kPerfStart + "stop: when_done", "10:3",
                  "'stop: when_done' needs 'max_duration'", "write e.g. 'max_duration: 2h'"},
        BrokenJob{"WhenNotDone", kPerfStart + "stop: {when_done: false}", "14:23", "'when_done: false' names no end"},
        BrokenJob{"CronWithoutCeiling", kPerfStart + "stop: {cron: \"0 3 * * *\"}", "10:3",
                  "'stop.cron' needs 'max_duration'"},
        BrokenJob{"CronUnquoted", kPerfStart + "stop: {cron: 0 3 * * *}\nmax_duration: 2h", "14:18",
                  "must be in quotes"},
        BrokenJob{"CronWrong", kPerfStart + "stop: {cron: \"0 25 * * *\"}\nmax_duration: 2h", "14:21",
                  "bad cron string"},
        BrokenJob{"CronWithZone", kPerfStart + "stop: {cron: \"0 3 * * *\", time_zone: UTC}\nmax_duration: 2h", "14:31",
                  "unknown key 'time_zone'"},
        BrokenJob{"CronOfThePast", kPerfStart + "stop: {cron: \"0 0 3 * * * 2020\"}\nmax_duration: 2h", "14:12",
                  "this stop never comes after its start (2026-01-01T02:00:00Z)"},
        BrokenJob{"CronBeforeTheOnlyStart",
                  kPerf + "start: {at: 2027-03-01 10:00}\nstop: {cron: \"0 0 3 1 3 * 2027\"}\n"
                          "max_duration: 2h",
                  "14:12", "this stop never comes after its start (2027-03-01T10:00:00Z)"},
        BrokenJob{"Zero", kPerfStart + "stop: {after: 0s}", "14:19", "at least 1ms"},
        BrokenJob{"Negative", kPerfStart + "stop: {after: -5m}", "14:19", "must be a duration, not '-5m'"},
        BrokenJob{"Both", kPerfStart + "stop: {after: 5m, at: 2026-12-05 04:00}", "14:23",
                  "'stop' takes one of after, at, cron and when_done; remove 'after' or 'at'"},
        BrokenJob{"AtWithManual", kPerf + "start: manual\nstop: {at: 2026-12-05 04:00}", "14:12",
                  "'stop.at' goes with 'start.at' only"},
        BrokenJob{"AtWithCron", kPerfStart + "stop: {at: 2026-12-05 04:00}", "14:12",
                  "'stop.at' goes with 'start.at' only"},
        BrokenJob{"BeforeStart", kPerf + "start: {at: \"2026-12-05 03:00\"}\nstop: {at: \"2026-12-05 02:00\"}", "14:12",
                  "never comes after its start", "write a later time"},
        BrokenJob{"SummaryMissing", kChaos + "stop: {after: 5m, is_expect: true}", "14:11", "needs 'summary'"},
        BrokenJob{"ExpectMissing", kChaos + "stop: {after: 5m, summary: x}", "14:11", "needs 'is_expect'",
                  "'is_expect: true'"},
        BrokenJob{"ExpectYes", kChaos + "stop: {after: 5m, summary: x, is_expect: yes}", "14:46",
                  "must be true or false"},
        BrokenJob{"Placeholder", kChaos + "stop: {after: 5m, is_expect: true, summary: \"by {actr}\"}", "14:53",
                  "unknown placeholder '{actr}'; did you mean 'actor'?", "write {{ for a brace"},
        BrokenJob{"OpenPlaceholder", kChaos + "stop: {after: 5m, is_expect: true, summary: \"by {job\"}", "14:53",
                  "the placeholder '{job' is not closed", "write {job}, or {{ for a brace"},
        BrokenJob{"AbortTypo", kChaos + "stop: {after: 5m, is_expect: true, summary: x, on_abort: {sumary: y}}",
                  "14:63", "did you mean 'summary'?"},
        BrokenJob{"AbortForLoad", kPerfStart + "stop: {after: 5m, on_abort: {}}", "14:23", "unknown key 'on_abort'"}),
    kNamed);

TEST(BrokenConfigs, Mistakes_AreReportedWholeAndInOrder) {
    const auto result = load(R"(version: 3
time_zone: Nowhere
providers:
  chaos: {type: tencent-cfg, credentials: {secret_id: "${file:/i}", secret_key: "${file:/k}"}, timeout: fast}
jobs:
  a:
    provider: caos
    task: {task_id: x}
    start: "99 * * * *"
    stop: {after: never, is_expect: true, summary: "{when}"}
    enabld: true
  B: {}
)");
    EXPECT_THAT(
        test::headlines(result),
        ::testing::ElementsAre(StartsWith("taktd.yaml:1:10: error: 'version' must be 1"),
                               StartsWith("taktd.yaml:2:12: error: unknown time zone 'Nowhere'"),
                               StartsWith("taktd.yaml:4:105: error: 'timeout' must be a duration, not 'fast'"),
                               StartsWith("taktd.yaml:7:15: error: unknown provider 'caos'; did you mean 'chaos'?"),
                               StartsWith("taktd.yaml:9:13: error: bad cron string"),
                               StartsWith("taktd.yaml:10:19: error: 'after' must be a duration, not 'never'"),
                               StartsWith("taktd.yaml:11:5: error: unknown key 'enabld'; did you mean 'enabled'?"),
                               StartsWith("taktd.yaml:12:3: error: bad job name 'B'"),
                               StartsWith("taktd.yaml:12:3: error: job 'B' needs 'provider'"),
                               StartsWith("taktd.yaml:12:3: error: job 'B' needs 'start'"),
                               StartsWith("taktd.yaml:12:3: error: job 'B' needs 'stop'"),
                               StartsWith("taktd.yaml:12:3: error: job 'B' needs 'task'")))
        << test::all_text(result);
}

TEST(BrokenConfigs, Job_IsNotBlamedForItsProvider) {
    const auto result = load(cfg(kKeys + "    timeout: fast") +
                             "jobs:\n  a: {provider: p, task: {task_id: 0}, start: {at: 2026-12-05}, stop: {after: 5m, "
                             "is_expect: true, summary: x}}\n");
    EXPECT_THAT(test::headlines(result),
                ::testing::ElementsAre(HasSubstr("'timeout' must be"),
                                       HasSubstr("'task_id' must be a whole number at least 1")));
}

struct Warned {
    std::string name, lines, place, says;
};
void PrintTo(const Warned& w, std::ostream* out) { *out << w.name; }

class WarnedJobs : public ::testing::TestWithParam<Warned> {};

TEST_P(WarnedJobs, Job_LoadsWithAWarning) {
    const Warned& warned = GetParam();
    const auto result = load(test::with_job(warned.lines));
    EXPECT_TRUE(result.settings) << test::all_text(result);
    EXPECT_THAT(test::headlines(result),
                ::testing::ElementsAre(
                    AllOf(StartsWith("taktd.yaml:" + warned.place + ": warning: "), HasSubstr(warned.says))));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, WarnedJobs,
    ::testing::Values(
        Warned{"RecurringDrill",
               "provider: chaos\ntask: {task_id: 1}\nstart: \"0 3 * * 6\"\nstop: {after: 10m, is_expect: true, "
               "summary: x}",
               "13:12", "no re-run of an ended CFG task; write 'rerun: true' under 'task' if it does"},
        Warned{"DrillAtTwoTimes",
               "provider: chaos\ntask: {task_id: 1}\nstart: [{at: 2026-12-05}, {at: 2026-12-06}]\nstop: {after: 10m, "
               "is_expect: true, summary: x}",
               "13:12", "no re-run"},
        Warned{"BothDayFields", kPerf + "start: \"0 2 1 * 5\"\nstop: {after: 5m}", "13:12", "when either matches"},
        Warned{"EverySecond", kPerf + "start: \"* 0 2 * * *\"\nstop: {after: 500ms}", "13:12", "every second"},
        Warned{"Overlapping", kPerf + "start: \"*/5 * * * *\"\nstop: {after: 6m}", "13:12",
               "starts follow each other after 5m but a run lasts 6m"},
        Warned{"OverlappingNeighbours", kPerf + "start: \"0 1,2 * * *\"\nstop: {after: 90m}", "13:12", "after 1h but"},
        Warned{"OverlappingInterval", kPerf + "start: {every: 1m}\nstop: {after: 2m}", "13:12", "after 1m but"},
        Warned{"NeverFires", kPerf + "start: \"0 0 30 2 *\"\nstop: {after: 2m}", "13:12", "never fires"},
        Warned{"NeverLongEnough",
               kPerf + "start: \"0 2 * * *\"\nstop: {cron: \"0 4 * * *\"}\nmax_duration: 3h\nmin_window: 3h", "16:17",
               "'min_window' (3h) is longer than the window (2h)"},
        Warned{"OverlappingQueue",
               kPerf + "start: \"*/5 * * * *\"\nstop: {after: 6m}\noverlap: queue\nmisfire: run_late", "13:12",
               "after 5m but a run lasts 6m: those that overlap wait, one at a time"},
        Warned{"OverlappingChain",
               kPerf + "start: \"*/5 * * * *\"\nstop: {after: 6m}\noverlap: stop_previous\nmisfire: run_late", "13:12",
               "after 5m but a run lasts 6m: each stops the one before it"},
        Warned{"Touching", kPerf + "start: \"*/5 * * * *\"\nstop: {after: 5m}", "13:12",
               "after 5m and a run lasts as long, and its stop takes a moment: those that overlap are skipped"},
        Warned{"OverlappingWhenDone", kPerf + "start: \"0 * * * *\"\nstop: when_done\nmax_duration: 90m", "13:12",
               "after 1h but a run lasts 1h30m"},
        Warned{"OverlappingStopCron", kPerf + "start: \"0 */6 * * *\"\nstop: {cron: \"0 8 * * *\"}\nmax_duration: 20h",
               "13:12", "after 6h but a run lasts"},
        Warned{"QueueThatHardlyWaits", kPerfStart + "stop: {after: 5m}\noverlap: queue", "15:14",
               "with 'overlap: queue' a run waits for the one before it, but under 'misfire: skip' at most start_grace "
               "(1m); write 'misfire: run_late' to let it wait longer"},
        Warned{"StopPreviousThatHardlyWaits", kPerfStart + "stop: {after: 5m}\noverlap: stop_previous\nmisfire: skip",
               "15:14", "with 'overlap: stop_previous' a run waits"},
        Warned{"StopCronWithBothDays", kPerfStart + "stop: {cron: \"0 3 1 * 5\"}\nmax_duration: 1h", "14:18",
               "when either matches"},
        Warned{"MinWindow", kPerfStart + "stop: {after: 2m}\nmin_window: 3m", "15:17", "is longer than the window"}),
    kNamed);

TEST(Warnings, Warnings_KnowACeilingAndAnExactFit) {
    const auto fits =
        load(test::with_job(kPerf + "start: \"*/5 * * * *\"\nstop: {after: 5m}\noverlap: queue\nmisfire: run_late"));
    EXPECT_TRUE(fits.diagnostics.empty()) << test::all_text(fits);
    const auto ceiling = load(test::with_job(kPerf + "start: \"*/5 * * * *\"\nstop: {after: 6m}\nmax_duration: 4m"));
    EXPECT_TRUE(ceiling.diagnostics.empty()) << test::all_text(ceiling);
}

TEST(Warnings, LimitAboveTheVendors_IsWarnedOf) {
    const auto limit = [](const std::string& text) { return load(cfg(kKeys + "    rate_limit: " + text)); };
    EXPECT_TRUE(limit("{rate: 8/s, burst: 2}").diagnostics.empty());
    EXPECT_THAT(
        test::headlines(limit("{rate: 9/s, burst: 2}")),
        ::testing::ElementsAre(HasSubstr("6:17: warning: this limit lets up to 11 requests into one second; the vendor "
                                         "takes 10")));
    EXPECT_THAT(test::headlines(limit("{rate: 8/s, burst: 20}")),
                ::testing::ElementsAre(HasSubstr("up to 28 requests")));
}

}  // namespace
}  // namespace taktd
