// SPDX-License-Identifier: Apache-2.0
// Tasks from templates: what the tencent-cfg adapter says of each parameter, what it reads from the answers, and what
// its schema lets a config say.
#include <gtest/gtest.h>

#include "providers/tencent_cfg/adapter.hpp"
#include "providers/tencent_cfg/making.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;

CallSpec prepare(const std::string& parameters, bool finds = false) {
    auto spec = call(Action::prepare, {""}, parameters);
    spec.placeholders = {{"job", "drill"}, {"run", "0198"}};
    spec.finds = finds;
    return spec;
}

const std::string kLeast = R"({"template_id":33})";

TEST(TencentMaking, EachParameter_IsSaidInTheVendorsWords) {
    struct Case {
        const char *name, *parameters, *body;
    };
    const std::vector<Case> cases{
        {"the least", R"({"template_id":33})",
         R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[],"TaskTitle":"taktd drill 0198","TaskMode":2}})"},
        {"as the loader completes it",
         R"({"template_id":33,"title":"taktd {job} {run}","mode":"automatic","pause_after":3600,"groups":[{"instances":["ins-a1","ins-b2"]}]})",
         R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[{"TaskGroupInstances":["ins-a1","ins-b2"]}],)"
         R"("TaskTitle":"taktd drill 0198","TaskMode":2,"TaskPauseDuration":60}})"},
        {"all there is",
         R"({"template_id":"33","title":"{run}","description":"of {job}","mode":"manual","pause_after":61,)"
         R"("groups":[{"instances":["{\"ClusterId\":\"cls-1\"}"],"title":"t {run}","description":"d","mode":"staged",)"
         R"("actions":[{"order":2,"general_configuration":{"ActionTimeout":1800},"custom_configuration":{"a":"b"}}]},)"
         R"({"instances":[],"mode":"sequential"}],"policy_deal_type":"pause","tags":[{"key":"team","value":"pay"}]})",
         R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[{"TaskGroupInstances":["{\"ClusterId\":\"cls-1\"}"],)"
         R"("TaskGroupTitle":"t 0198","TaskGroupDescription":"d","TaskGroupMode":2,"TaskGroupActionsConfig":[{"TaskGroupActionOrder":2,)"
         R"("TaskGroupActionGeneralConfiguration":"{\"ActionTimeout\":1800}",)"
         R"("TaskGroupActionCustomConfiguration":"{\"a\":\"b\"}"}]},{"TaskGroupInstances":[],"TaskGroupMode":1}],)"
         R"("TaskTitle":"0198","TaskDescription":"of drill","TaskMode":1,"TaskPauseDuration":2,)"
         R"("Tags":[{"TagKey":"team","TagValue":"pay"}],"PolicyDealType":2}})"},
        {"rolled back", R"({"template_id":33,"title":"{run}","policy_deal_type":"roll_back","pause_after":1})",
         R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[],"TaskTitle":"0198","TaskMode":2,"TaskPauseDuration":1,"PolicyDealType":1}})"},
    };
    const auto adapter = create_tencent_cfg_adapter();
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto request = adapter->describe(prepare(c.parameters));
        ASSERT_TRUE(request) << request.error();
        EXPECT_EQ(find_header(request->headers, "X-TC-Action"), "CreateTaskFromTemplate");
        EXPECT_EQ(request->body, c.body);
    }
}

TEST(TencentMaking, LongConfigurations_AreSentWhole) {
    const std::string value(5000, 'x');
    const auto request = create_tencent_cfg_adapter()->describe(prepare(
        R"({"template_id":33,"groups":[{"instances":["i"],"actions":[{"order":1,"custom_configuration":{"script":")" +
        value + R"("}}]}]})"));
    ASSERT_TRUE(request) << request.error();
    EXPECT_NE(request->body.find(value), std::string::npos);
}

TEST(TencentMaking, Search_LooksForTheSameTitle) {
    const auto request =
        create_tencent_cfg_adapter()->describe(prepare(R"({"template_id":33,"title":"{job}: {run}"})", true));
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(find_header(request->headers, "X-TC-Action"), "DescribeTaskList");
    EXPECT_EQ(request->body, R"({"TaskTitle":"drill: 0198","Limit":100,"Offset":0})");
}

TEST(TencentMaking, TaskThatCannotBeEncoded_SaysWhy) {
    const auto adapter = create_tencent_cfg_adapter();
    for (const char* parameters : {"{}", "", "[1]", "not json", R"({"template_id":"x"})", R"({"template_id":1.5})"}) {
        const auto request = adapter->describe(prepare(parameters));
        ASSERT_FALSE(request) << parameters;
        EXPECT_EQ(request.error(), "template_id must be an integer") << parameters;
    }
    for (const char* title : {"drill", "{job}", "{{run}"}) {
        for (const bool finds : {false, true}) {
            const auto request =
                adapter->describe(prepare(R"({"template_id":33,"title":")" + std::string{title} + R"("})", finds));
            ASSERT_FALSE(request) << title;
            EXPECT_EQ(request.error(), "title must contain {run}") << title;
        }
    }
}

TEST(TencentMaking, NewTasksId_IsRead) {
    const auto adapter = create_tencent_cfg_adapter();
    const auto page = adapter->decode(prepare(kLeast), answer(fixture("create.response.json")));
    EXPECT_EQ(page.outcome, Outcome::accepted);
    EXPECT_EQ(page.vendor_task_id, "3256");
    EXPECT_TRUE(page.observations.empty());
    EXPECT_EQ(adapter->decode(prepare(kLeast), answer(R"({"Response":{"TaskId":"7","RequestId":"r"}})")).vendor_task_id,
              "7");
    for (const char* body :
         {R"({"Response":{"RequestId":"r"}})", R"({"Response":{"TaskId":null,"RequestId":"r"}})",
          R"({"Response":{"TaskId":0,"RequestId":"r"}})", R"({"Response":{"TaskId":-3,"RequestId":"r"}})",
          R"({"Response":{"TaskId":1.5,"RequestId":"r"}})", R"({"Response":{"TaskId":"x","RequestId":"r"}})",
          R"({"Response":{"TaskId":[3],"RequestId":"r"}})", R"({"Response":{"TaskId":3}})",
          R"({"Response":{"TaskList":[],"RequestId":"r"}})"}) {
        const auto result = adapter->decode(prepare(kLeast), answer(body));
        EXPECT_EQ(result.outcome, Outcome::uncertain) << body;
        EXPECT_EQ(result.vendor_task_id, "") << body;
    }
    // The codes of the page mean what they mean to any other call.
    EXPECT_EQ(adapter->decode(prepare(kLeast), error_answer("InvalidParameterValue")).outcome, Outcome::refused_final);
    EXPECT_EQ(adapter->decode(prepare(kLeast), error_answer("UnsupportedOperation")).outcome, Outcome::conflict);
    EXPECT_EQ(adapter->decode(prepare(kLeast), error_answer("RequestLimitExceeded")).outcome, Outcome::throttled);
}

TEST(TencentMaking, Search_FindsOnlyTheExactTitleAndTheNewest) {
    const auto adapter = create_tencent_cfg_adapter();
    struct Case {
        const char *name, *list, *id;
    };
    const std::vector<Case> cases{
        {"none", "[]", ""},
        {"null", "null", ""},
        {"one", R"([{"TaskId":5,"TaskTitle":"taktd drill 0198"}])", "5"},
        {"parts and more",
         R"([{"TaskId":9,"TaskTitle":"taktd drill 01981"},{"TaskId":8,"TaskTitle":"taktd drill"},)"
         R"({"TaskId":7,"TaskTitle":" taktd drill 0198"},{"TaskId":6,"TaskTitle":"Taktd drill 0198"}])",
         ""},
        {"several",
         R"([{"TaskId":5,"TaskTitle":"taktd drill 0198"},{"TaskId":"12","TaskTitle":"taktd drill 0198"},)"
         R"({"TaskId":7,"TaskTitle":"taktd drill 0198"}])",
         "12"},
        {"nameless and idless",
         R"([{"TaskTitle":"taktd drill 0198"},{"TaskId":5},{"TaskId":0,"TaskTitle":"taktd drill 0198"},3,null])", ""},
    };
    for (const auto& c : cases) {
        const auto result = adapter->decode(
            prepare(kLeast, true),
            answer(R"({"Response":{"Total":1,"RequestId":"r","TaskList":)" + std::string{c.list} + "}}"));
        EXPECT_EQ(result.outcome, Outcome::accepted) << c.name;
        EXPECT_EQ(result.vendor_task_id, c.id) << c.name;
        EXPECT_TRUE(result.observations.empty()) << c.name;
    }
    for (const char* body : {R"({"Response":{"RequestId":"r"}})", R"({"Response":{"TaskList":{},"RequestId":"r"}})",
                             R"({"Response":{"TaskList":[]}})", R"({"Response":{"TaskId":3,"RequestId":"r"}})"}) {
        EXPECT_EQ(adapter->decode(prepare(kLeast, true), answer(body)).outcome, Outcome::uncertain) << body;
    }
}

TEST(TencentMaking, Schema_SaysWhatATemplateMaySay) {
    const auto& schema = create_tencent_cfg_adapter()->schema();
    std::vector<std::string> names;
    for (const auto& p : schema.prepare) names.push_back(p.name);
    EXPECT_EQ(names, (std::vector<std::string>{"template_id", "title", "description", "mode", "pause_after", "groups",
                                               "policy_deal_type", "tags"}));
    EXPECT_TRUE(schema.prepare[0].required);
    EXPECT_EQ(schema.prepare[1].default_json, R"("taktd {job} {run}")");
    EXPECT_EQ(schema.prepare[1].must_contain, "{run}");
    EXPECT_EQ(schema.prepare[3].default_json, R"("automatic")");
    EXPECT_EQ(schema.prepare[4].kind, Parameter::Kind::duration);
    EXPECT_EQ(schema.prepare[4].default_json, "3600");
    EXPECT_TRUE(schema.shows_task_name);
}

}  // namespace
}  // namespace taktd
