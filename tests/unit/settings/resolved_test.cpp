// SPDX-License-Identifier: Apache-2.0
// What `taktctl check --resolved` shows: every key, where it came from, and lines that are the same job again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/settings/yaml/yaml_text.hpp"
#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using test::Files;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kHead =
    "version: 1\ntime_zone: Asia/Shanghai\ninclude: [t.yaml]\nproviders:\n"
    "  perf: {type: huawei-cpts, region: r, project_id: p, credentials: {token: \"${file:/t}\"}}\n"
    "  chaos: {type: tencent-cfg, credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:/k}\"}}\n"
    "jobs:\n";

LoadResult resolve(const Files& files) {
    LoadContext context = test::context_with(files);
    context.resolve_job = "a";
    return load_settings_text(files.at("taktd.yaml"), "taktd.yaml", context);
}

std::vector<std::string> lines_of(const LoadResult& result) {
    std::vector<std::string> lines;
    for (const ResolvedKey& key : result.resolved) {
        lines.push_back(key.yaml + "  # " + (key.line > 0 ? key.file + ":" + std::to_string(key.line) : "default") +
                        (key.note.empty() ? "" : ": " + key.note));
    }
    return lines;
}

TEST(Resolved, EachKey_SaysWhereItCameFrom) {
    const auto result = resolve({
        {"taktd.yaml", kHead + "  a:\n    use: load\n    task: {task_id: 101}\n    stop: {task: {cluster_id: -1}}\n    "
                               "labels: {team: x}\n"},
        {"t.yaml",
         "defaults:\n  start_grace: 20s\n  labels:\n    tier: \"1\"\ntemplates:\n  load:\n    provider: perf\n"
         "    task: {test_suite_id: 1}\n    start:\n    - \"0 2 * * *\"\n    - {cron: \"0 2 * * *\", time_zone: "
         "Europe/Berlin}\n"
         "    stop: {after: 30m}\n    retry: {attempts: 3}\n"},
    });
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_THAT(
        lines_of(result),
        ElementsAre("labels:  # taktd.yaml:12", "  team: x  # taktd.yaml:12", "  tier: \"1\"  # t.yaml:4",
                    "provider: perf  # t.yaml:7", "task:  # taktd.yaml:10", "  test_suite_id: 1  # t.yaml:8",
                    "  task_id: 101  # taktd.yaml:10", "  cluster_type: shared-cluster-internet  # default",
                    "  cluster_id: 0  # default", "  network_info: {\"network_type\":\"internet\"}  # default",
                    "  without_package: 0  # default", "  enterprise_project_id: \"0\"  # default",
                    "start:  # t.yaml:9", "  - cron: \"0 2 * * *\"  # t.yaml:10",
                    "    time_zone: Asia/Shanghai  # taktd.yaml:2", "  - cron: \"0 2 * * *\"  # t.yaml:11",
                    "    time_zone: Europe/Berlin  # t.yaml:11", "stop:  # taktd.yaml:11", "  after: 30m  # t.yaml:12",
                    "  task:  # taktd.yaml:11", "    cluster_id: -1  # taktd.yaml:11",
                    "time_zone: Asia/Shanghai  # taktd.yaml:2", "max_duration: 30m  # default: start to stop",
                    "start_grace: 20s  # t.yaml:2", "misfire: skip  # default",
                    "min_window: 1m  # default: min(1m, half the window)", "overlap: skip  # default",
                    "retry:  # t.yaml:13", "  attempts: 3  # t.yaml:13", "  initial: 1s  # default",
                    "  max: 1m  # default", "on_removal: stop  # default", "enabled: true  # default"));
}

TEST(Resolved, Times_AreShownAsInstants) {
    const auto result = resolve({
        {"taktd.yaml",
         kHead +
             "  a:\n    provider: chaos\n    time_zone: Europe/Berlin\n    task: {task_id: 1, expect_name: \"AZ 3\"}\n"
             "    start: [manual, {at: \"2026-12-05 03:00\"}, {every: 14d, from: 2026-12-05, time_zone: UTC}]\n"
             "    stop: {cron: \"0 6 * * *\", is_expect: true, summary: \"{job}\"}\n    max_duration: 4h\n"},
        {"t.yaml", ""},
    });
    ASSERT_TRUE(result.settings) << test::all_text(result);
    std::vector<std::string> lines = lines_of(result);
    lines.resize(26);
    EXPECT_THAT(
        lines,
        ElementsAre("provider: chaos  # taktd.yaml:9", "task:  # taktd.yaml:11", "  task_id: 1  # taktd.yaml:11",
                    "  start_by: modify_status  # default", "  expect_name: \"AZ 3\"  # taktd.yaml:11",
                    "start:  # taktd.yaml:12", "  - manual  # taktd.yaml:12",
                    "  - at: \"2026-12-05T03:00:00+01:00\"  # taktd.yaml:12", "  - every: 14d  # taktd.yaml:12",
                    "    from: \"2026-12-05T00:00:00+00:00\"  # taktd.yaml:12", "    time_zone: UTC  # taktd.yaml:12",
                    "stop:  # taktd.yaml:13", "  cron: \"0 6 * * *\"  # taktd.yaml:13", "  heal: auto  # default",
                    "  heal_within: 2m  # default", "  is_expect: true  # taktd.yaml:13",
                    "  summary: \"{job}\"  # taktd.yaml:13", "  on_abort:  # default",
                    "    is_expect: false  # default", "    summary: \"{cause} by {actor}: {reason}\"  # default",
                    "time_zone: Europe/Berlin  # taktd.yaml:10", "max_duration: 4h  # taktd.yaml:14",
                    "# start_grace: min(60s, half the window)  # default: min(60s, half the window)",
                    "misfire: skip  # default",
                    "# min_window: min(1m, half the window)  # default: min(1m, half the window)",
                    "overlap: skip  # default"));
}

TEST(Resolved, ShownJob_ReadAgain_IsTheSame) {
    for (const std::string job : {
             "{provider: perf, task: {test_suite_id: \"7\", task_id: 101, network_info: {a: \"1\", b: [1, \"x y\", ~, "
             "{c: no}], d: {}}}, start: {every: 1d}, stop: {after: 5m}}",
             "{provider: chaos, task: {template_id: 3, groups: [{instances: [ins-1, \"#2\"]}]}, start: manual, stop: "
             "{after: 5m, is_expect: true, summary: \"a \\\"b\\\" \\\\ {job}: #\"}, description: \"x: y # z\", labels: "
             "{\"a b\": \"1\", c: d}}",
             "{provider: chaos, task: {task_id: 3, rerun: true}, start: {cron: \"0 2 * * MON#1\"}, stop: when_done, "
             "max_duration: 1h, misfire: run_late, overlap: queue}",
             "{provider: perf, task: {test_suite_id: 1, task_id: 1}, start: {at: 2027-05-01}, stop: {at: 2027-05-02}, "
             "enabled: false, min_window: 0s}",
         }) {
        std::string text = job;
        if (text.find("when_done") != std::string::npos)
            text.replace(text.find("when_done"), 9, "{when_done: true, is_expect: true, summary: s}");
        const auto first = resolve({{"taktd.yaml", kHead + "  a: " + text + "\n"}, {"t.yaml", ""}});
        ASSERT_TRUE(first.settings) << test::all_text(first);
        std::string again = kHead + "  a:\n";
        for (const ResolvedKey& key : first.resolved) again += "    " + key.yaml + "  # here\n";
        const auto second = resolve({{"taktd.yaml", again}, {"t.yaml", ""}});
        ASSERT_TRUE(second.settings) << test::all_text(second) << again;
        const Job& a = *first.settings->config->jobs.at("a");
        const Job& b = *second.settings->config->jobs.at("a");
        EXPECT_EQ(a.task, b.task) << again;
        EXPECT_EQ(a.schedule.fingerprint(), b.schedule.fingerprint());
        EXPECT_EQ(a.stop.index(), b.stop.index());
        EXPECT_EQ(a.labels, b.labels);
        EXPECT_EQ(a.description, b.description);
        EXPECT_EQ(a.min_window == Duration{1}, b.min_window == Duration{1});
        const WallTime due = next_due(a.schedule, WallTime{}).value_or(WallTime{});
        EXPECT_EQ(window_of(a, due).stop_due, window_of(b, due).stop_due);
        EXPECT_EQ(window_of(a, due).max_end, window_of(b, due).max_end);
        EXPECT_EQ(window_of(a, due).start_grace, window_of(b, due).start_grace);
    }
}

TEST(Resolved, Text_WithoutTheJobOrWithAnError_IsEmpty) {
    EXPECT_THAT(
        resolve(
            {{"taktd.yaml",
              kHead +
                  "  b: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: manual, stop: {after: 5m}}\n"},
             {"t.yaml", ""}})
            .resolved,
        IsEmpty());
    EXPECT_THAT(resolve({{"taktd.yaml", kHead + "  a: {provider: perf, task: {test_suite_id: 1, task_id: 1}, start: "
                                                "manual, stop: {after: 5m}}\n  b: {}\n"},
                         {"t.yaml", ""}})
                    .resolved,
                IsEmpty());
}

TEST(YamlText, Text_CommandsNoTerminal) {
    EXPECT_EQ(yaml_quoted("a\x1b[31m\x7f\xc2\x9b"
                          "z\n"),
              "\"a\\u001b[31m\\u007f\\u009bz\\n\"");
    EXPECT_EQ(yaml_of_json("\"30\""), "\"30\"");
    EXPECT_EQ(yaml_of_json("\"1m\""), "1m");
    EXPECT_EQ(yaml_of_json("\"{run} x\""), "\"{run} x\"");
    EXPECT_EQ(yaml_of_json("true"), "true");
}

}  // namespace
}  // namespace taktd
