// SPDX-License-Identifier: Apache-2.0
// `stop.heal` and `stop.heal_within`: their defaults, what they come to, and where they have no meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::load;
using ::testing::HasSubstr;

const std::string kDrill = "provider: chaos\ntask: {task_id: 1}\nstart: manual\nmax_duration: 1h\n";
const std::string kLoad = "provider: perf\ntask: {test_suite_id: 1, task_id: 1}\nstart: manual\n";

std::string drill_with(const std::string& more) {
    return kDrill + "stop: {after: 5m, is_expect: true, summary: x" + more + "}";
}

std::optional<Duration> heal_within(const std::string& job) {
    const auto result = load(test::with_job(job));
    EXPECT_TRUE(result.diagnostics.empty()) << test::all_text(result);
    return result.settings ? result.settings->config->jobs.at("load")->heal_within : Duration{-1};
}

TEST(Healing, Healing_IsTheDefaultOfDrills) {
    EXPECT_EQ(heal_within(drill_with("")), Duration{2min});
    EXPECT_EQ(heal_within(drill_with(", heal: auto")), Duration{2min});
    EXPECT_EQ(heal_within(drill_with(", heal_within: 1s")), Duration{1s});
    EXPECT_EQ(heal_within(drill_with(", heal: auto, heal_within: 30m")), Duration{30min});
    EXPECT_EQ(heal_within(drill_with(", heal: never")), std::nullopt);
    EXPECT_EQ(heal_within(drill_with(", heal: never, heal_within: 5s")), std::nullopt);
    EXPECT_EQ(heal_within(kLoad + "stop: {after: 5m}"), std::nullopt);
}

TEST(Healing, Healing_IsInheritedLikeEveryKeyOfAStop) {
    const auto result = load(test::with_job("use: drill\nstop: {heal_within: 1m}") +
                             "\ntemplates:\n  drill:\n    provider: chaos\n    task: {task_id: 1}\n    start: manual\n"
                             "    stop: {after: 5m, is_expect: true, summary: x, heal: never, heal_within: 3m}\n");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_EQ(result.settings->config->jobs.at("load")->heal_within, std::nullopt);
}

TEST(Healing, BadHealing_SaysWhatIsWrong) {
    const std::pair<std::string, const char*> cases[] = {
        {kLoad + "stop: {after: 5m, heal: auto}",
         "'heal' has no meaning for huawei-cpts, which injects no faults; remove it"},
        {kLoad + "stop: {after: 5m, heal_within: 1m}", "'heal_within' has no meaning for huawei-cpts"},
        {drill_with(", heal: always"), "auto"},
        {drill_with(", heal_within: 31m"), "'heal_within' must be at most 30m"},
        {drill_with(", heal_within: 500ms"), "'heal_within'"},
        {drill_with(", heal_within: soon"), "'heal_within'"},
        {drill_with(", heals: auto"), "did you mean 'heal'?"},
    };
    for (const auto& [job, error] : cases) {
        SCOPED_TRACE(job);
        const auto result = load(test::with_job(job));
        EXPECT_FALSE(result.settings);
        EXPECT_THAT(test::all_text(result), HasSubstr(error));
    }
}

}  // namespace
}  // namespace taktd
