// SPDX-License-Identifier: Apache-2.0
// `notify` of a config: what it may say, and what is said of a wrong one.
#include "daemon/settings/notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LoadResult load_target(const std::string& target) {
    return test::load("version: 1\nnotify: {targets: {ops: {" + target + "}}}\n");
}

TEST(NotifySettings, GoodOnes_AreRead) {
    const auto result = test::load(
        "version: 1\nnotify:\n  defaults: {events: [overdue], locale: zh}\n  targets:\n"
        "    bus: {kind: webhook, url: \"https://hooks.example.com/t\", secret: [\"${env:NEW}\", \"${env:OLD}\"]}\n"
        "    mail: {kind: command, argv: [/usr/sbin/sendmail, ops@example.com], events: [store, run.failed], locale: "
        "en}\n");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    const auto& targets = result.settings->notify;
    ASSERT_EQ(targets.size(), 2U);
    EXPECT_EQ(targets[0].name, "bus");
    EXPECT_THAT(targets[0].secrets, ElementsAre("${env:NEW}", "${env:OLD}"));
    EXPECT_EQ(targets[0].locale, NotifyTarget::Locale::zh);
    EXPECT_THAT(targets[0].events, ElementsAre(NoticeType::run_overdue, NoticeType::run_recovered));
    EXPECT_EQ(targets[1].locale, NotifyTarget::Locale::en);
    EXPECT_THAT(targets[1].events, ElementsAre(NoticeType::run_failed, NoticeType::store_down, NoticeType::store_up));
    EXPECT_TRUE(targets[1].is_sendmail());
}

TEST(NotifySettings, WithoutEvents_ATargetIsToldWhatIsWrong) {
    const auto result = load_target("kind: slack, url: \"${credential:url}\"");
    ASSERT_TRUE(result.settings) << test::all_text(result);
    EXPECT_EQ(result.settings->notify.front().events, default_notice_types());
    EXPECT_FALSE(default_notice_types().contains(NoticeType::run_started));
}

TEST(NotifySettings, WrongOnes_AreExplained) {
    const std::pair<std::string, std::string> cases[] = {
        {"url: \"${env:U}\"", "'kind: webhook'"},
        {"kind: teams, url: \"${env:U}\"", "must be webhook"},
        {"kind: webhook, url: \"https://h.example/t\"", "make one with: echo whsec_"},
        {"kind: webhook, url: \"http://h.example/t\", secret: \"${env:S}\"", "'url' must begin with https"},
        {"kind: webhook, url: \"https://h.example/#x\", secret: \"${env:S}\"", "without '#'"},
        {"kind: webhook, url: \"https://h.example/t\", secret: []", "two while it is changed"},
        {"kind: slack", "'url: \"${credential:ops-url}\"'"},
        {"kind: ntfy, url: \"https://ntfy.example\"", "'topic: taktd'"},
        {"kind: ntfy, url: \"https://ntfy.example\", topic: \"a b\"", "'topic' must be 1 to 64"},
        {"kind: command, argv: [tell]", "absolute path of a program"},
        {"kind: command, argv: [/usr/sbin/sendmail, -t]", "sendmail needs an address"},
        {"kind: command, argv: tell", "'argv' must be a list"},
        {"kind: command, argv: [/a], url: \"https://h.example\"", "unknown key 'url'"},
        {"kind: slack, url: \"${env:U}\", events: [overdu]", "did you mean 'overdue'"},
        {"kind: slack, url: \"${env:U}\", events: overdue", "'events' must be a list"},
        {"kind: slack, url: \"${env:U}\", locale: fr", "'locale' must be en or zh"},
    };
    for (const auto& [target, message] : cases) {
        const auto result = load_target(target);
        EXPECT_FALSE(result.settings) << target;
        EXPECT_THAT(test::all_text(result), HasSubstr(message)) << target;
    }
}

TEST(NotifySettings, ARobotsAddress_IsNeverShown) {
    const auto result = load_target("kind: slack, url: \"https://hooks.slack.com/services/T0/B0/s3cr3t\"");
    EXPECT_FALSE(result.settings);
    EXPECT_THAT(test::all_text(result), ::testing::Not(HasSubstr("s3cr3t")));
}

TEST(NotifyTarget, Filters_LeaveOutWhatHappensElsewhere) {
    NotifyTarget target{.name = "ops", .events = {NoticeType::run_failed}, .providers = {"perf"}};
    Job job;
    job.labels["team"] = "checkout";
    EXPECT_TRUE(target.wants(NoticeType::run_failed, "perf", &job));
    EXPECT_FALSE(target.wants(NoticeType::run_failed, "chaos", &job));
    EXPECT_FALSE(target.wants(NoticeType::run_started, "perf", &job));
    EXPECT_TRUE(target.wants(NoticeType::run_failed, "", nullptr)) << "what is no provider's is everybody's";
    target.providers.clear();
    target.labels["team"] = "checkout";
    EXPECT_TRUE(target.wants(NoticeType::run_failed, "perf", &job));
    target.labels["team"] = "search";
    EXPECT_FALSE(target.wants(NoticeType::run_failed, "perf", &job));
    EXPECT_FALSE(target.wants(NoticeType::run_failed, "perf", nullptr)) << "the job has left the config";
}

}  // namespace
}  // namespace taktd
