// SPDX-License-Identifier: Apache-2.0
// What the tencent-cfg adapter sends for each call, and what it lets the config say.
#include <gtest/gtest.h>

#include "providers/tencent_cfg/adapter.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;

const std::string kStop =
    R"({"task_id":1698,"start_by":"modify_status","is_expect":true,"summary":"{job} {run}: done"})";

std::string header(const HttpRequest& request, const char* name) {
    return find_header(request.headers, name).value_or("(none)");
}

TEST(TencentAdapter, EachCall_IsSaidInTheVendorsWords) {
    struct Case {
        const char* name;
        Action action;
        std::string parameters, operation, body;
    };
    const std::vector<Case> cases{
        {"start", Action::start, R"({"start_by":"modify_status"})", "ModifyTaskRunStatus",
         R"({"TaskId":1698,"Status":1002})"},
        {"start by default", Action::start, "{}", "ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1002})"},
        {"execute", Action::start, R"({"start_by":"execute_task"})", "ExecuteTask", R"({"TaskId":1698})"},
        {"stop", Action::stop, kStop, "ModifyTaskRunStatus",
         R"({"TaskId":1698,"Status":1004,"IsExpect":true,"Summary":"night 0198: done"})"},
        {"stop, executed", Action::stop, R"({"start_by":"execute_task","is_expect":false,"summary":"x"})",
         "ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"IsExpect":false,"Summary":"x"})"},
        {"pause", Action::pause, kStop, "ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1003})"},
        {"resume", Action::resume, kStop, "ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1002})"},
        {"query", Action::query, kStop, "DescribeTask", R"({"TaskId":1698})"},
    };
    const auto adapter = create_tencent_cfg_adapter();
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        auto spec = call(c.action, {"1698"}, c.parameters);
        spec.placeholders = {{"job", "night"}, {"run", "0198"}};
        const auto request = adapter->describe(spec);
        ASSERT_TRUE(request) << request.error();
        EXPECT_EQ(request->method, "POST");
        EXPECT_EQ(request->target, "/");
        EXPECT_EQ(header(*request, "X-TC-Action"), c.operation);
        EXPECT_EQ(request->body, c.body);
        EXPECT_EQ(header(*request, "Authorization"), "(none)");
    }
}

TEST(TencentAdapter, ManyTasks_ArePolledWithOneList) {
    const auto adapter = create_tencent_cfg_adapter();
    auto spec = call(Action::query, {"1698", "222"});
    spec.batched = true;
    const auto request = adapter->describe(spec);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(header(*request, "X-TC-Action"), "DescribeTaskList");
    EXPECT_EQ(request->body, R"({"TaskId":[1698,222],"Limit":2,"Offset":0})");

    spec.task_ids = std::vector<std::string>(100, "1");
    EXPECT_TRUE(adapter->describe(spec));
    spec.task_ids = std::vector<std::string>(101, "1");
    EXPECT_FALSE(adapter->describe(spec));
}

TEST(TencentAdapter, Request_IsSignedWithTheHeadersThatTheVendorWants) {
    const auto adapter = create_tencent_cfg_adapter();
    const auto spec = call(Action::query);
    const auto request = adapter->encode(spec, credentials(), ten_in_china() + std::chrono::milliseconds{999});
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(header(*request, "Host"), "cfg.tencentcloudapi.com");
    EXPECT_EQ(header(*request, "Content-Type"), "application/json");
    EXPECT_EQ(header(*request, "X-TC-Version"), "2021-08-20");
    EXPECT_EQ(header(*request, "X-TC-Timestamp"), "1795312800");
    EXPECT_EQ(header(*request, "X-TC-Language"), "en-US");
    EXPECT_EQ(header(*request, "X-TC-Region"), "(none)");
    EXPECT_EQ(header(*request, "X-TC-Token"), "(none)");
    EXPECT_TRUE(
        header(*request, "Authorization")
            .starts_with("TC3-HMAC-SHA256 Credential=AKIDFAKEEXAMPLE00000000000000000001/2026-11-22/cfg/tc3_request, "
                         "SignedHeaders=content-type;host;x-tc-action, Signature="));
    EXPECT_EQ(request->body, adapter->describe(spec)->body);
}

TEST(TencentAdapter, RegionAndToken_OnlyWhenSet_AreSent) {
    const auto adapter = create_tencent_cfg_adapter();
    auto spec = call(Action::query);
    auto with_region = provider("ap-guangzhou");
    with_region.endpoint = "http://127.0.0.1:18099";
    spec.provider = std::make_shared<const ProviderSpec>(with_region);
    auto keys = credentials();
    keys["token"] = Secret{"temporary"};
    const auto request = adapter->encode(spec, keys, ten_in_china());
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(header(*request, "X-TC-Region"), "ap-guangzhou");
    EXPECT_EQ(header(*request, "X-TC-Token"), "temporary");
    EXPECT_EQ(header(*request, "Host"), "127.0.0.1:18099");
    // The service is CFG's whatever the endpoint is called.
    EXPECT_NE(header(*request, "Authorization").find("/cfg/tc3_request"), std::string::npos);
}

TEST(TencentAdapter, Stop_IsAlwaysSendable) {
    const auto adapter = create_tencent_cfg_adapter();
    const std::string fallback = R"({"TaskId":1698,"Status":1004,"IsExpect":false,"Summary":"ended by taktd"})";
    for (const char* parameters :
         {"{}", "", "not json", "[1]", R"({"is_expect":"yes","summary":null})", R"({"summary":"{reason}"})"}) {
        const auto request = adapter->describe(call(Action::stop, {"1698"}, parameters));
        ASSERT_TRUE(request) << parameters;
        EXPECT_EQ(request->body, fallback) << parameters;
    }
}

TEST(TencentAdapter, OperatorsConclusion_GoesBeforeTheConfigs) {
    const auto adapter = create_tencent_cfg_adapter();
    auto spec = call(Action::stop, {"1698"}, R"({"is_expect":true,"summary":"{job} is over"})");
    spec.placeholders = {{"job", "night"}};
    const auto body = [&] { return adapter->describe(spec)->body; };
    spec.conclusion = {false, "{job} was cut short"};  // a person's words are no template
    EXPECT_EQ(body(), R"({"TaskId":1698,"Status":1004,"IsExpect":false,"Summary":"{job} was cut short"})");
    spec.conclusion = {false, ""};
    EXPECT_EQ(body(), R"({"TaskId":1698,"Status":1004,"IsExpect":false,"Summary":"night is over"})");
    spec.conclusion = {std::nullopt, "fine"};
    EXPECT_EQ(body(), R"({"TaskId":1698,"Status":1004,"IsExpect":true,"Summary":"fine"})");
}

TEST(TencentAdapter, LongSummary_IsCutBetweenCharacters) {
    const auto adapter = create_tencent_cfg_adapter();
    auto spec = call(Action::stop, {"1698"}, R"({"is_expect":true,"summary":"{reason}"})");
    std::string characters;
    for (int i = 0; i < 3000; ++i) characters += "\xE6\xBC\x94";  // one character of three bytes
    spec.placeholders = {{"reason", characters}};
    EXPECT_NE(adapter->describe(spec)->body.find('"' + characters.substr(0, 3000) + '"'), std::string::npos);

    spec.placeholders = {{"reason", "bad \xFF\" byte"}};
    EXPECT_NE(adapter->describe(spec)->body.find("\"bad \xEF\xBF\xBD\\\" byte\""), std::string::npos);
}

TEST(TencentAdapter, CallThatCannotBeEncoded_SaysWhy) {
    const auto adapter = create_tencent_cfg_adapter();
    EXPECT_FALSE(adapter->describe(call(Action::start, {})));
    EXPECT_FALSE(adapter->describe(call(Action::start, {"1", "2"})));
    EXPECT_FALSE(adapter->describe(call(Action::start, {"abc"})));
    EXPECT_FALSE(adapter->describe(call(Action::start, {""})));
    EXPECT_FALSE(adapter->describe(call(Action::start, {"99999999999999999999"})));

    const auto spec = call(Action::query);
    EXPECT_EQ(adapter->encode(spec, {}, ten_in_china()).error(), "no secret_id");
    auto keys = credentials();
    keys["secret_key"] = Secret{""};
    EXPECT_EQ(adapter->encode(spec, keys, ten_in_china()).error(), "no secret_key");
    keys = credentials();
    keys["token"] = Secret{"a\r\nX-Evil: 1"};
    const auto refused = adapter->encode(spec, keys, ten_in_china());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().find("X-Evil"), std::string::npos);  // no secret in an error
}

TEST(TencentAdapter, Account_IsNamedByItsKey) {
    const auto adapter = create_tencent_cfg_adapter();
    EXPECT_EQ(adapter->key_id(credentials()), "AKIDFAKEEXAMPLE00000000000000000001");
    EXPECT_EQ(adapter->key_id({}), "");
}

const Parameter& named(const std::vector<Parameter>& parameters, const std::string& name) {
    for (const auto& p : parameters) {
        if (p.name == name) return p;
    }
    throw std::out_of_range{name};
}

TEST(TencentSchema, Schema_SaysWhatAConfigMaySay) {
    const auto& s = create_tencent_cfg_adapter()->schema();
    EXPECT_EQ(s.type, "tencent-cfg");
    EXPECT_EQ(s.endpoint_template, "https://cfg.tencentcloudapi.com");
    EXPECT_EQ(s.credential_sets, (std::vector<std::vector<std::string>>{{"secret_id", "secret_key", "token?"}}));
    EXPECT_EQ(s.task_id_parameter, "task_id");
    EXPECT_TRUE(named(s.task, "task_id").required);
    EXPECT_EQ(named(s.task, "start_by").default_json, R"("modify_status")");
    EXPECT_EQ(named(s.task, "start_by").one_of, (std::vector<std::string>{"modify_status", "execute_task"}));
    EXPECT_TRUE(named(s.stop, "is_expect").required);
    EXPECT_TRUE(named(s.stop, "summary").required);
    EXPECT_TRUE(named(s.stop, "summary").placeholders);
    EXPECT_EQ(named(s.on_abort, "is_expect").default_json, "false");
    EXPECT_EQ(named(s.on_abort, "summary").default_json, R"("{cause} by {actor}: {reason}")");
    EXPECT_FALSE(s.recurring_task_warning.empty());
    EXPECT_EQ(s.traits, (AdapterTraits{true, 100, false, true}));
}

TEST(TencentSchema, Limit_KeepsToTheVendorsTenInAnySecond) {
    const auto& s = create_tencent_cfg_adapter()->schema();
    const auto refilled = std::chrono::seconds{1} / s.default_rate_limit.interval;
    EXPECT_LE(s.default_rate_limit.burst + refilled, 10);
    EXPECT_EQ(s.vendor_interval_min, Duration{std::chrono::milliseconds{100}});
}

}  // namespace
}  // namespace taktd
