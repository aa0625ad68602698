// SPDX-License-Identifier: Apache-2.0
// The twin of CPTS as the vendor's pages have the service: the pages' own bodies, signatures, lock, throttling, states.
#include <boost/json.hpp>

#include "providers/huawei_cpts/adapter.hpp"
#include "providers/huawei_cpts/twin.hpp"
#include "tests/unit/providers/huawei_helpers.hpp"

namespace taktd::huawei_cpts {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::call_of;
using testing::fixture;
using testing::keys;
using testing::kInstant;
using testing::kProject;

std::unique_ptr<Twin> twin_with(bool check_signature, RateLimit rate = {}) {
    TwinOptions options;
    options.credentials = keys();
    options.scope = kProject;
    options.limits = {.rate = rate, .check_signature = check_signature};
    return create_huawei_cpts_twin(options);
}

std::unique_ptr<Twin> open_twin(TwinTask task) {
    auto twin = twin_with(false);
    twin->define(task);
    return twin;
}

HttpRequest update(const std::string& body, const std::string& task = "1") {
    return {
        .method = "POST", .target = "/v1/" + kProject + "/test-suites/1/tasks/" + task, .headers = {}, .body = body};
}
HttpRequest show(const std::string& task = "1") {
    return {.method = "GET", .target = "/v1/" + kProject + "/tasks/" + task, .headers = {}, .body = ""};
}
std::int64_t status_of(Twin& twin, WallTime now, const std::string& task = "1") {
    return json::parse(twin.handle(show(task), now).body).at("taskInfo").at("run_status").as_int64();
}
std::string code_of(const HttpResponse& response) {
    const auto body = json::parse(response.body).as_object();
    return (body.contains("error_code") ? body.at("error_code") : body.at("code")).as_string().c_str();
}

TEST(HuaweiTwin, PagesBodies_GetThePagesAnswers) {
    for (const std::string start : {"start_request.json", "start_request_quoted.json"}) {
        const auto twin = open_twin({.task_id = "1", .name = "checkout"});
        const auto started = twin->handle(update(fixture(start)), kInstant);
        EXPECT_EQ(started.status, 200);
        EXPECT_EQ(json::parse(started.body), json::parse(fixture("answer.json")));
        const auto stopped = twin->handle(update(fixture("stop_request.json")), kInstant + 1s);
        EXPECT_EQ(stopped.status, 200);
        EXPECT_EQ(json::parse(stopped.body), json::parse(fixture("answer.json")));
        EXPECT_EQ(find_header(started.headers, "Date"), "Thu, 02 Jan 2025 03:04:05 GMT");
        EXPECT_NE(find_header(started.headers, "X-Request-Id"), find_header(stopped.headers, "X-Request-Id"));
    }
}

TEST(HuaweiTwin, Task_WaitsRunsStopsAndIsStopped) {
    const auto twin = open_twin({.task_id = "1", .name = "checkout", .waits_for = 2s, .stopping_takes = 3s});
    EXPECT_EQ(status_of(*twin, kInstant), 2);
    const auto never_ran = json::parse(twin->handle(show(), kInstant).body);
    EXPECT_TRUE(never_ran.at("taskInfo").at("related_temp_running_data").as_array().empty());

    twin->handle(update(fixture("start_request.json")), kInstant);
    EXPECT_EQ(status_of(*twin, kInstant + 1s), 9);
    EXPECT_EQ(status_of(*twin, kInstant + 2s), 0);
    const auto cases =
        json::parse(twin->handle(show(), kInstant + 2s).body).at("taskInfo").at("related_temp_running_data").as_array();
    ASSERT_EQ(cases.size(), 2U);
    for (const auto& element : cases) {
        EXPECT_EQ(element.at("task_run_info_id").as_int64(), 32517);
        const auto& inner = element.at("related_temp_running_data").at(0);
        EXPECT_EQ(inner.at("task_run_info_id").as_int64(), 32517);
        EXPECT_EQ(inner.at("temp_running_status").as_int64(), 0);
    }

    twin->handle(update(fixture("stop_request.json")), kInstant + 10s);
    EXPECT_EQ(status_of(*twin, kInstant + 12s), 5);
    twin->handle(update(fixture("stop_request.json")), kInstant + 12s);  // a second stop delays nothing
    EXPECT_EQ(status_of(*twin, kInstant + 13s), 4);
    ASSERT_EQ(twin->runs().size(), 1U);
    EXPECT_EQ(twin->runs()[0].task_id, "1");
    EXPECT_EQ(twin->runs()[0].started, kInstant);
    EXPECT_EQ(twin->runs()[0].ended, kInstant + 13s);
    EXPECT_EQ(twin->runs()[0].ended_by, "stop");
}

TEST(HuaweiTwin, EachCase_BearsTheStateOfItsTask) {
    const auto twin = open_twin({.task_id = "1", .name = "", .waits_for = 2s, .stopping_takes = 3s});
    twin->handle(update(fixture("start_request.json")), kInstant);
    const auto case_status = [&](Duration after) {
        const auto info = json::parse(twin->handle(show(), kInstant + after).body).at("taskInfo");
        const auto& inner = info.at("related_temp_running_data").at(1).at("related_temp_running_data").at(0);
        EXPECT_EQ(inner.at("temp_running_status"), info.at("run_status"));
        return inner.at("temp_running_status").as_int64();
    };
    EXPECT_EQ(case_status(1s), 9);
    EXPECT_EQ(case_status(2s), 0);
    twin->handle(update(fixture("stop_request.json")), kInstant + 10s);
    EXPECT_EQ(case_status(11s), 5);
    EXPECT_EQ(case_status(13s), 4);
}

TEST(HuaweiTwin, Answer_CanCallATaskEndedBeforeItsCasesAre) {
    const auto twin = open_twin({.task_id = "1", .name = "", .stopping_takes = 3s});
    const auto idle = twin->handle(show(), kInstant).body;
    EXPECT_EQ(huawei_cpts_ended_early(idle), idle);
    twin->handle(update(fixture("start_request.json")), kInstant);
    const auto contradiction = json::parse(huawei_cpts_ended_early(twin->handle(show(), kInstant + 1s).body));
    const auto& info = contradiction.at("taskInfo");
    EXPECT_EQ(info.at("run_status").as_int64(), 2);
    const auto& inner = info.at("related_temp_running_data").at(0).at("related_temp_running_data").at(0);
    EXPECT_EQ(inner.at("temp_running_status").as_int64(), 0);
    twin->handle(update(fixture("stop_request.json")), kInstant + 2s);
    const auto stopped = twin->handle(show(), kInstant + 9s).body;
    EXPECT_EQ(huawei_cpts_ended_early(stopped), stopped);
    for (const std::string other :
         {"", "[]", "{}", "not JSON", R"({"taskInfo":7})", R"({"taskInfo":{"run_status":"0"}})"})
        EXPECT_EQ(huawei_cpts_ended_early(other), other);
}

TEST(HuaweiTwin, Task_EndsByItself) {
    const auto twin = open_twin({.task_id = "1", .name = "", .ends_itself_after = 30s, .waits_for = 5s});
    twin->handle(update(fixture("start_request.json")), kInstant);
    EXPECT_EQ(status_of(*twin, kInstant + 34s), 0);
    twin->advance(kInstant + 60s);
    EXPECT_EQ(twin->runs()[0].ended, kInstant + 35s);
    EXPECT_EQ(twin->runs()[0].ended_by, "itself");
    EXPECT_EQ(status_of(*twin, kInstant + 60s), 2);
    const auto again = json::parse(twin->handle(update(fixture("start_request.json")), kInstant + 61s).body);
    EXPECT_EQ(again.at("result").at("task_run_id").as_int64(), 32518);
}

TEST(HuaweiTwin, Task_MayFailAndMayRefuseToRunAgain) {
    const auto twin = open_twin({.task_id = "1", .name = "", .ends_itself_after = 5s, .fails = true, .reruns = false});
    twin->handle(update(fixture("start_request.json")), kInstant);
    EXPECT_EQ(status_of(*twin, kInstant + 5s), 3);
    EXPECT_EQ(twin->runs()[0].ended_by, "failure");
    EXPECT_EQ(twin->handle(update(fixture("start_request.json")), kInstant + 6s).status, 400);
    EXPECT_EQ(twin->runs().size(), 1U);
}

TEST(HuaweiTwin, Start_OfALiveTask_StartsNothing) {
    const auto twin = open_twin({.task_id = "1", .name = "", .stopping_takes = 10s});
    twin->handle(update(fixture("start_request.json")), kInstant);
    const auto second = twin->handle(update(fixture("start_request.json")), kInstant + 1s);
    EXPECT_EQ(second.status, 400);
    EXPECT_EQ(code_of(second), "SVCSTG.CPTS.4009002");
    twin->handle(update(fixture("stop_request.json")), kInstant + 2s);
    EXPECT_EQ(twin->handle(update(fixture("start_request.json")), kInstant + 3s).status, 400);  // still terminating
    EXPECT_EQ(twin->runs().size(), 1U);
}

TEST(HuaweiTwin, BodiesOutsideThePagesTable_AreRefused) {
    const std::pair<const char*, const char*> changes[] = {
        {R"("cluster_id" : 0)", R"("cluster_id" : -2)"},
        {R"("cluster_id" : 0)", R"("cluster_id" : "x")"},
        {R"("cluster_id" : 0,)", ""},
        {R"("cluster_id" : 0)", R"("cluster_id" : 2147483648)"},
        {R"("status" : 9)", R"("status" : 1)"},
        {R"("status" : 9)", R"("status" : [])"},
        {R"("without_package" : 0)", R"("without_package":-1)"},
        {R"({ "network_type" : "internet" })", R"("internet")"},
        {R"("shared-cluster-internet")", "7"},
        {R"("enterprise_project_id" : "0")", R"("enterprise_project_id":[])"}};
    for (const auto& [from, to] : changes) {
        const auto twin = open_twin({.task_id = "1", .name = ""});
        auto body = fixture("start_request.json");
        const auto at = body.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        body.replace(at, std::string{from}.size(), to);
        const auto response = twin->handle(update(body), kInstant);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_TRUE(twin->runs().empty()) << body;
    }
    EXPECT_EQ(open_twin({.task_id = "1", .name = ""})->handle(update("nonsense"), kInstant).status, 400);
}

TEST(HuaweiTwin, UnknownPathsTasksAndProjects_AreRefused) {
    const auto twin = open_twin({.task_id = "1", .name = ""});
    struct Case {
        HttpRequest request;
        int status;
        std::string code;
    };
    auto other_project = show();
    other_project.target = "/v1/other/tasks/1";
    auto mixed = show();
    mixed.headers = {{"X-Project-Id", "other"}};
    const Case cases[] = {
        {{.method = "GET", .target = "/", .headers = {}, .body = ""}, 404, "APIG.0101"},
        {{.method = "GET", .target = "/v2/" + kProject + "/tasks/1", .headers = {}, .body = ""}, 404, "APIG.0101"},
        {{.method = "DELETE", .target = show().target, .headers = {}, .body = ""}, 404, "APIG.0101"},
        {{.method = "", .target = "", .headers = {}, .body = ""}, 404, "APIG.0101"},
        {show("2"), 403, "SVCSTG.CPTS.4032002"},
        {update(fixture("start_request.json"), "2"), 403, "SVCSTG.CPTS.4032002"},
        {other_project, 403, "SVCSTG.CPTS.4032002"},
        {mixed, 403, "SVCSTG.CPTS.4032002"}};
    for (const auto& c : cases) {
        const auto response = twin->handle(c.request, kInstant);
        EXPECT_EQ(response.status, c.status) << c.request.target;
        EXPECT_EQ(code_of(response), c.code) << c.request.target;
        EXPECT_TRUE(find_header(response.headers, "Date"));
    }
}

/// A request that the vendor's own SDK signed (fixtures/signature_vectors.json): no line of ours was involved.
HttpRequest request_of_the_sdk() {
    const auto vectors = json::parse(fixture("signature_vectors.json"));
    const auto& vector = vectors.at("derived").as_array().at(0).as_object();
    HttpRequest request;
    request.method = vector.at("method").as_string().c_str();
    request.target = vector.at("request_path").as_string().c_str();
    request.body = vector.at("body").as_string().c_str();
    for (const auto& [name, value] : vector.at("headers_after_signing").as_object()) {
        request.headers.emplace_back(std::string{name}, value.as_string().c_str());
    }
    return request;
}

void set_header(HttpRequest& request, const std::string& name, const std::string& value) {
    for (auto& [key, old] : request.headers) {
        if (key == name) old = value;
    }
}

TEST(HuaweiTwinGate, RequestThatTheVendorsSdkSigned_IsAccepted) {
    const auto twin = twin_with(true);
    twin->define({.task_id = "2002", .name = ""});
    EXPECT_EQ(twin->handle(request_of_the_sdk(), kInstant).status, 200);
}

TEST(HuaweiTwinGate, RequestThatWasNotSigned_IsRefused) {
    struct Case {
        const char* what;
        void (*change)(HttpRequest&);
    };
    const Case cases[] = {
        {"body", [](HttpRequest& r) { r.body += " "; }},
        {"path", [](HttpRequest& r) { r.target.replace(r.target.find("101"), 3, "102"); }},
        {"query", [](HttpRequest& r) { r.target += "?a=1"; }},
        {"signed header", [](HttpRequest& r) { set_header(r, "content-type", "text/plain"); }},
        {"date", [](HttpRequest& r) { set_header(r, "X-Sdk-Date", "20250102T030406Z"); }},
        {"no date", [](HttpRequest& r) { set_header(r, "X-Sdk-Date", ""); }},
        {"absurd date", [](HttpRequest& r) { set_header(r, "X-Sdk-Date", "99999999T999999Z"); }},
        {"another key",
         [](HttpRequest& r) {
             set_header(r, "Authorization", "SDK-HMAC-SHA256 Access=OTHER, SignedHeaders=host, Signature=00");
         }},
        {"another algorithm", [](HttpRequest& r) { set_header(r, "Authorization", "Bearer x"); }},
        {"garbage", [](HttpRequest& r) { set_header(r, "Authorization", "SDK-HMAC-SHA256 ,,=,="); }},
        {"nothing", [](HttpRequest& r) { r.headers.clear(); }},
        {"a token",
         [](HttpRequest& r) {
             r.headers = {{"X-Auth-Token", "guess"}};
         }},
    };
    for (const auto& c : cases) {
        const auto twin = twin_with(true);
        twin->define({.task_id = "2002", .name = ""});
        auto request = request_of_the_sdk();
        c.change(request);
        const auto response = twin->handle(request, kInstant);
        EXPECT_EQ(response.status, 401) << c.what;
        EXPECT_EQ(code_of(response), "APIG.0301") << c.what;
        EXPECT_TRUE(twin->runs().empty()) << c.what;
    }
}

TEST(HuaweiTwinGate, DatesMoreThanFifteenMinutesAway_AreExpired) {
    struct Case {
        Duration away;
        int status;
    };
    for (const auto& c : {Case{15min, 200}, Case{-15min, 200}, Case{15min + 1s, 401}, Case{-15min - 1s, 401}}) {
        const auto twin = twin_with(true);
        twin->define({.task_id = "2002", .name = ""});
        const auto response = twin->handle(request_of_the_sdk(), kInstant + c.away);
        EXPECT_EQ(response.status, c.status);
        if (c.status == 401) {
            EXPECT_NE(response.body.find("signature expired, signature time:20250102T030405Z,server time:"),
                      std::string::npos);
        }
    }
}

TEST(HuaweiTwinGate, SixthBadSignatureInARow_LocksTheKey) {
    const auto twin = twin_with(true);
    twin->define({.task_id = "2002", .name = ""});
    auto bad = request_of_the_sdk();
    bad.body += " ";
    const auto good = request_of_the_sdk();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(twin->handle(bad, kInstant).body.find("reach the limit"), std::string::npos);
    EXPECT_EQ(twin->handle(good, kInstant).status, 200);  // which ends the row
    for (int i = 0; i < 5; ++i) EXPECT_EQ(twin->handle(bad, kInstant).body.find("reach the limit"), std::string::npos);
    EXPECT_NE(twin->handle(bad, kInstant).body.find("reach the limit"), std::string::npos);
    EXPECT_EQ(twin->handle(good, kInstant + 5min - 1s).status, 401);
    EXPECT_NE(twin->handle(good, kInstant + 5min).status, 401);
}

TEST(HuaweiTwinGate, TemporaryKeysAndTokens_AreAccepted) {
    const auto adapter = create_huawei_cpts_adapter();
    TwinOptions options;
    options.scope = kProject;
    options.credentials = keys();
    options.credentials["security_token"] = Secret{"session"};
    const auto temporary = create_huawei_cpts_twin(options);
    temporary->define({.task_id = "2002", .name = ""});
    EXPECT_EQ(temporary->handle(*adapter->encode(call_of(Action::query), keys(), kInstant), kInstant).status, 401);
    EXPECT_EQ(
        temporary->handle(*adapter->encode(call_of(Action::query), options.credentials, kInstant), kInstant).status,
        200);

    options.credentials = {{"token", Secret{"iam-token"}}};
    const auto by_token = create_huawei_cpts_twin(options);
    by_token->define({.task_id = "2002", .name = ""});
    EXPECT_EQ(
        by_token->handle(*adapter->encode(call_of(Action::query), options.credentials, kInstant), kInstant).status,
        200);
    const Credentials wrong{{"token", Secret{"another"}}};
    EXPECT_EQ(by_token->handle(*adapter->encode(call_of(Action::query), wrong, kInstant), kInstant).status, 401);
    EXPECT_EQ(by_token->handle(*adapter->encode(call_of(Action::query), keys(), kInstant), kInstant).status, 401);
}

TEST(HuaweiTwinGate, RequestsBeyondItsLimit_AreThrottledAndToldSo) {
    const auto twin = twin_with(false, {.interval = Duration{333'333'334}, .burst = 2});
    twin->define({.task_id = "1", .name = ""});
    EXPECT_EQ(twin->handle(show(), kInstant).status, 200);
    EXPECT_EQ(twin->handle(show(), kInstant).status, 200);
    const auto refused = twin->handle(show(), kInstant);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(code_of(refused), "APIG.0308");
    EXPECT_NE(refused.body.find("limit:3,time:1 second"), std::string::npos) << refused.body;
    EXPECT_EQ(create_huawei_cpts_adapter()->decode(call_of(Action::query), refused).retry_after, 1s);
    EXPECT_EQ(twin->handle(show(), kInstant + 334ms).status, 200);
    EXPECT_EQ(twin->handle(show(), kInstant + 334ms).status, 429);

    const auto slow = twin_with(false, {.interval = 12s, .burst = 2});
    slow->define({.task_id = "1", .name = ""});
    slow->handle(show(), kInstant);
    slow->handle(show(), kInstant);
    EXPECT_NE(slow->handle(show(), kInstant).body.find("limit:5,time:1 minute"), std::string::npos);
}

}  // namespace
}  // namespace taktd::huawei_cpts
