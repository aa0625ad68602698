// SPDX-License-Identifier: Apache-2.0
// Twins behind faults, without sockets: what takes effect, what is answered, what the admin port tells.
#include "providers/simcloud/cloud.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/simcloud/admin.hpp"

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

HttpRequest cpts(int status) {
    HttpRequest request;
    request.target = std::string{"/v1/"} + kDefaultScope + "/test-suites/1/tasks/101";
    request.body = R"({"cluster_id":0,"cluster_type":"shared","status":)" + std::to_string(status) +
                   R"(,"network_info":{"network_type":"internet"},"without_package":0,"enterprise_project_id":"0"})";
    return request;
}

HttpRequest cpts_query() {
    HttpRequest request;
    request.method = "GET";
    request.target = std::string{"/v1/"} + kDefaultScope + "/tasks/101";
    return request;
}

HttpRequest cfg(const std::string& action, const std::string& body) {
    HttpRequest request;
    request.headers = {{"X-TC-Action", action}, {"X-TC-Version", "2021-08-20"}};
    request.body = body;
    return request;
}

class SimCloud : public ::testing::Test {
protected:
    void SetUp() override {
        huawei = *cloud.add(*parse_provider("huawei-cpts,unsigned"));
        tencent = *cloud.add(*parse_provider("tencent-cfg,unsigned,rate=off"));
        for (const char* text : {"huawei-cpts:101", "tencent-cfg:1698"}) {
            const auto tasks = parse_tasks(text);
            for (const auto& task : *tasks) ASSERT_TRUE(cloud.define(task));
        }
    }

    SimReply start() { return cloud.handle(*huawei, cpts(9), now); }
    std::size_t started() const { return huawei->twin->runs().size(); }
    json::value admin(const std::string& method, const std::string& path, const std::string& body = "",
                      int status = 200) {
        HttpRequest request;
        request.method = method;
        request.target = path;
        request.body = body;
        const auto response = administer(cloud, request, now);
        EXPECT_EQ(response.status, status) << response.body;
        return json::parse(response.body);
    }

    Cloud cloud;
    Cloud::Provider* huawei = nullptr;
    Cloud::Provider* tencent = nullptr;
    WallTime now{1'795'000'000s};
};

struct Spoiled {
    const char* fault;
    bool takes_effect;
    Delivery delivery;
    int status;  // of the answer; 0: whatever
};

TEST_F(SimCloud, EachFault_HasItsEffectOrNone_AndSpoilsTheAnswer) {
    const Spoiled cases[] = {
        {"delay=2s", true, Delivery::whole, 200},    {"drop_before", false, Delivery::reset, 0},
        {"drop_after", true, Delivery::reset, 0},    {"throttle", false, Delivery::whole, 429},
        {"status=503", false, Delivery::whole, 503}, {"status_after=500", true, Delivery::whole, 500},
        {"garbage", true, Delivery::whole, 200},     {"half", true, Delivery::half, 200},
        {"hang_before", false, Delivery::hang, 0},   {"hang", true, Delivery::hang, 0},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.fault);
        const auto before = started();
        ASSERT_TRUE(cloud.faults().add(std::string{"huawei-cpts:start:"} + c.fault + ":count=1"));
        const auto reply = start();
        EXPECT_EQ(started() - before, c.takes_effect ? 1u : 0u);
        EXPECT_EQ(reply.delivery, c.delivery);
        if (c.status != 0) {
            EXPECT_EQ(reply.response.status, c.status);
        }
        EXPECT_EQ(huawei->journal.entries().back().reached, c.takes_effect);
        EXPECT_EQ(reply.delay, std::string{c.fault} == "delay=2s" ? Duration{2s} : Duration{});
        cloud.faults().clear();
        cloud.handle(*huawei, cpts(2), now);  // so that the next start may take effect
        now += 1s;
    }
}

TEST_F(SimCloud, Twin_WithoutFaults_Answers) {
    EXPECT_EQ(start().response.status, 200);
    EXPECT_EQ(cloud.handle(*huawei, cpts_query(), now).response.status, 200);
    const auto began = cloud.handle(*tencent, cfg("ExecuteTask", R"({"TaskId":"1698"})"), now);
    EXPECT_EQ(began.response.body.find("Error"), std::string::npos) << began.response.body;
    EXPECT_EQ(tencent->twin->runs().size(), 1u);
}

TEST_F(SimCloud, Truth_IsTold) {
    start();
    now += 1s;
    start();  // refused: it runs
    now += 1s;
    cloud.handle(*huawei, cpts(2), now);
    now += 3s;
    start();
    const auto truth = admin("GET", "/_simcloud/truth");
    EXPECT_EQ(truth.at("starts").to_number<int>(), 2);
    EXPECT_EQ(truth.at("doubled").to_number<int>(), 0);
    EXPECT_EQ(truth.at("starts_while_running").to_number<int>(), 1);
    EXPECT_EQ(truth.at("still_running").to_number<int>(), 1);
    const auto& provider = truth.at("providers").at(0);
    EXPECT_EQ(provider.at("requests").to_number<int>(), 4);
    EXPECT_EQ(provider.at("peak_per_second").to_number<int>(), 1);
    const auto& first = provider.at("runs").at(0);
    EXPECT_EQ(first.at("ended_by").as_string(), "stop");
    EXPECT_EQ(first.at("ended_ns").as_int64() - first.at("started_ns").as_int64(), 2'000'000'000);
    EXPECT_TRUE(provider.at("runs").at(1).at("ended").is_null());
}

TEST_F(SimCloud, Log_HasEveryRequestOfAllProvidersInOrder) {
    start();
    now += 1ms;
    cloud.handle(*tencent, cfg("DescribeTask", R"({"TaskId":1698})"), now);
    now += 1ms;
    ASSERT_TRUE(cloud.faults().add("*:stop:drop_before"));
    cloud.handle(*huawei, cpts(2), now);
    const auto log = admin("GET", "/_simcloud/log");
    const auto& requests = log.at("requests").as_array();
    ASSERT_EQ(requests.size(), 3u);
    EXPECT_EQ(requests[0].at("action").as_string(), "start");
    EXPECT_EQ(requests[1].at("provider").as_string(), "tencent-cfg");
    EXPECT_EQ(requests[2].at("fault").as_string(), "drop_before");
    EXPECT_EQ(requests[2].at("status").to_number<int>(), 0);
    EXPECT_FALSE(requests[2].at("reached").as_bool());
}

TEST_F(SimCloud, FaultsAndTasks_MayChangeWhileItRuns) {
    admin("POST", "/_simcloud/faults", "huawei-cpts:start:status=503:count=1\nhuawei-cpts:stop:half\r\n\n");
    EXPECT_EQ(start().response.status, 503);
    const auto rules = admin("GET", "/_simcloud/faults");
    ASSERT_EQ(rules.at("faults").as_array().size(), 2u);
    EXPECT_EQ(rules.at("faults").at(0).at("fired").to_number<int>(), 1);
    admin("POST", "/_simcloud/faults", "huawei-cpts:stop:half\nnonsense", 400);
    EXPECT_EQ(cloud.faults().rules().size(), 2u) << "all lines or none";
    admin("DELETE", "/_simcloud/faults");
    EXPECT_TRUE(cloud.faults().rules().empty());

    admin("POST", "/_simcloud/tasks", "huawei-cpts:101,ends_after=2s");
    admin("POST", "/_simcloud/tasks", "nobody:1", 400);
    start();
    now += 2s;
    EXPECT_EQ(admin("GET", "/_simcloud/truth").at("providers").at(0).at("runs").at(0).at("ended_by").as_string(),
              "itself");
}

TEST_F(SimCloud, Tasks_AreMadeFromTemplatesThatItKnows) {
    const auto create = [&] {
        return cloud
            .handle(*tencent,
                    cfg("CreateTaskFromTemplate",
                        R"({"TemplateId":33,"TaskConfig":{"TaskGroupsConfig":[],"TaskTitle":"drill 1"}})"),
                    now)
            .response.body;
    };
    EXPECT_NE(create().find("InvalidParameterValue"), std::string::npos);
    admin("POST", "/_simcloud/templates", "tencent-cfg:33..34,name=az,groups=0,stopping=1s");
    admin("POST", "/_simcloud/templates", "huawei-cpts:33", 400);
    admin("POST", "/_simcloud/templates", "tencent-cfg:abc", 400);
    admin("POST", "/_simcloud/templates", "nobody:33", 400);
    admin("POST", "/_simcloud/tasks", "tencent-cfg:abc", 400);
    ASSERT_TRUE(cloud.faults().add("tencent-cfg:prepare:drop_after:count=1"));
    create();
    create();
    EXPECT_EQ(tencent->journal.entries().back().call.action, Action::prepare);
    const auto truth = admin("GET", "/_simcloud/truth");
    EXPECT_TRUE(truth.at("providers").at(0).at("created").as_array().empty());
    const auto& created = truth.at("providers").at(1).at("created").as_array();
    ASSERT_EQ(created.size(), 2U) << "the lost answer's task is there, too";
    EXPECT_EQ(created[0].at("template_id").as_string(), "33");
    EXPECT_EQ(created[0].at("title").as_string(), "drill 1");
    EXPECT_EQ(created[0].at("created_ns").as_int64(), to_ns(now));
    EXPECT_NE(created[0].at("task_id"), created[1].at("task_id"));
    EXPECT_EQ(truth.at("starts").to_number<int>(), 0);
}

TEST_F(SimCloud, AdminPort_SaysWhatThereIs) {
    EXPECT_NE(json::serialize(admin("GET", "/", "", 404)).find("/_simcloud/truth"), std::string::npos);
    admin("PUT", "/_simcloud/truth", "", 405);
}

TEST_F(SimCloud, Names_AreUnique) {
    EXPECT_FALSE(cloud.add(*parse_provider("huawei-cpts")));
    EXPECT_TRUE(cloud.add(*parse_provider("huawei-cpts,name=second")));
}

}  // namespace
}  // namespace taktd::simcloud
