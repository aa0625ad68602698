// SPDX-License-Identifier: Apache-2.0
// The stand-in's template library: the page's own request, what it refuses, and what becomes of the tasks that it
// makes.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/tencent_cfg/twin.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;
using std::chrono::seconds;
namespace json = boost::json;

struct TencentTemplates : testing::Test {
    TencentTemplates() {
        TwinOptions options;
        options.limits.check_signature = false;
        twin = create_tencent_cfg_twin(options);
        TwinTemplate made_from;
        made_from.template_id = "626";
        made_from.tasks.name = "pod kill";
        made_from.tasks.ends_itself_after = seconds{30};
        twin->define_template(made_from);
        made_from.template_id = "33";
        made_from.groups = 2;
        twin->define_template(made_from);
    }

    json::value send(const std::string& action, const std::string& body, WallTime at) {
        HttpRequest request;
        request.headers = {{"X-TC-Action", action}, {"X-TC-Version", "2021-08-20"}};
        request.body = body;
        return json::parse(twin->handle(request, at).body).at("Response");
    }
    json::value create(const std::string& body) { return send("CreateTaskFromTemplate", body, t0); }
    static std::string code(const json::value& response) {
        const auto* error = response.as_object().if_contains("Error");
        return error == nullptr ? "" : std::string{error->at("Code").as_string()};
    }

    std::unique_ptr<Twin> twin;
    const WallTime t0 = ten_in_china();
};

TEST_F(TencentTemplates, PagesRequest_IsAnsweredAsOnThePage) {
    const auto response = create(fixture("create.request.json"));
    const auto page = json::parse(fixture("create.response.json")).at("Response");
    EXPECT_EQ(response.as_object().size(), page.as_object().size());
    EXPECT_EQ(response.at("TaskId"), page.at("TaskId"));
    EXPECT_TRUE(response.at("RequestId").is_string());
    const auto task = send("DescribeTask", R"({"TaskId":3256})", t0).at("Task");
    EXPECT_EQ(task.at("TaskTitle"), "This is an example of creating an experiment from the API");
    EXPECT_EQ(task.at("TaskStatus"), 1001);
    EXPECT_EQ(task.at("TaskCreateTime"), "2026-11-22 10:00:00");
    EXPECT_EQ(task.at("TaskGroups").at(0).at("TaskGroupInstanceList").at(0), "ins-xxxxxxxx");
}

TEST_F(TencentTemplates, EachCall_MakesANewIdleTask) {
    TwinTask known;
    known.task_id = "3257";  // taken, so it is left out
    twin->define(known);
    const std::string body = R"({"TemplateId":"626","TaskConfig":{"TaskGroupsConfig":[]}})";
    EXPECT_EQ(create(body).at("TaskId"), 3256);
    EXPECT_EQ(create(body).at("TaskId"), 3258);
    const auto created = twin->created();
    ASSERT_EQ(created.size(), 2U);
    EXPECT_EQ(created[1].task_id, "3258");
    EXPECT_EQ(created[1].template_id, "626");
    EXPECT_EQ(created[1].title, "pod kill");
    EXPECT_EQ(created[1].created, t0);
    EXPECT_TRUE(twin->runs().empty());

    EXPECT_EQ(code(send("ModifyTaskRunStatus", R"({"TaskId":3258,"Status":1002})", t0 + seconds{5})), "");
    twin->advance(t0 + seconds{60});
    ASSERT_EQ(twin->runs().size(), 1U);
    EXPECT_EQ(twin->runs()[0].task_id, "3258");
    EXPECT_EQ(twin->runs()[0].ended, t0 + seconds{35});
}

TEST_F(TencentTemplates, MadeTask_ShowsWhatWasAskedFor) {
    create(
        R"({"TemplateId":626,"TaskConfig":{"TaskGroupsConfig":[{"TaskGroupInstances":["a","b"]}],"TaskTitle":"t",)"
        R"("TaskDescription":"d","TaskMode":1,"TaskPauseDuration":5,"PolicyDealType":2,"Tags":[{"TagKey":"k","TagValue":"v"}]}})");
    const auto task = send("DescribeTask", R"({"TaskId":3256})", t0).at("Task");
    EXPECT_EQ(task.at("TaskTitle"), "t");
    EXPECT_EQ(task.at("TaskDescription"), "d");
    EXPECT_EQ(task.at("TaskMode"), 1);
    EXPECT_EQ(task.at("TaskPauseDuration"), 5);
    EXPECT_EQ(task.at("PolicyDealType"), 2);
    EXPECT_EQ(task.at("Tags").at(0).at("TagValue"), "v");
}

TEST_F(TencentTemplates, Tasks_AreListedByAPartOfTheirTitle) {
    for (const char* title : {"taktd drill 1", "taktd drill 12", "other"}) {
        create(R"({"TemplateId":626,"TaskConfig":{"TaskGroupsConfig":[],"TaskTitle":")" + std::string{title} +
               R"("}})");
    }
    const auto total = [&](const std::string& filter) {
        return send("DescribeTaskList", R"({"Limit":100,"Offset":0,)" + filter + "}", t0).at("Total");
    };
    EXPECT_EQ(total(R"("TaskTitle":"taktd drill 1")"), 2);
    EXPECT_EQ(total(R"("TaskTitle":"drill 12")"), 1);
    EXPECT_EQ(total(R"("TaskTitle":"drill 2")"), 0);
    EXPECT_EQ(total(R"("TaskTitle":"drill","TaskId":[3256,3258])"), 1);
    EXPECT_EQ(total(R"("TaskId":[3258])"), 1);
    EXPECT_EQ(code(send("DescribeTaskList", R"({"Limit":1,"Offset":0,"TaskTitle":7})", t0)), "InvalidParameter");
}

TEST_F(TencentTemplates, ParametersThatTheModelsDoNotKnow_AreRefused) {
    const auto config = [](const std::string& more) {
        return R"({"TemplateId":626,"TaskConfig":{"TaskGroupsConfig":[])" + more + "}}";
    };
    const auto group = [](const std::string& one) {
        return R"({"TemplateId":626,"TaskConfig":{"TaskGroupsConfig":[)" + one + "]}}";
    };
    const std::vector<std::pair<std::string, const char*>> cases{
        {"{}", "MissingParameter"},
        {R"({"TemplateId":626})", "MissingParameter"},
        {R"({"TaskConfig":{"TaskGroupsConfig":[]}})", "MissingParameter"},
        {R"({"TemplateId":626,"TaskConfig":{}})", "MissingParameter"},
        {R"({"TemplateId":626,"TaskConfig":[]})", "InvalidParameter"},
        {R"({"TemplateId":"x","TaskConfig":{"TaskGroupsConfig":[]}})", "InvalidParameter"},
        {R"({"TemplateId":7,"TaskConfig":{"TaskGroupsConfig":[]}})", "InvalidParameterValue"},
        {R"({"TemplateId":626,"TaskConfig":{"TaskGroupsConfig":[]},"TaskTitle":"t"})", "UnknownParameter"},
        {config(R"(,"Title":"t")"), "UnknownParameter"},
        {config(R"(,"TaskTitle":7)"), "InvalidParameter"},
        {config(R"(,"TaskMode":3)"), "InvalidParameterValue"},
        {config(R"(,"TaskMode":"automatic")"), "InvalidParameter"},
        {config(R"(,"TaskPauseDuration":0)"), "InvalidParameterValue"},
        {config(R"(,"PolicyDealType":3)"), "InvalidParameterValue"},
        {config(R"(,"Tags":[{"TagKey":"k"}])"), "MissingParameter"},
        {config(R"(,"Tags":[{"Key":"k"}])"), "UnknownParameter"},
        {config(R"(,"Tags":["k"])"), "InvalidParameter"},
        {group("7"), "InvalidParameter"},
        {group("{}"), "MissingParameter"},
        {group(R"({"TaskGroupInstances":["a",7]})"), "InvalidParameter"},
        {group(R"({"TaskGroupInstances":["a"],"Instances":[]})"), "UnknownParameter"},
        {group(R"({"TaskGroupInstances":["a"],"TaskGroupMode":3})"), "InvalidParameterValue"},
        {group(R"({"TaskGroupInstances":["a"],"TaskGroupActionsConfig":[{"TaskGroupActionGeneralConfiguration":{}}]})"),
         "InvalidParameter"},
        {group(R"({"TaskGroupInstances":["a"],"TaskGroupActionsConfig":[{"TaskGroupActionCustomConfiguration":"{"}]})"),
         "InvalidParameterValue"},
        {R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[{"TaskGroupInstances":["a"]}]}})",
         "InvalidParameterValue"},
    };
    for (const auto& [body, expected] : cases) EXPECT_EQ(code(create(body)), expected) << body;
    EXPECT_TRUE(twin->created().empty());
    EXPECT_EQ(
        code(create(
            R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[{"TaskGroupInstances":["a"]},{"TaskGroupInstances":["b"]}]}})")),
        "");
}

TEST_F(TencentTemplates, Templates_AreNamedByIntegers) {
    for (const char* id : {"", "abc", "12x"}) {
        TwinTemplate definition;
        definition.template_id = id;
        EXPECT_THROW(twin->define_template(definition), std::invalid_argument) << id;
    }
}

}  // namespace
}  // namespace taktd
