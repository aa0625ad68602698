// SPDX-License-Identifier: Apache-2.0
// A right config gives exactly these values; nothing of it is left to chance.
#include "daemon/settings/settings.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::load;

class GoodConfig : public ::testing::Test {
protected:
    static const Settings& settings() {
        static const LoadResult result = load(test::kGoodConfig);
        EXPECT_FALSE(result.has_errors()) << test::all_text(result);
        return *result.settings;
    }
    static const Job& job(const std::string& name) { return *settings().config->jobs.at(name); }
};

TEST_F(GoodConfig, SectionsOfTheDaemon_AreGiven) {
    EXPECT_EQ(settings().store_path, "/tmp/t.db");
    EXPECT_EQ(settings().retention, 24h * 30);
    EXPECT_EQ(settings().control_socket, "/tmp/t.sock");
    EXPECT_EQ(settings().time_zone, "Asia/Shanghai");
    EXPECT_EQ(settings().config->providers.size(), 2u);
    EXPECT_EQ(settings().config->jobs.size(), 3u);
}

TEST_F(GoodConfig, Providers_AreGiven) {
    const ProviderSpec& perf = *settings().config->providers.at("perf");
    EXPECT_EQ(perf.name, "perf");
    EXPECT_EQ(perf.type, "huawei-cpts");
    EXPECT_EQ(perf.endpoint, "https://cpts.ap-southeast-3.myhuaweicloud.com");
    EXPECT_EQ(perf.region, "ap-southeast-3");
    EXPECT_EQ(perf.scope, "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(perf.credentials,
              (std::map<std::string, std::string>{{"access_key", "${env:HUAWEI_ACCESS_KEY}"},
                                                  {"secret_key", "${credential:huawei-secret-key}"}}));
    EXPECT_EQ(perf.account, "huawei-cpts|https://cpts.ap-southeast-3.myhuaweicloud.com|${env:HUAWEI_ACCESS_KEY}");
    EXPECT_EQ(perf.rate_limit, (RateLimit{.interval = 600ms, .burst = 3}));
    EXPECT_EQ(perf.timeout, 5s);
    EXPECT_EQ(perf.poll_interval, 20s);
    EXPECT_EQ(perf.settle, 90s);
    EXPECT_FALSE(perf.baseline);

    const ProviderSpec& chaos = *settings().config->providers.at("chaos");
    EXPECT_EQ(chaos.endpoint, "https://cfg.tencentcloudapi.com");
    EXPECT_EQ(chaos.region, "");
    EXPECT_EQ(chaos.scope, "");
    EXPECT_EQ(chaos.rate_limit, (RateLimit{.interval = 125ms, .burst = 2}));
    EXPECT_EQ(chaos.timeout, 10s);
    EXPECT_EQ(chaos.poll_interval, 15s);
    EXPECT_EQ(chaos.settle, 2min);
    EXPECT_TRUE(chaos.baseline);
    EXPECT_TRUE(chaos.traits.can_pause);
}

TEST_F(GoodConfig, LoadJob_IsGiven) {
    const Job& load_job = job("nightly-load");
    EXPECT_EQ(load_job.name, "nightly-load");
    EXPECT_EQ(load_job.provider, settings().config->providers.at("perf"));
    EXPECT_EQ(load_job.description, "Checkout at 2x peak");
    EXPECT_EQ(load_job.task.task_id, "101");
    EXPECT_EQ(load_job.task_key, task_key_of(*load_job.provider, "101"));
    EXPECT_EQ(load_job.task.start_json,
              R"({"test_suite_id":7,"task_id":101,"cluster_type":"shared-cluster-internet","cluster_id":0,)"
              R"("network_info":{"network_type":"internet","extra":[1,"2",true,null]},"without_package":0,)"
              R"("enterprise_project_id":"0"})");
    EXPECT_EQ(load_job.task.stop_json,
              R"({"test_suite_id":7,"task_id":101,"cluster_type":"shared-cluster-internet","cluster_id":-1,)"
              R"("network_info":{},"without_package":0,"enterprise_project_id":"0"})");
    EXPECT_EQ(load_job.task.on_abort_json, load_job.task.stop_json);
    EXPECT_EQ(std::get<StopAfter>(load_job.stop).after, 90min);
    EXPECT_EQ(load_job.max_duration, 100min);
    EXPECT_EQ(load_job.start_grace, 45s);
    EXPECT_EQ(load_job.min_window, 2min);
    EXPECT_EQ(load_job.misfire, Misfire::run_late);
    EXPECT_EQ(load_job.overlap, Overlap::skip);
    EXPECT_EQ(load_job.retry, (RetryPolicy{.attempts = 3, .initial = 500ms, .max = 10s}));
    EXPECT_FALSE(load_job.enabled);
    EXPECT_EQ(load_job.on_removal, OnRemoval::finish);
    ASSERT_EQ(load_job.schedule.rules.size(), 2u);
    const auto& berlin = std::get<CronRule>(load_job.schedule.rules[0]);
    EXPECT_EQ(berlin.text, "0 2 * * *");
    EXPECT_EQ(berlin.zone->name(), "Europe/Berlin");
    EXPECT_EQ(std::get<CronRule>(load_job.schedule.rules[1]).zone->name(), "Asia/Shanghai");
}

TEST_F(GoodConfig, Interval_IsGiven) {
    const Job& fortnight = job("every-fortnight");
    const auto& rule = std::get<EveryRule>(fortnight.schedule.rules.at(0));
    EXPECT_EQ(rule.period, 24h * 14);
    EXPECT_EQ(rule.from, LocalTime{std::chrono::local_days{std::chrono::year{2026} / 12 / 5}} + 3h);
    EXPECT_EQ(to_rfc3339(rule.from_instant), "2026-12-05T02:00:00Z");
    EXPECT_EQ(rule.zone->name(), "Europe/Berlin");
    EXPECT_EQ(fortnight.max_duration, Duration{});
    EXPECT_EQ(fortnight.start_grace, Duration{});
    EXPECT_EQ(fortnight.min_window, Duration{});
    EXPECT_EQ(fortnight.misfire, Misfire::skip);
    EXPECT_EQ(fortnight.retry, RetryPolicy{});
    EXPECT_TRUE(fortnight.enabled);
    EXPECT_EQ(fortnight.on_removal, OnRemoval::stop);
    EXPECT_THAT(fortnight.task.start_json, ::testing::HasSubstr(R"("cluster_type":"private-cluster","cluster_id":5)"));
    EXPECT_THAT(fortnight.task.start_json, ::testing::HasSubstr(R"("enterprise_project_id":"3")"));
}

TEST_F(GoodConfig, Drill_IsGivenWithItsThreeRequests) {
    const Job& drill = job("one-drill");
    EXPECT_EQ(drill.task.task_id, "1698");
    EXPECT_EQ(drill.task.start_json, R"({"task_id":1698,"start_by":"modify_status"})");
    EXPECT_EQ(drill.task.stop_json, R"({"task_id":1698,"start_by":"modify_status","is_expect":true,)"
                                    R"("summary":"{job} {run}: \"ended\" {{on schedule"})");
    EXPECT_EQ(drill.task.on_abort_json, R"({"task_id":1698,"start_by":"modify_status","is_expect":true,)"
                                        R"("summary":"{cause} by {actor}: {reason}"})");
    EXPECT_EQ(to_rfc3339(std::get<OnceRule>(drill.schedule.rules.at(0)).at), "2026-12-04T19:00:00Z");
    EXPECT_EQ(to_rfc3339(std::get<StopAt>(drill.stop).at), "2026-12-04T19:10:00Z");
}

TEST_F(GoodConfig, Warnings_AreOfTheEnvironmentAlone) {
    const auto result = load(test::kGoodConfig);
    EXPECT_THAT(
        test::headlines(result),
        ::testing::ElementsAre(::testing::HasSubstr("taktd.yaml:11:31: warning: 'access_key' from the environment")));
}

TEST(Settings, OpenSettings_HaveDefaults) {
    const auto result = load("version: 1\n");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_TRUE(result.diagnostics.empty());
    EXPECT_EQ(result.settings->store_path, "/var/lib/taktd/taktd.db");
    EXPECT_EQ(result.settings->retention, 24h * 90);
    EXPECT_EQ(result.settings->control_socket, "/run/taktd/control.sock");
    EXPECT_EQ(result.settings->time_zone, "UTC");
    EXPECT_TRUE(result.settings->config->jobs.empty());
    EXPECT_TRUE(load("version: '1'\njobs:\nproviders:\n").settings);
}

TEST(Settings, ByteOrderMarkAndWindowsLines_AreTaken) {
    std::string text;
    for (const char c : std::string{test::kGoodConfig}) text += c == '\n' ? std::string{"\r\n"} : std::string{c};
    const auto result = load("\xEF\xBB\xBF" + text);
    EXPECT_TRUE(result.settings) << test::all_text(result);
}

TEST(Settings, EnvironmentInAddresses_IsExpandedOnce) {
    const std::string head =
        "version: 1\nproviders:\n  p:\n    type: huawei-cpts\n    credentials: {token: \"${file:/t}\"}\n";
    const auto one = load(head + "    region: ${env:REGION}\n    project_id: a-${env:REGION}-b\n");
    ASSERT_TRUE(one.settings) << test::all_text(one);
    EXPECT_EQ(one.settings->config->providers.at("p")->endpoint, "https://cpts.cn-north-4.myhuaweicloud.com");
    EXPECT_EQ(one.settings->config->providers.at("p")->scope, "a-cn-north-4-b");
    const auto two = load(head + "    endpoint: \"http://127.0.0.1:${env:PORT}/\"\n    project_id: ${env:NESTED}\n");
    ASSERT_TRUE(two.settings) << test::all_text(two);
    EXPECT_EQ(two.settings->config->providers.at("p")->endpoint, "http://127.0.0.1:8081");
    EXPECT_EQ(two.settings->config->providers.at("p")->scope, "${env:REGION}")
        << "what a variable holds is not expanded";
}

TEST(Settings, EqualEndpoints_AreEqualTexts) {
    const std::pair<const char*, const char*> kCases[] = {
        {"https://CPTS.Example.com:443/", "https://cpts.example.com"},
        {"http://localhost:80", "http://localhost"},
        {"http://[::1]:8081", "http://[::1]:8081"},
        {"http://127.8.9.10:1", "http://127.8.9.10:1"},
        {"https://host:8443", "https://host:8443"},
    };
    for (const auto& [written, expected] : kCases) {
        const auto result = load(
            "version: 1\nproviders:\n  p:\n    type: tencent-cfg\n    credentials: {secret_id: "
            "\"${file:/i}\", secret_key: \"${file:/k}\"}\n    endpoint: \"" +
            std::string{written} + "\"\n");
        ASSERT_TRUE(result.settings) << written << test::all_text(result);
        EXPECT_EQ(result.settings->config->providers.at("p")->endpoint, expected);
    }
}

TEST(Settings, Nodes_AreSharedByAliases) {
    const auto result =
        load(test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: \"0 2 * * *\"\n"
                            "stop: &end {after: 5m}") +
             "  other: {provider: perf, task: {test_suite_id: 1, task_id: 2}, start: \"0 3 * * *\", stop: *end}\n");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_EQ(std::get<StopAfter>(result.settings->config->jobs.at("other")->stop).after, 5min);
}

TEST(Settings, Intervals_CountFromTheEpochByDefault) {
    const auto result =
        load(test::with_job("provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: {every: 6h}\n"
                            "stop: {after: 5m}\nmin_window: 0s"));
    ASSERT_TRUE(result.settings) << test::all_text(result);
    const Job& job = *result.settings->config->jobs.at("load");
    EXPECT_EQ(to_rfc3339(std::get<EveryRule>(job.schedule.rules.at(0)).from_instant), "1970-01-01T00:00:00Z");
    EXPECT_EQ(job.min_window, 1ns) << "0s means any rest of a window, not the default";
}

TEST(Settings, Settings_ComeFromAFile) {
    const auto path = std::filesystem::path{::testing::TempDir()} / "taktd_settings_test.yaml";
    std::ofstream{path} << test::kGoodConfig;
    EXPECT_TRUE(load_settings(path.string(), test::context()).settings);
    std::filesystem::remove(path);
    const auto missing = load_settings(path.string(), test::context());
    EXPECT_EQ(missing.diagnostics.at(0).to_text(),
              path.string() + ": error: cannot be read: No such file or directory");
    const auto folder = load_settings(::testing::TempDir(), test::context());
    EXPECT_THAT(folder.diagnostics.at(0).to_text(), ::testing::HasSubstr("cannot be read: Is a directory"));
}

// How long it takes is bench_config's to say.
TEST(Settings, TenThousandJobs_LoadWhole) {
    std::string text =
        "version: 1\nproviders:\n  perf: {type: huawei-cpts, region: r, project_id: p, credentials: {token: "
        "\"${file:/t}\"}}\njobs:\n";
    for (int i = 0; i < 10'000; ++i) {
        text += "  job-" + std::to_string(i) + ":\n    provider: perf\n    description: number " + std::to_string(i) +
                "\n    task: {test_suite_id: 1, task_id: " + std::to_string(i) + "}\n    start: \"" +
                std::to_string(i % 60) + " 2 * * *\"\n    stop: {after: 30m}\n    start_grace: 60s\n";
    }
    const auto result = load(text);
    ASSERT_TRUE(result.settings) << test::headlines(result).at(0);
    EXPECT_EQ(result.settings->config->jobs.size(), 10'000u);
}

}  // namespace
}  // namespace taktd
