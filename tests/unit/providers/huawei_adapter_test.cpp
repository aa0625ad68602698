// SPDX-License-Identifier: Apache-2.0
// Requests of huawei-cpts: what each call becomes, how it is signed, and what cannot be said.
#include <boost/json.hpp>

#include "providers/huawei_cpts/adapter.hpp"
#include "tests/unit/providers/huawei_helpers.hpp"

namespace taktd::huawei_cpts {
namespace {

using testing::call_of;
using testing::fixture;
using testing::keys;
using testing::kInstant;

namespace json = boost::json;

TEST(HuaweiRequest, StartAndStop_BearTheBodiesOfThePage) {
    const auto adapter = create_huawei_cpts_adapter();
    const std::string start =
        R"({"test_suite_id":1,"task_id":1,"cluster_type":"shared-cluster-internet","cluster_id":0,)"
        R"("network_info":{"network_type":"internet"},"without_package":0,"enterprise_project_id":"0"})";
    const std::string stop =
        R"({"test_suite_id":1,"task_id":1,"cluster_type":"shared-cluster-internet","cluster_id":-1,)"
        R"("network_info":{"network_type":"internet"},"without_package":0,"enterprise_project_id":"0"})";
    struct Case {
        Action action;
        std::string parameters, file;
    };
    for (const auto& c :
         {Case{Action::start, start, "start_request.json"}, Case{Action::stop, stop, "stop_request.json"}}) {
        const auto request = adapter->describe(call_of(c.action, "1", c.parameters));
        ASSERT_TRUE(request) << request.error();
        EXPECT_EQ(request->method, "POST");
        EXPECT_EQ(request->target, "/v1/" + testing::kProject + "/test-suites/1/tasks/1");
        EXPECT_EQ(json::parse(request->body), json::parse(fixture(c.file)));
        EXPECT_TRUE(request->headers.empty());
    }
}

TEST(HuaweiRequest, Query_IsAPlainGet) {
    const auto request = create_huawei_cpts_adapter()->describe(call_of(Action::query));
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->method, "GET");
    EXPECT_EQ(request->target, "/v1/" + testing::kProject + "/tasks/2002");
    EXPECT_EQ(request->body, "");
}

TEST(HuaweiRequest, NumbersInQuotes_BecomeIntegers_AndDefaultsFillIn) {
    const auto adapter = create_huawei_cpts_adapter();
    const auto quoted = adapter->describe(
        call_of(Action::start, "1", R"({"test_suite_id":"1","cluster_id":"0","without_package":"0"})"));
    ASSERT_TRUE(quoted) << quoted.error();
    EXPECT_EQ(json::parse(quoted->body), json::parse(fixture("start_request.json")));
}

TEST(HuaweiRequest, NetworkInfo_IsSentAsItWasWritten) {
    const auto adapter = create_huawei_cpts_adapter();
    for (const std::string network : {"{}", R"({"network_type":"vpc","vpc_id":"v-1"})"}) {
        const auto request =
            adapter->describe(call_of(Action::start, "1", R"({"test_suite_id":1,"network_info":)" + network + "}"));
        ASSERT_TRUE(request) << request.error();
        EXPECT_EQ(json::parse(request->body).at("network_info"), json::parse(network));
    }
}

TEST(HuaweiRequest, CallThatCannotBeEncoded_SaysWhy) {
    const auto adapter = create_huawei_cpts_adapter();
    auto no_project = call_of(Action::query);
    auto provider = std::make_shared<ProviderSpec>(*no_project.provider);
    provider->scope.clear();
    no_project.provider = provider;
    auto breaks_a_header = call_of(Action::query);
    provider = std::make_shared<ProviderSpec>(*breaks_a_header.provider);
    provider->scope = "p\r\nX-Auth-Token: t";
    breaks_a_header.provider = provider;
    auto two_tasks = call_of(Action::query);
    two_tasks.task_ids = {"1", "2"};
    struct Case {
        CallSpec call;
        std::string reason;
    };
    const Case cases[] = {{call_of(Action::pause), "pause"},
                          {call_of(Action::resume), "resume"},
                          {call_of(Action::prepare), "prepare"},
                          {call_of(Action::start, "x"), "task_id"},
                          {call_of(Action::start, "1/../2"), "task_id"},
                          {call_of(Action::start, "-1"), "task_id"},
                          {call_of(Action::start, "2147483648"), "task_id"},
                          {call_of(Action::stop, "1", "{}"), "test_suite_id"},
                          {call_of(Action::stop, "1", "nonsense"), "JSON"},
                          {call_of(Action::stop, "1", R"({"test_suite_id":1,"cluster_id":"a"})"), "cluster_id"},
                          {call_of(Action::stop, "1", R"({"test_suite_id":1,"cluster_type":7})"), "cluster_type"},
                          {call_of(Action::stop, "1", R"({"test_suite_id":1,"network_info":[]})"), "network_info"},
                          {no_project, "project_id"},
                          {breaks_a_header, "project_id"},
                          {two_tasks, "one task"}};
    for (const auto& c : cases) {
        const auto request = adapter->describe(c.call);
        ASSERT_FALSE(request) << c.reason;
        EXPECT_NE(request.error().find(c.reason), std::string::npos) << request.error();
    }
}

TEST(HuaweiRequest, Request_IsSignedWithHostProjectAndDate) {
    const auto request = create_huawei_cpts_adapter()->encode(call_of(Action::query), keys(), kInstant);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(find_header(request->headers, "Host"), "cpts.cn-east-3.myhuaweicloud.com");
    EXPECT_EQ(find_header(request->headers, "X-Sdk-Date"), "20250102T030405Z");
    EXPECT_EQ(find_header(request->headers, "X-Project-Id"), testing::kProject);
    EXPECT_EQ(find_header(request->headers, "Content-Type"), "application/json");
    const auto authorization = find_header(request->headers, "Authorization").value_or("");
    EXPECT_TRUE(
        authorization.starts_with("SDK-HMAC-SHA256 Access=FAKEAKEXAMPLE0000001, "
                                  "SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature="))
        << authorization;
    EXPECT_FALSE(find_header(request->headers, "X-Auth-Token"));
}

TEST(HuaweiRequest, TemporaryKeysAndTokens_AreSent) {
    const auto adapter = create_huawei_cpts_adapter();
    auto temporary = keys();
    temporary["security_token"] = Secret{"session"};
    const auto with_session = adapter->encode(call_of(Action::start), temporary, kInstant);
    ASSERT_TRUE(with_session) << with_session.error();
    EXPECT_EQ(find_header(with_session->headers, "X-Security-Token"), "session");
    EXPECT_NE(find_header(with_session->headers, "Authorization").value_or("").find(";x-security-token,"),
              std::string::npos);

    const auto with_token = adapter->encode(call_of(Action::start), {{"token", Secret{"iam-token"}}}, kInstant);
    ASSERT_TRUE(with_token) << with_token.error();
    EXPECT_EQ(find_header(with_token->headers, "X-Auth-Token"), "iam-token");
    EXPECT_FALSE(find_header(with_token->headers, "Authorization"));
    EXPECT_EQ(adapter->key_id(keys()), "FAKEAKEXAMPLE0000001");
    EXPECT_EQ(adapter->key_id({{"token", Secret{"iam-token"}}}), "");
}

TEST(HuaweiRequest, CredentialsThatWouldBreakAHeader_AreRefusedUnshown) {
    const auto adapter = create_huawei_cpts_adapter();
    struct Case {
        Credentials credentials;
        std::string name;
    };
    const Case cases[] = {
        {{}, "access_key"},
        {{{"access_key", Secret{"AK"}}}, "secret_key"},
        {{{"access_key", Secret{"AK\r\nX: hidden"}}, {"secret_key", Secret{"S"}}}, "access_key"},
        {{{"access_key", Secret{"AK"}}, {"secret_key", Secret{"S"}}, {"security_token", Secret{"hidden\n"}}},
         "security_token"},
        {{{"token", Secret{"hidden token"}}}, "token"},
        {{{"token", Secret{}}}, "token"}};
    for (const auto& c : cases) {
        const auto request = adapter->encode(call_of(Action::start), c.credentials, kInstant);
        ASSERT_FALSE(request) << c.name;
        EXPECT_NE(request.error().find(c.name), std::string::npos) << request.error();
        EXPECT_EQ(request.error().find("hidden"), std::string::npos) << request.error();
    }
}

TEST(HuaweiSchema, Schema_HasEveryFieldOfThePageWithItsRange) {
    const auto& schema = huawei_cpts_schema();
    struct Case {
        const char* name;
        std::int64_t min, max;
        std::optional<std::string> default_json;
    };
    const Case cases[] = {{"test_suite_id", 0, 2147483647, std::nullopt},
                          {"task_id", 0, 2147483647, std::nullopt},
                          {"cluster_id", -1, 2147483647, "0"},
                          {"cluster_type", 0, 1024, "\"shared-cluster-internet\""},
                          {"without_package", 0, 2147483647, "0"},
                          {"enterprise_project_id", 0, 64, "\"0\""}};
    for (const auto& c : cases) {
        const auto found = std::ranges::find(schema.task, c.name, &Parameter::name);
        ASSERT_NE(found, schema.task.end()) << c.name;
        EXPECT_EQ(found->min, c.min) << c.name;
        EXPECT_EQ(found->max, c.max) << c.name;
        EXPECT_EQ(found->default_json, c.default_json) << c.name;
        EXPECT_EQ(found->required, !c.default_json) << c.name;
    }
    EXPECT_EQ(schema.task.size(), 7U);
    ASSERT_EQ(schema.provider.size(), 1U);
    EXPECT_EQ(schema.provider[0].name, "project_id");
    EXPECT_EQ(schema.provider[0].max, 64);
    EXPECT_EQ(schema.scope_parameter, "project_id");
    EXPECT_EQ(schema.endpoint_template, "https://cpts.{region}.myhuaweicloud.com");
    // Three intervals are no shorter than a second: never more than 3/s.
    EXPECT_GE(3 * schema.default_rate_limit.interval, std::chrono::seconds{1});
    EXPECT_EQ(schema.default_rate_limit.burst, 2);
}

}  // namespace
}  // namespace taktd::huawei_cpts
