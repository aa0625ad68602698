// SPDX-License-Identifier: Apache-2.0
// Defaults, templates and jobs written over one another: what wins, what is told and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::load;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

/// Two providers; line 5 of the file is the first of `rest`.
std::string config(const std::string& rest) {
    return "version: 1\nproviders:\n"
           "  perf: {type: huawei-cpts, region: r, project_id: p, credentials: {token: \"${file:/t}\"}}\n"
           "  chaos: {type: tencent-cfg, credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:/k}\"}}\n" +
           rest;
}

struct Merged {
    const char* name;
    const char* text;
    /// What the merged job `a` must be equal to, written out.
    const char* plain;
};
void PrintTo(const Merged& m, std::ostream* out) { *out << m.name; }

class MergedJobs : public ::testing::TestWithParam<Merged> {};

void expect_equal(const Job& a, const Job& b) {
    EXPECT_EQ(a.task, b.task);
    EXPECT_EQ(a.task_key, b.task_key);
    EXPECT_EQ(a.schedule.fingerprint(), b.schedule.fingerprint());
    EXPECT_EQ(a.zone->name(), b.zone->name());
    EXPECT_EQ(a.stop.index(), b.stop.index());
    EXPECT_EQ(a.max_duration, b.max_duration);
    EXPECT_EQ(a.start_grace, b.start_grace);
    EXPECT_EQ(a.min_window, b.min_window);
    EXPECT_EQ(a.misfire, b.misfire);
    EXPECT_EQ(a.overlap, b.overlap);
    EXPECT_EQ(a.retry, b.retry);
    EXPECT_EQ(a.enabled, b.enabled);
    EXPECT_EQ(a.on_removal, b.on_removal);
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.owner, b.owner);
    EXPECT_EQ(a.labels, b.labels);
    for (const WallTime from : {WallTime{}, WallTime{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}}}) {
        const auto due = next_due(b.schedule, from);
        if (!due) continue;
        EXPECT_EQ(window_of(a, *due).stop_due, window_of(b, *due).stop_due);
    }
}

TEST_P(MergedJobs, MergedJob_EqualsTheSameJobWrittenOut) {
    const auto merged = load(config(GetParam().text));
    const auto plain = load(config(std::string{"jobs:\n  a: "} + GetParam().plain + "\n"));
    ASSERT_TRUE(merged.settings) << test::all_text(merged);
    ASSERT_TRUE(plain.settings) << test::all_text(plain);
    EXPECT_TRUE(merged.diagnostics.empty()) << test::all_text(merged);
    expect_equal(*merged.settings->config->jobs.at("a"), *plain.settings->config->jobs.at("a"));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, MergedJobs,
    ::testing::Values(
        Merged{"DefaultsReachEveryJob",
               "defaults: {start_grace: 20s, time_zone: Asia/Shanghai, labels: {a: \"1\"}}\n"
               "jobs:\n  a: {provider: perf, task: {test_suite_id: 1, task_id: 2}, start: \"0 2 * * *\", stop: {after: "
               "5m}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 2}, start: \"0 2 * * *\", stop: {after: 5m}, "
               "start_grace: 20s, time_zone: Asia/Shanghai, labels: {a: \"1\"}}"},
        Merged{"JobOverTemplateOverDefaults",
               "defaults: {start_grace: 20s, owner: d, misfire: run_late, retry: {attempts: 7, initial: 2s}}\n"
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1}, stop: {after: 30m}, max_duration: 35m, "
               "owner: t, "
               "retry: {attempts: 8}}\n"
               "jobs:\n  a: {use: t, task: {task_id: 101}, start: \"0 2 * * *\", owner: j, retry: {max: 5s}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 101}, start: \"0 2 * * *\", stop: {after: 30m}, "
               "max_duration: 35m, start_grace: 20s, owner: j, misfire: run_late, "
               "retry: {attempts: 8, initial: 2s, max: 5s}}"},
        Merged{"MapsMergeDeep",
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1, network_info: {network_type: x, b: 1}}, "
               "stop: {after: 5m, task: {cluster_id: 7, network_info: {b: 2}}}, labels: {a: x, b: y}}\n"
               "jobs:\n  a: {use: t, task: {task_id: 1, network_info: {c: 3}}, start: manual, "
               "stop: {task: {network_info: {d: 4}}}, labels: {b: z}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1, network_info: {c: 3, network_type: x, b: 1}}, "
               "start: manual, stop: {after: 5m, task: {network_info: {d: 4, b: 2}, cluster_id: 7}}, "
               "labels: {a: x, b: z}}"},
        Merged{"ListsReplace",
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, "
               "start: [\"0 2 * * *\", \"0 3 * * *\"], stop: {after: 5m}}\n"
               "jobs:\n  a: {use: t, start: [\"0 4 * * *\"]}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: \"0 4 * * *\", stop: {after: 5m}}"},
        Merged{"StartMappingReplacesAString",
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: \"0 2 * * *\", stop: "
               "{after: 5m}}\n"
               "jobs:\n  a: {use: t, start: {at: 2027-01-01}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: {at: 2027-01-01}, stop: {after: 5m}}"},
        Merged{"StartAlternativesReplaceOneAnother",
               "defaults: {start: {every: 14d, from: 2026-12-05, time_zone: Europe/Berlin}}\n"
               "jobs:\n  a: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: {cron: \"0 2 * * *\"}, stop: "
               "{after: 5m}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: {after: 5m}, "
               "start: {cron: \"0 2 * * *\", time_zone: Europe/Berlin}}"},
        Merged{"FromStaysWithEvery",
               "defaults: {start: {every: 14d, from: 2026-12-05}}\n"
               "jobs:\n  a: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: {every: 7d}, stop: {after: "
               "5m}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: {after: 5m}, "
               "start: {every: 7d, from: 2026-12-05}}"},
        Merged{
            "StopAlternativesReplaceOneAnother",
            "templates:\n  t: {provider: chaos, stop: {after: 10m, is_expect: true, summary: s}}\n"
            "jobs:\n  a: {use: t, task: {task_id: 1}, start: {at: 2027-01-01}, stop: {at: 2027-01-02, summary: u}}\n",
            "{provider: chaos, task: {task_id: 1}, start: {at: 2027-01-01}, "
            "stop: {at: 2027-01-02, is_expect: true, summary: u}}"},
        Merged{"WhenDoneReplacesAfterAndKeepsTheRest",
               "templates:\n  t: {provider: chaos, stop: {after: 10m, is_expect: true, summary: s}, max_duration: 1h}\n"
               "jobs:\n  a: {use: t, task: {task_id: 1}, start: manual, stop: when_done}\n",
               "{provider: chaos, task: {task_id: 1}, start: manual, max_duration: 1h, "
               "stop: {when_done: true, is_expect: true, summary: s}}"},
        Merged{"AfterReplacesWhenDone",
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: when_done, max_duration: "
               "1h}\n"
               "jobs:\n  a: {use: t, start: manual, stop: {after: 5m}}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, max_duration: 1h, stop: {after: "
               "5m}}"},
        Merged{"ATemplateReplacesATask",
               "defaults: {provider: chaos, task: {task_id: 9, rerun: true, expect_name: x, start_by: execute_task}}\n"
               "jobs:\n  a: {task: {template_id: 33}, start: manual, stop: {after: 5m, is_expect: true, summary: s}}\n",
               "{provider: chaos, task: {template_id: 33, start_by: execute_task}, start: manual, "
               "stop: {after: 5m, is_expect: true, summary: s}}"},
        Merged{"ATaskReplacesATemplate",
               "defaults: {provider: chaos, task: {template_id: 33, title: \"x {run}\", groups: [{instances: [i]}]}}\n"
               "jobs:\n  a: {task: {task_id: 9}, start: manual, stop: {after: 5m, is_expect: true, summary: s}}\n",
               "{provider: chaos, task: {task_id: 9}, start: manual, stop: {after: 5m, is_expect: true, summary: s}}"},
        Merged{
            "PartsOfATemplateMerge",
            "templates:\n  t: {provider: chaos, task: {template_id: 33, pause_after: 10m}, "
            "stop: {after: 5m, is_expect: true, summary: s}}\n"
            "jobs:\n  a: {use: t, start: manual, task: {groups: [{instances: [i]}]}}\n",
            "{provider: chaos, task: {template_id: 33, pause_after: 10m, groups: [{instances: [i]}]}, start: manual, "
            "stop: {after: 5m, is_expect: true, summary: s}}"},
        Merged{"AJobOfNothingButItsTemplate",
               "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: "
               "5m}}\n"
               "jobs:\n  a: {use: t}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: 5m}}"},
        Merged{"AJobOfNothingButTheDefaults",
               "defaults: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: 5m}}\n"
               "jobs:\n  a:\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: 5m}}"},
        Merged{"XKeysHoldAnchors",
               "x-end: &end {after: 5m}\ntemplates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: "
               "*end}\n"
               "jobs:\n  a: {use: t, start: manual}\n",
               "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: 5m}}"}),
    [](const auto& tested) { return std::string{tested.param.name}; });

struct Said {
    const char* name;
    std::string text;
    std::vector<std::string> lines;  ///< each begins so, in order, and no others
};
void PrintTo(const Said& s, std::ostream* out) { *out << s.name; }

class TemplateErrors : public ::testing::TestWithParam<Said> {};

TEST_P(TemplateErrors, MistakeInATemplate_IsToldOnce) {
    const auto result = load(config(GetParam().text));
    EXPECT_FALSE(result.settings);
    std::vector<::testing::Matcher<std::string>> expected;
    for (const std::string& line : GetParam().lines) expected.emplace_back(StartsWith("taktd.yaml:" + line));
    EXPECT_THAT(test::headlines(result), ::testing::ElementsAreArray(expected)) << test::all_text(result);
}

const std::string kThree =
    "jobs:\n  a: {use: t, start: manual}\n  b: {use: t, start: manual}\n  c: {use: t, start: manual}\n";
const std::string kTemplate =
    "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: {after: 5m}";

INSTANTIATE_TEST_SUITE_P(
    Settings, TemplateErrors,
    ::testing::Values(
        Said{"UnknownKey",
             kTemplate + ", onwer: x}\n" + kThree,
             {"6:80: error: unknown key 'onwer'; did you mean 'owner'?"}},
        Said{"WrongType",
             kTemplate + ", max_duration: long}\n" + kThree,
             {"6:94: error: 'max_duration' must be a duration, not 'long'"}},
        Said{"WrongParameter",
             "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: x}, stop: {after: 5m}}\n" + kThree,
             {"6:57: error: 'task_id' must be a whole number"}},
        Said{"UnknownParameter",
             "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1, a: 1}, stop: {after: 5m}}\n" +
                 kThree,
             {"6:60: error: unknown key 'a'; 'task' of huawei-cpts takes"}},
        Said{"TwoEnds",
             "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: {after: 5m, at: "
             "2026-01-01}}\n" +
                 kThree,
             {"6:79: error: 'stop' takes one of after, at, cron and when_done; remove 'after' or 'at'"}},
        Said{"RetryTheWrongWayRound",
             kTemplate + ", retry: {initial: 2m}}\n" + kThree,
             {"6:97: error: 'retry.max' (1m) must not be less than 'retry.initial' (2m)"}},
        Said{"StopAtForACron",
             "templates:\n  t: {provider: perf, task: {test_suite_id: 1, task_id: 1}, stop: {at: 2026-01-01}}\n" +
                 kThree,
             {"6:68: error: 'stop.at' goes with 'start.at' only"}},
        Said{"UnknownProvider",
             "templates:\n  t: {provider: pref, task: {test_suite_id: 1, task_id: 1}, stop: {after: 5m}}\n" + kThree,
             {"6:17: error: unknown provider 'pref'; did you mean 'perf'?"}},
        Said{"UnusedTemplate",
             kTemplate + ", onwer: x, enabled: 1}\n",
             {"6:80: error: unknown key 'onwer'", "6:99: error: 'enabled' must be true or false"}},
        Said{"UnusedTemplateWithoutProvider",
             "templates:\n  t: {start: \"0 25 * * *\", stop: {aftr: 5m}, retry: {x: 1}}\n",
             {"6:17: error: bad cron string", "6:54: error: unknown key 'x'"}},
        Said{"DefaultsNobodyUses",
             "defaults: {missfire: skip, start_grace: 0s}\n",
             {"5:12: error: unknown key 'missfire'; did you mean 'misfire'?",
              "5:41: error: 'start_grace' must be a duration"}},
        Said{"DefaultsThatThreeUse",
             "defaults: {misfire: never}\n" + kTemplate + "}\n" + kThree,
             {"5:21: error: 'misfire' must be skip or run_late, not 'never'"}},
        Said{"UseInATemplate",
             kTemplate + ", use: u}\n" + kThree,
             {"6:80: error: 'use' is not allowed in a template: templates do not nest"}},
        Said{"UseInDefaults",
             "defaults: {use: t}\n" + kTemplate + "}\n" + kThree,
             {"5:12: error: 'use' is not allowed under 'defaults'; write it into each job"}},
        Said{"UnknownTemplate",
             kTemplate + "}\njobs:\n  a: {use: tt}\n",
             {"8:12: error: unknown template 'tt'; did you mean 't'?"}},
        Said{"UnknownTemplateFarFromAll",
             kTemplate + "}\njobs:\n  a: {use: checkout, onwer: x}\n",
             {"8:12: error: unknown template 'checkout'; it must be under 'templates'",
              "8:22: error: unknown key 'onwer'"}},
        Said{"NoTemplates",
             "jobs:\n  a: {use: t}\n",
             {"6:12: error: unknown template 't'; the config has no templates"}},
        Said{"UseIsAList", kTemplate + "}\njobs:\n  a: {use: [t]}\n", {"8:12: error: 'use' must be text, not a list"}},
        Said{"TemplateIsText",
             "templates:\n  t: perf\njobs:\n  a: {use: t}\n",
             {"6:6: error: template 't' must be a mapping of 'key: value', not text"}},
        Said{"BadTemplateName", "templates:\n  T: {}\n", {"6:3: error: bad template name 'T'; a name is"}},
        Said{"DefaultsAreAList",
             "defaults: [a]\n",
             {"5:11: error: 'defaults' must be a mapping of 'key: value', not a list"}},
        Said{"WhatAJobDoesNotAdd",
             "templates:\n  t: {provider: perf, task: {test_suite_id: 1}, stop: {task: {}}}\njobs:\n"
             "  a: {use: t, start: manual}\n  b: {use: t, start: {}, task: {task_id: 1}}\n",
             {"8:3: error: 'stop' needs an end", "8:3: error: 'task' of huawei-cpts needs 'task_id'",
              "9:3: error: 'stop' needs an end", "9:22: error: 'start' takes one of cron, at and every"}},
        Said{"WhatNobodyWrote",
             "templates:\n  t: {owner: x}\njobs:\n  a: {use: t}\n",
             {"8:3: error: job 'a' needs 'provider'", "8:3: error: job 'a' needs 'start'",
              "8:3: error: job 'a' needs 'stop'", "8:3: error: job 'a' needs 'task'"}},
        Said{"MergeKeyNamesUse",
             "jobs:\n  a: {<<: {}, use: x}\n",
             {"6:7: error: '<<' is not supported; put what is shared under 'templates' and write 'use: NAME' into the "
              "job",
              "6:20: error: unknown template 'x'; the config has no templates"}}),
    [](const auto& tested) { return std::string{tested.param.name}; });

TEST(TemplateWarnings, WarningOfATemplate_UsedByTwoJobs_IsToldOnce) {
    const auto result = load(config(
        "templates:\n  t: {provider: perf, task: {test_suite_id: 1}, start: \"*/5 * * * *\", stop: {after: 6m}}\n"
        "jobs:\n  a: {use: t, task: {task_id: 1}}\n  b: {use: t, task: {task_id: 2}}\n"));
    EXPECT_TRUE(result.settings);
    EXPECT_THAT(test::headlines(result), ElementsAre(HasSubstr("6:56: warning: starts follow each other after 5m")));
}

TEST(Templates, Templates_WhenWrittenOut_AreBounded) {
    std::string text = "templates:\n  t:\n    provider: none\n    task: {network_info: {";
    for (int i = 0; i < 20'000; ++i) text += "k" + std::to_string(i) + ": 1, ";
    text += "}}\n    start: manual\n    stop: {after: 5m}\njobs:\n";
    for (int i = 0; i < 1000; ++i) text += "  j" + std::to_string(i) + ": {use: t}\n";
    const auto result = load(config(text));
    EXPECT_THAT(test::headlines(result),
                ElementsAre(HasSubstr("unknown provider 'none'"),
                            HasSubstr("more than 10000000 values with every template written out")));
}

TEST(Texts, Texts_CountByTheirLength) {
    // An alias bomb made of one long text.
    std::string text = "version: 1\nx-a: &a \"" + std::string(4 * 1024 * 1024, 'x') + "\"\nx-b: [";
    for (int i = 0; i < 100; ++i) text += "*a, ";
    EXPECT_THAT(test::headlines(load(text + "]\n")), ElementsAre(HasSubstr("values with every alias written out")));
}

}  // namespace
}  // namespace taktd
