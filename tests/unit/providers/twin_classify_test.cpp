// SPDX-License-Identifier: Apache-2.0
// Which request is a start, a stop, a query, and of which tasks: a line for each way to ask.
#include <gtest/gtest.h>

#include "providers/registry.hpp"

namespace taktd {
namespace {

HttpRequest cpts(int status) {
    HttpRequest request;
    request.target = "/v1/project/test-suites/1/tasks/101";
    request.body = R"({"status":)" + std::to_string(status) + "}";
    return request;
}

HttpRequest cpts_query() {
    HttpRequest request;
    request.method = "GET";
    request.target = "/v1/project/tasks/101";
    return request;
}

HttpRequest cfg(const std::string& action, const std::string& body) {
    HttpRequest request;
    request.headers = {{"X-TC-Action", action}, {"X-TC-Version", "2021-08-20"}};
    request.body = body;
    return request;
}

TEST(TwinClassify, EachRequest_IsKnownByWhatItAsksFor) {
    struct Case {
        const char* type;
        HttpRequest request;
        std::optional<Action> action;
        std::vector<std::string> ids;
    };
    HttpRequest elsewhere;
    elsewhere.target = "/health";
    const Case cases[] = {
        {"huawei-cpts", cpts(9), Action::start, {"101"}},
        {"huawei-cpts", cpts(2), Action::stop, {"101"}},
        {"huawei-cpts", cpts(7), std::nullopt, {"101"}},
        {"huawei-cpts", cpts_query(), Action::query, {"101"}},
        {"huawei-cpts", elsewhere, std::nullopt, {}},
        {"tencent-cfg", cfg("ExecuteTask", R"({"TaskId":7})"), Action::start, {"7"}},
        {"tencent-cfg", cfg("ModifyTaskRunStatus", R"({"TaskId":7,"Status":1002})"), Action::start, {"7"}},
        {"tencent-cfg", cfg("ModifyTaskRunStatus", R"({"TaskId":"7","Status":"1003"})"), Action::pause, {"7"}},
        {"tencent-cfg", cfg("ModifyTaskRunStatus", R"({"TaskId":7,"Status":1004})"), Action::stop, {"7"}},
        {"tencent-cfg", cfg("DescribeTask", R"({"TaskId":7})"), Action::query, {"7"}},
        {"tencent-cfg", cfg("DescribeTaskList", R"({"TaskId":[7,8]})"), Action::query, {"7", "8"}},
        {"tencent-cfg", cfg("DescribeTaskList", R"({"TaskTitle":"t"})"), Action::query, {}},
        {"tencent-cfg", cfg("CreateTaskFromTemplate", R"({"TemplateId":7})"), Action::prepare, {}},
        {"tencent-cfg", cfg("TriggerPolicy", R"({"TaskId":7,"TriggerType":0})"), Action::heal, {"7"}},
        {"tencent-cfg", cfg("DescribeTask", "not JSON"), Action::query, {}},
        {"tencent-cfg", elsewhere, std::nullopt, {}},
    };
    for (const auto& c : cases) {
        const auto call = find_provider(c.type)->create_twin({})->classify(c.request);
        EXPECT_EQ(call.action, c.action) << c.request.target << " " << c.request.body;
        EXPECT_EQ(call.task_ids, c.ids) << c.request.target << " " << c.request.body;
    }
}

}  // namespace
}  // namespace taktd
