// SPDX-License-Identifier: Apache-2.0
// Every key of a job and a provider that GoodConfig leaves out, and the values that it gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::load;
using ::testing::ElementsAre;
using ::testing::Pair;

const std::string kPerf = "provider: perf\ntask: {test_suite_id: 1, task_id: 1}\n";

Job job_of(const std::string& lines) {
    const auto result = load(test::with_job(lines));
    EXPECT_TRUE(result.diagnostics.empty()) << test::all_text(result);
    if (!result.settings) return {};
    return *result.settings->config->jobs.at("load");
}

TEST(JobKeys, OwnerRunbookAndLabels_AreRead) {
    const Job job = job_of(kPerf +
                           "start: manual\nstop: {after: 5m}\nowner: team-checkout\nrunbook: https://wiki/x\n"
                           "labels: {team: checkout, tier: 1, \"a b\": yes}");
    EXPECT_EQ(job.owner, "team-checkout");
    EXPECT_EQ(job.runbook, "https://wiki/x");
    EXPECT_THAT(job.labels, ElementsAre(Pair("a b", "yes"), Pair("team", "checkout"), Pair("tier", "1")));
}

TEST(JobKeys, StartByHand_Alone_IsManual) {
    const Job job = job_of(kPerf + "start: manual\nstop: {after: 5m}");
    EXPECT_TRUE(job.schedule.rules.empty());
    EXPECT_EQ(next_due(job.schedule, WallTime{}), std::nullopt);
}

TEST(JobKeys, StartByHand_BesideASchedule_IsAllowed) {
    const Job job =
        job_of(kPerf + "start: [manual, \"0 2 * * *\", {every: 14d, from: \"2026-12-05 03:00\"}]\nstop: {after: 5m}");
    EXPECT_EQ(job.schedule.rules.size(), 2u);
}

TEST(JobKeys, Zone_IsTheSchedulesDefault) {
    EXPECT_EQ(job_of(kPerf + "time_zone: Europe/Berlin\nstart: manual\nstop: {after: 5m}").zone->name(),
              "Europe/Berlin");
    EXPECT_EQ(job_of(kPerf + "start: manual\nstop: {after: 5m}").zone->name(), "UTC");
}

TEST(JobKeys, OverlapPolicies_AreRead) {
    const std::string rest = kPerf + "start: \"0 2 * * *\"\nstop: {after: 5m}\nmisfire: run_late\n";
    EXPECT_EQ(job_of(rest + "overlap: queue").overlap, Overlap::queue);
    EXPECT_EQ(job_of(rest + "overlap: stop_previous").overlap, Overlap::stop_previous);
    EXPECT_EQ(job_of(rest + "overlap: skip").overlap, Overlap::skip);
}

TEST(JobKeys, StopWhenDone_InBothSpellings_IsRead) {
    const std::string rest = kPerf + "start: \"0 2 * * *\"\nmax_duration: 2h\n";
    for (const char* stop : {"stop: when_done", "stop: {when_done: true}"}) {
        const Job job = job_of(rest + stop);
        EXPECT_TRUE(std::holds_alternative<StopWhenDone>(job.stop)) << stop;
        EXPECT_EQ(job.max_duration, 2h);
    }
}

struct BerlinDay {
    const char* from;
    const char* start;
    const char* stop;
};

TEST(JobKeys, StopCron_FollowsTheClockOnTheWall) {
    const Job job = job_of(
        kPerf + "time_zone: Europe/Berlin\nstart: \"30 2 * * *\"\nstop: {cron: \"0 3 * * *\"}\nmax_duration: 2h");
    EXPECT_EQ(std::get<StopCron>(job.stop).text, "0 3 * * *");
    const BerlinDay days[] = {
        {"2026-07-01T12:00:00Z", "2026-07-02T00:30:00Z", "2026-07-02T01:00:00Z"},
        // 02:30 is skipped: the start comes at 03:00, which is its stop, too. Such a run is window_too_short.
        {"2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
        // 02:30 comes twice: the first counts, and 03:00 is an hour and a half later.
        {"2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"},
    };
    const auto instant = [](const char* text) {
        const int day = std::stoi(std::string{text}.substr(8, 2)), month = std::stoi(std::string{text}.substr(5, 2));
        const int hour = std::stoi(std::string{text}.substr(11, 2));
        return WallTime{std::chrono::sys_days{std::chrono::year{2026} / month / day} + std::chrono::hours{hour}};
    };
    for (const BerlinDay& day : days) {
        const auto due = next_due(job.schedule, instant(day.from));
        ASSERT_TRUE(due);
        EXPECT_EQ(to_rfc3339(*due), day.start);
        EXPECT_EQ(to_rfc3339(window_of(job, *due).stop_due), day.stop);
    }
}

TEST(JobKeys, TaskFromATemplate_IsRead) {
    const Job job = job_of(
        "provider: chaos\n"
        "task: {template_id: 33, title: \"drill {run}\", mode: automatic, pause_after: 60m, start_by: execute_task,\n"
        "       groups: [{instances: [ins-a1, ins-b2]}, {instances: [ins-c3]}]}\n"
        "start: \"0 3 * * 6\"\nstop: {after: 10m, is_expect: true, summary: x}");
    EXPECT_TRUE(job.task.is_from_template());
    EXPECT_EQ(job.task.task_id, "");
    EXPECT_EQ(job.task.prepare_json, R"({"template_id":33,"title":"drill {run}","mode":"automatic","pause_after":3600,)"
                                     R"("groups":[{"instances":["ins-a1","ins-b2"]},{"instances":["ins-c3"]}]})");
    EXPECT_EQ(job.task.start_json, R"({"start_by":"execute_task"})");
    EXPECT_EQ(job.task.stop_json, R"({"start_by":"execute_task","is_expect":true,"summary":"x"})");
}

TEST(JobKeys, Titles_HaveADefault) {
    const Job job = job_of(
        "provider: chaos\ntask: {template_id: 33}\nstart: \"0 3 * * 6\"\n"
        "stop: {after: 10m, is_expect: true, summary: x}");
    EXPECT_EQ(job.task.prepare_json, R"({"template_id":33,"title":"taktd {job} {run}","pause_after":3600})");
}

TEST(JobKeys, Rerun_SilencesTheWarning) {
    const Job job = job_of(
        "provider: chaos\ntask: {task_id: 33, rerun: true}\nstart: \"0 3 * * 6\"\n"
        "stop: {after: 10m, is_expect: true, summary: x}");
    EXPECT_EQ(job.task.start_json, R"({"task_id":33,"start_by":"modify_status"})");
}

TEST(JobKeys, ExpectName_IsNoneOfTheVendorsParameters) {
    for (const char* task :
         {"provider: chaos\ntask: {task_id: 1, expect_name: \"AZ-3 blackout\"}\n",
          "provider: perf\ntask: {test_suite_id: 1, task_id: 1, expect_name: \"AZ-3 blackout\"}\n"}) {
        const bool is_drill = std::string{task}.find("chaos") != std::string::npos;
        const Job job = job_of(std::string{task} + "start: {at: 2026-12-05}\nstop: {after: 10m" +
                               (is_drill ? ", is_expect: true, summary: x}" : "}"));
        EXPECT_EQ(job.task.expect_name, "AZ-3 blackout");
        EXPECT_EQ(job.task.start_json.find("expect"), std::string::npos);
    }
}

std::string with_chaos(const std::string& lines, const std::string& task) {
    return "version: 1\nproviders:\n  chaos:\n    type: tencent-cfg\n    credentials: {secret_id: \"${credential:i}\", "
           "secret_key: \"${credential:k}\"}\n" +
           lines + "jobs:\n  a: {provider: chaos, task: " + task +
           ", start: manual, stop: {after: 10m, is_expect: true, summary: x}}\n";
}

TEST(JobKeys, ExpectName_NeedsTheBaseline) {
    const auto result = load(with_chaos("    baseline: false\n", "{task_id: 1, expect_name: x}"));
    EXPECT_THAT(
        test::headlines(result),
        ElementsAre("taktd.yaml:8:43: error: 'expect_name' needs the baseline, which shows the name, but provider "
                    "'chaos' says 'baseline: false'; remove one"));
}

TEST(ProviderKeys, CodesAndForeignRuns_AreRead) {
    const auto result = load(
        with_chaos("    outcomes: {InternalError.Busy: refused_retryable, FailedOperation: uncertain}\n"
                   "    success_codes: [ResourceInUse.Already, \"200\", ResourceInUse.Already]\n    foreign: stop\n",
                   "{task_id: 1}"));
    ASSERT_TRUE(result.settings) << test::all_text(result);
    const ProviderSpec& chaos = *result.settings->config->providers.at("chaos");
    EXPECT_THAT(chaos.outcomes, ElementsAre(Pair("FailedOperation", Outcome::uncertain),
                                            Pair("InternalError.Busy", Outcome::refused_retryable)));
    EXPECT_THAT(chaos.success_codes, ElementsAre("ResourceInUse.Already", "200"));
    EXPECT_EQ(chaos.foreign, Foreign::stop);
    const auto plain = load(with_chaos("", "{task_id: 1}"));
    EXPECT_EQ(plain.settings->config->providers.at("chaos")->foreign, Foreign::report);
}

TEST(ProviderKeys, OneKeyAndEndpoint_ShareOneBucketAndItsLimit) {
    const std::string keys = "type: tencent-cfg, credentials: {secret_id: \"${file:/i}\", secret_key: \"${file:/k}\"}";
    const auto two = [&](const std::string& a, const std::string& b) {
        return load("version: 1\nproviders:\n  a: {" + keys + a + "}\n  b: {" + keys + b + "}\n");
    };
    const auto equal = two(", rate_limit: {rate: 5/s}", ", rate_limit: {rate: 300/m}");
    ASSERT_TRUE(equal.settings) << test::all_text(equal);
    const auto& providers = equal.settings->config->providers;
    EXPECT_EQ(providers.at("a")->account, providers.at("b")->account);
    EXPECT_THAT(
        test::headlines(two("", ", rate_limit: {rate: 5/s}")),
        ElementsAre("taktd.yaml:4:3: error: provider 'b' uses the account of 'a' (one endpoint and key id) with "
                    "another rate_limit; they share one bucket, give both the same"));
    EXPECT_TRUE(two("", ", rate_limit: {rate: 5/s}, endpoint: \"https://other.example\"").settings);
}

}  // namespace
}  // namespace taktd
