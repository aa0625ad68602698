// SPDX-License-Identifier: Apache-2.0
// The short texts of the command line.
#include "providers/simcloud/options.hpp"

#include <gtest/gtest.h>

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, FourUnits_AreKnown) {
    const std::pair<const char*, Duration> good[] = {
        {"500ms", 500ms}, {"10s", 10s}, {"5m", 5min}, {"2h", 2h}, {"0s", 0s}};
    for (const auto& [text, value] : good) EXPECT_EQ(parse_duration(text), value) << text;
    for (const char* text : {"", "5", "s", "-1s", "1.5s", "1 s", "5d", "99999999999s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(ParseListen, AddressAndPort_AreTaken) {
    EXPECT_EQ(parse_listen("127.0.0.1:8401")->port, 8401);
    EXPECT_EQ(parse_listen("[::1]:0")->address, "::1");
    for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x"})
        EXPECT_FALSE(parse_listen(text)) << text;
}

TEST(ParseProvider, Provider_HasDefaultsForTests) {
    const auto provider = parse_provider("huawei-cpts");
    ASSERT_TRUE(provider);
    EXPECT_EQ(provider->name, "huawei-cpts");
    EXPECT_EQ(provider->listen.port, 0);
    EXPECT_TRUE(provider->twin.limits.check_signature);
    EXPECT_EQ(provider->twin.scope, kDefaultScope);
    EXPECT_EQ(provider->twin.credentials.at("access_key"), Secret{kDefaultAccessKey});
    EXPECT_EQ(parse_provider("tencent-cfg")->twin.limits.rate.interval, 100ms) << "the vendor's 10 a second";
}

TEST(ParseProvider, Settings_AreTaken) {
    const auto provider = parse_provider(
        "tencent-cfg,name=chaos,listen=127.0.0.1:8402,secret_id=AKID,secret_key=s,scope=p,rate=4/s,burst=3,unsigned");
    ASSERT_TRUE(provider) << provider.error();
    EXPECT_EQ(provider->name, "chaos");
    EXPECT_EQ(provider->listen.port, 8402);
    EXPECT_EQ(provider->twin.credentials.at("secret_id"), Secret{"AKID"});
    EXPECT_EQ(provider->twin.credentials.at("secret_key"), Secret{"s"});
    EXPECT_EQ(provider->twin.limits.rate.interval, 250ms);
    EXPECT_EQ(provider->twin.limits.rate.burst, 3);
    EXPECT_FALSE(provider->twin.limits.check_signature);
    EXPECT_EQ(parse_provider("tencent-cfg,rate=off")->twin.limits.rate.interval, 0ns);
}

TEST(ParseProvider, BadSetting_IsRefusedAndNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {"aws-fis", "unknown provider type 'aws-fis'; there are: huawei-cpts tencent-cfg"},
        {"tencent-cfg,rate=10", "tencent-cfg: '10' is no rate like 10/s"},
        {"tencent-cfg,rate=0/s", "tencent-cfg: '0/s' is no rate like 10/s"},
        {"tencent-cfg,burst=0", "tencent-cfg: '0' is no burst"},
        {"tencent-cfg,port=1", "tencent-cfg: unknown setting 'port'"},
    };
    for (const auto& [text, error] : cases) {
        const auto provider = parse_provider(text);
        ASSERT_FALSE(provider) << text;
        EXPECT_EQ(provider.error(), error);
    }
}

TEST(ParseTasks, Settings_AreTaken) {
    const auto tasks =
        parse_tasks("huawei-cpts:101,name=checkout,ends_after=20s,waits=1s,stopping=500ms,apart=8s,fails,once");
    ASSERT_TRUE(tasks) << tasks.error();
    ASSERT_EQ(tasks->size(), 1u);
    const auto& task = tasks->front();
    EXPECT_EQ(task.provider, "huawei-cpts");
    EXPECT_EQ(task.twin.task_id, "101");
    EXPECT_EQ(task.twin.name, "checkout");
    EXPECT_EQ(task.twin.ends_itself_after, Duration{20s});
    EXPECT_EQ(task.twin.waits_for, 1s);
    EXPECT_EQ(task.twin.stopping_takes, 500ms);
    EXPECT_TRUE(task.twin.fails);
    EXPECT_FALSE(task.twin.reruns);
    EXPECT_EQ(task.starts_apart, Duration{8s});
}

TEST(ParseTasks, SettingsOfADrill_AreTaken) {
    const auto tasks = parse_tasks("tencent-cfg:1698,faults=2,rail=roll_back,recovery=5s,recovery_fails,turns_manual");
    ASSERT_TRUE(tasks) << tasks.error();
    const auto& task = tasks->front().twin;
    EXPECT_EQ(task.faults, 2);
    EXPECT_EQ(task.rail, GuardRail::roll_back);
    EXPECT_EQ(task.recovery_takes, 5s);
    EXPECT_TRUE(task.recovery_fails);
    EXPECT_TRUE(task.turns_manual);
    EXPECT_EQ(parse_tasks("tencent-cfg:1698,rail=pause")->front().twin.rail, GuardRail::pause);
    for (const char* text : {"tencent-cfg:1,faults=0", "tencent-cfg:1,faults=x", "tencent-cfg:1,faults=101",
                             "tencent-cfg:1,rail=none", "tencent-cfg:1,recovery=x", "tencent-cfg:1,turns_manual=1"})
        EXPECT_FALSE(parse_tasks(text)) << text;
}

TEST(ParseTasks, RangesOfIds_AreTaken) {
    const auto tasks = parse_tasks("tencent-cfg:9..11");
    ASSERT_TRUE(tasks);
    ASSERT_EQ(tasks->size(), 3u);
    EXPECT_EQ((*tasks)[2].twin.task_id, "11");
    EXPECT_TRUE((*tasks)[2].twin.reruns);
    for (const char* text : {"tencent-cfg", "tencent-cfg:", "tencent-cfg:3..1", "tencent-cfg:1..x",
                             "tencent-cfg:0..100000", "tencent-cfg:1,often", "tencent-cfg:1,waits=1"})
        EXPECT_FALSE(parse_tasks(text)) << text;
}

TEST(ParseTemplates, GroupsAndBehaviour_AreTaken) {
    const auto templates = parse_templates("tencent-cfg:33..35,groups=2,name=az,ends_after=20s,stopping=1s,fails");
    ASSERT_TRUE(templates) << templates.error();
    ASSERT_EQ(templates->size(), 3U);
    EXPECT_EQ(templates->at(2).provider, "tencent-cfg");
    EXPECT_EQ(templates->at(2).twin.template_id, "35");
    EXPECT_EQ(templates->at(2).twin.groups, 2U);
    EXPECT_EQ(templates->at(2).twin.tasks.name, "az");
    EXPECT_EQ(templates->at(2).twin.tasks.ends_itself_after, Duration{20s});
    EXPECT_TRUE(templates->at(2).twin.tasks.fails);
    EXPECT_EQ(parse_templates("tencent-cfg:33")->front().twin.groups, std::nullopt);
    for (const char* text : {"tencent-cfg", "tencent-cfg:", "groups=2", "tencent-cfg:1,groups=x",
                             "tencent-cfg:1,groups=", "tencent-cfg:1,apart=1s", "tencent-cfg:1,often"})
        EXPECT_FALSE(parse_templates(text)) << text;
}

}  // namespace
}  // namespace taktd::simcloud
