// SPDX-License-Identifier: Apache-2.0
// The stand-in of CFG: the page's own requests, signatures, limits, transitions and the ground truth it keeps.
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/tencent_cfg/adapter.hpp"
#include "providers/tencent_cfg/signature.hpp"
#include "providers/tencent_cfg/twin.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
namespace json = boost::json;

struct Signing {
    std::string action = "ModifyTaskRunStatus";
    std::string body;
    std::string host = "cfg.tencentcloudapi.com", signed_host = host;
    std::string service = "cfg", secret_id = credentials().at("secret_id").reveal();
    std::string secret_key = credentials().at("secret_key").reveal();
    bool sign_action = true;
};

/// A request as a client other than ours may write it.
HttpRequest request_of(const Signing& s, WallTime at) {
    tencent_cfg::Tc3Input input;
    input.secret_id = s.secret_id;
    input.secret_key = Secret{s.secret_key};
    input.service = s.service;
    input.timestamp = std::chrono::floor<seconds>(at).time_since_epoch().count();
    input.host = s.signed_host;
    input.content_type = "application/json";
    if (s.sign_action) input.action = s.action;
    input.body = s.body;
    HttpRequest r;
    r.headers = {{"Host", s.host},
                 {"Content-Type", "application/json"},
                 {"X-TC-Action", s.action},
                 {"X-TC-Version", "2021-08-20"},
                 {"X-TC-Timestamp", std::to_string(input.timestamp)},
                 {"Authorization", tencent_cfg::sign_tc3(input).authorization}};
    r.body = s.body;
    return r;
}

std::string error_code(const HttpResponse& response) {
    const auto body = json::parse(response.body);
    const auto& r = body.at("Response").as_object();
    return r.contains("Error") ? std::string{r.at("Error").at("Code").as_string()} : "";
}

struct TencentTwin : testing::Test {
    std::unique_ptr<Twin> make(TwinLimits limits = {}, Credentials keys = credentials()) {
        auto twin = create_tencent_cfg_twin({.credentials = std::move(keys), .scope = "", .limits = limits});
        for (const char* id : {"1698", "222"}) {
            TwinTask task;
            task.task_id = id;
            twin->define(task);
        }
        return twin;
    }
    /// The error code of the answer, empty on success.
    std::string send(Twin& twin, const std::string& action, const std::string& body, WallTime at) {
        Signing s;
        s.action = action;
        s.body = body;
        return error_code(twin.handle(request_of(s, at), at));
    }
    std::string modify(Twin& twin, const std::string& body, WallTime at) {
        return send(twin, "ModifyTaskRunStatus", body, at);
    }
    json::value details(Twin& twin, WallTime at) {
        Signing s;
        s.action = "DescribeTask";
        s.body = R"({"TaskId":1698})";
        return json::parse(twin.handle(request_of(s, at), at).body).at("Response").at("Task");
    }

    const WallTime t0 = ten_in_china();
    const std::string start = R"({"TaskId":1698,"Status":1002})", pause = R"({"TaskId":1698,"Status":1003})";
    const std::string end = R"({"TaskId":1698,"Status":1004,"IsExpect":true,"Summary":"done"})";
};

/// The keys of `value` and of its members, without the values: two answers of one shape give the same text.
std::string shape_of(const json::value& value) {
    if (!value.is_object()) return "*";
    std::string shape = "{";
    for (const auto& [key, member] : value.get_object()) shape += std::string{key} + ":" + shape_of(member) + ",";
    return shape + "}";
}

TEST_F(TencentTwin, PagesRequests_AreAnsweredAsOnThePage) {
    const auto twin = make();
    ASSERT_EQ(modify(*twin, R"({"Status":1002,"TaskId":222})", t0), "");
    for (const char* example : {"start", "end"}) {
        Signing s;
        s.body = fixture(std::string{example} + ".request.json");
        const auto response = twin->handle(request_of(s, t0), t0);
        EXPECT_EQ(response.status, 200);
        const auto expected = json::parse(fixture(std::string{example} + ".response.json"));
        const auto actual = json::parse(response.body);
        EXPECT_EQ(shape_of(actual), shape_of(expected));
        EXPECT_EQ(actual.at("Response").at("RequestId").as_string().size(), 36U);
        EXPECT_EQ(find_header(response.headers, "Date"), "Sun, 22 Nov 2026 02:00:00 GMT");
    }
    ASSERT_EQ(twin->runs().size(), 2U);
    EXPECT_EQ(twin->runs()[0].task_id, "222");
    EXPECT_EQ(twin->runs()[0].ended_by, "stop");
    EXPECT_EQ(twin->runs()[1].task_id, "1698");
    EXPECT_EQ(twin->runs()[1].ended, std::nullopt);
}

TEST_F(TencentTwin, ValidSignature_InEveryShape_IsAccepted) {
    const auto twin = make();
    const auto check = [&](const Signing& s) { return error_code(twin->handle(request_of(s, t0), t0)); };
    Signing query;
    query.action = "DescribeTask";
    query.body = R"({"TaskId":"1698"})";
    EXPECT_EQ(check(query), "");
    auto without_action = query;
    without_action.sign_action = false;
    EXPECT_EQ(check(without_action), "");
    // What the vendor's Node SDK does at a local endpoint: service from the host, port sent but not signed.
    auto node = query;
    node.host = "127.0.0.1:18099";
    node.signed_host = "127.0.0.1";
    node.service = "127";
    node.sign_action = false;
    EXPECT_EQ(check(node), "");
    node.signed_host = node.host;
    EXPECT_EQ(check(node), "");
}

TEST_F(TencentTwin, RequestThatIsNotSignedRight_IsRefused) {
    const auto twin = make();
    Signing good;
    good.body = start;
    struct Case {
        const char* name;
        HttpRequest request;
        const char* code;
    };
    std::vector<Case> cases;
    const auto add = [&](const char* name, HttpRequest request, const char* code) {
        cases.push_back({name, std::move(request), code});
    };
    const auto header = [&](const char* name, std::optional<std::string> value) {
        auto request = request_of(good, t0);
        std::erase_if(request.headers, [&](const auto& h) { return h.first == name; });
        if (value) request.headers.emplace_back(name, *value);
        return request;
    };

    auto wrong = good;
    wrong.secret_key = "another";
    add("wrong key", request_of(wrong, t0), "AuthFailure.SignatureFailure");
    wrong = good;
    wrong.secret_id = "AKIDsomebody";
    add("unknown id", request_of(wrong, t0), "AuthFailure.SecretIdNotFound");
    wrong = good;
    wrong.signed_host = "other.example";
    add("another host", request_of(wrong, t0), "AuthFailure.SignatureFailure");
    auto changed = request_of(good, t0);
    changed.body += " ";
    add("body changed", changed, "AuthFailure.SignatureFailure");
    add("type changed", header("Content-Type", "application/json; charset=utf-8"), "AuthFailure.SignatureFailure");
    add("action changed", header("X-TC-Action", "ExecuteTask"), "AuthFailure.SignatureFailure");
    add("time changed", header("X-TC-Timestamp", "1795312801"), "AuthFailure.SignatureFailure");
    add("no timestamp", header("X-TC-Timestamp", std::nullopt), "MissingParameter");
    add("odd timestamp", header("X-TC-Timestamp", "now"), "InvalidParameterValue");
    add("huge timestamp", header("X-TC-Timestamp", "9223372036854775807"), "AuthFailure.SignatureExpire");
    add("no authorization", header("Authorization", std::nullopt), "AuthFailure.InvalidAuthorization");
    add("another scheme", header("Authorization", "Bearer x"), "AuthFailure.InvalidAuthorization");
    add("half of it", header("Authorization", "TC3-HMAC-SHA256 Credential=a/b, Signature=x"),
        "AuthFailure.InvalidAuthorization");
    add("no action", header("X-TC-Action", std::nullopt), "MissingParameter");
    add("no version", header("X-TC-Version", std::nullopt), "MissingParameter");
    add("old version", header("X-TC-Version", "2017-03-12"), "NoSuchVersion");
    add("five minutes late", request_of(good, t0 - minutes{5} - seconds{1}), "AuthFailure.SignatureExpire");
    add("five minutes early", request_of(good, t0 + minutes{5} + seconds{1}), "AuthFailure.SignatureExpire");
    for (const auto& c : cases) {
        const auto response = twin->handle(c.request, t0);
        EXPECT_EQ(response.status, 200) << c.name;
        EXPECT_EQ(error_code(response), c.code) << c.name;
    }
    EXPECT_TRUE(twin->runs().empty());
    EXPECT_EQ(error_code(twin->handle(request_of(good, t0 - minutes{5}), t0)), "");
}

TEST_F(TencentTwin, TemporaryKeys_WantTheirToken) {
    auto keys = credentials();
    keys["token"] = Secret{"temporary"};
    const auto twin = make({}, keys);
    const auto adapter = create_tencent_cfg_adapter();
    const auto code = [&](const Credentials& used) {
        return error_code(twin->handle(*adapter->encode(call(Action::query), used, t0), t0));
    };
    EXPECT_EQ(code(credentials()), "AuthFailure.TokenFailure");
    EXPECT_EQ(code(keys), "");
}

TEST_F(TencentTwin, Parameters_AreChecked) {
    const auto twin = make();
    struct Case {
        const char *action, *body, *code;
    };
    for (const auto& c : std::vector<Case>{
             {"ModifyTaskRunStatus", R"({"TaskId":1698})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"Status":1002})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":null,"Status":1002})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"IsExpect":true})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"Summary":"x"})", "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"IsExpect":true,"Summary":""})",
              "MissingParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"IsExpect":1,"Summary":"x"})", "InvalidParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1004,"IsExpect":true,"Summary":1})",
              "InvalidParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":"on"})", "InvalidParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1.5,"Status":1002})", "InvalidParameter"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1005})", "InvalidParameterValue"},
             {"ModifyTaskRunStatus", R"({"TaskId":7,"Status":1002})", "InvalidParameterValue"},
             {"ModifyTaskRunStatus", R"({"TaskId":1698,"Status":1002,"Issue":"x"})", "UnknownParameter"},
             {"ModifyTaskRunStatus", "not json", "InvalidParameter"},
             {"ModifyTaskRunStatus", "[]", "InvalidParameter"},
             {"ExecuteTask", R"({"TaskId":1698,"Status":1002})", "UnknownParameter"},
             {"ExecuteTask", "{}", "MissingParameter"},
             {"DescribeTask", R"({"TaskId":7})", "InvalidParameterValue"},
             {"DescribeTaskList", R"({"TaskId":[1698]})", "MissingParameter"},
             {"DescribeTaskList", R"({"TaskId":1698,"Limit":1,"Offset":0})", "InvalidParameter"},
             {"DescribeTaskList", R"({"Limit":101,"Offset":0})", "InvalidParameterValue"},
             {"DeleteTask", R"({"TaskId":1698})", "InvalidAction"},
         }) {
        EXPECT_EQ(send(*twin, c.action, c.body, t0), c.code) << c.action << " " << c.body;
    }
    EXPECT_TRUE(twin->runs().empty());
}

// Each line: the requests that bring a new task into its state, and the code that each further request then gets.
TEST_F(TencentTwin, KnownTransitions_AreAllowedAlone) {
    const std::string reset = R"({"TaskId":1698,"Status":1001})";
    struct Case {
        const char* state;
        std::vector<std::string> before;
        std::string on_start, on_pause, on_end, on_reset, on_execute;
    };
    for (const auto& c : std::vector<Case>{
             {"not started", {}, "", "UnsupportedOperation", "UnsupportedOperation", "UnsupportedOperation", ""},
             {"executing", {start}, "ResourceInUse", "", "", "UnsupportedOperation", "UnsupportedOperation"},
             {"paused", {start, pause}, "", "OperationDenied", "", "UnsupportedOperation", "UnsupportedOperation"},
             {"ended", {start, end}, "", "UnsupportedOperation", "UnsupportedOperation", "UnsupportedOperation", ""},
         }) {
        const auto after = [&](const std::string& action, const std::string& body) {
            const auto twin = make();
            for (const auto& request : c.before) EXPECT_EQ(modify(*twin, request, t0), "");
            return send(*twin, action, body, t0);
        };
        SCOPED_TRACE(c.state);
        EXPECT_EQ(after("ModifyTaskRunStatus", start), c.on_start);
        EXPECT_EQ(after("ModifyTaskRunStatus", pause), c.on_pause);
        EXPECT_EQ(after("ModifyTaskRunStatus", end), c.on_end);
        EXPECT_EQ(after("ModifyTaskRunStatus", reset), c.on_reset);
        EXPECT_EQ(after("ExecuteTask", R"({"TaskId":1698})"), c.on_execute);
    }
}

TEST_F(TencentTwin, EndedTask_OnlyIfItMay_RunsAgain) {
    const auto twin = make();
    TwinTask once;
    once.task_id = "1698";
    once.reruns = false;
    twin->define(once);
    EXPECT_EQ(modify(*twin, start, t0), "");
    EXPECT_EQ(modify(*twin, end, t0 + seconds{5}), "");
    EXPECT_EQ(modify(*twin, start, t0 + seconds{9}), "UnsupportedOperation");
    ASSERT_EQ(twin->runs().size(), 1U);
    EXPECT_EQ(twin->runs()[0].started, t0);
    EXPECT_EQ(twin->runs()[0].ended, t0 + seconds{5});
}

TEST_F(TencentTwin, TasksLife_IsToldInTheVendorsFields) {
    const auto twin = make();
    EXPECT_EQ(details(*twin, t0).at("TaskStatus"), 1001);
    EXPECT_TRUE(details(*twin, t0).at("TaskStartTime").is_null());
    modify(*twin, start, t0);
    EXPECT_EQ(details(*twin, t0).at("TaskStatus"), 1002);
    EXPECT_EQ(details(*twin, t0).at("TaskStartTime"), "2026-11-22 10:00:00");
    modify(*twin, pause, t0 + seconds{1});
    EXPECT_EQ(details(*twin, t0 + seconds{1}).at("TaskStatus"), 1003);
    modify(*twin, start, t0 + seconds{2});
    EXPECT_EQ(details(*twin, t0 + seconds{2}).at("TaskStartTime"), "2026-11-22 10:00:00");
    modify(*twin, end, t0 + seconds{3});
    const auto ended = details(*twin, t0 + seconds{3});
    EXPECT_EQ(ended.at("TaskStatus"), 1004);
    EXPECT_EQ(ended.at("TaskStatusType"), 3);
    EXPECT_EQ(ended.at("TaskEndTime"), "2026-11-22 10:00:03");
    EXPECT_EQ(ended.at("TaskExpect"), 1);
    EXPECT_EQ(ended.at("TaskSummary"), "done");
    modify(*twin, start, t0 + seconds{60});
    EXPECT_EQ(details(*twin, t0 + seconds{60}).at("TaskStartTime"), "2026-11-22 10:01:00");
    EXPECT_TRUE(details(*twin, t0 + seconds{60}).at("TaskEndTime").is_null());
    EXPECT_EQ(twin->runs().size(), 2U);
}

TEST_F(TencentTwin, Task_HoweverLateItIsAskedFor_EndsAtItsInstant) {
    for (const bool fails : {false, true}) {
        const auto twin = make();
        TwinTask task;
        task.task_id = "1698";
        task.ends_itself_after = seconds{10};
        task.waits_for = seconds{2};
        task.fails = fails;
        twin->define(task);
        modify(*twin, start, t0);
        EXPECT_EQ(details(*twin, t0 + seconds{1}).at("TaskStatus"), 1001);
        EXPECT_EQ(modify(*twin, start, t0 + seconds{1}), "ResourceInUse");
        EXPECT_EQ(details(*twin, t0 + seconds{2}).at("TaskStatus"), 1002);
        modify(*twin, pause, t0 + seconds{5});  // 7 s are left
        modify(*twin, start, t0 + seconds{105});
        twin->advance(t0 + seconds{500});
        ASSERT_EQ(twin->runs().size(), 1U);
        EXPECT_EQ(twin->runs()[0].started, t0);
        EXPECT_EQ(twin->runs()[0].ended, t0 + seconds{112});
        EXPECT_EQ(twin->runs()[0].ended_by, fails ? "failure" : "itself");
        EXPECT_EQ(details(*twin, t0 + seconds{500}).at("TaskStatusType"), fails ? 2 : 1);
    }
}

TEST_F(TencentTwin, Stop_TakesItsTime) {
    const auto twin = make();
    TwinTask task;
    task.task_id = "1698";
    task.stopping_takes = seconds{4};
    twin->define(task);
    modify(*twin, start, t0);
    EXPECT_EQ(modify(*twin, end, t0 + seconds{1}), "");
    EXPECT_EQ(details(*twin, t0 + seconds{2}).at("TaskStatus"), 1002);
    EXPECT_EQ(modify(*twin, end, t0 + seconds{2}), "OperationDenied");
    EXPECT_EQ(modify(*twin, pause, t0 + seconds{2}), "OperationDenied");
    EXPECT_EQ(details(*twin, t0 + seconds{5}).at("TaskStatus"), 1004);
    EXPECT_EQ(twin->runs()[0].ended, t0 + seconds{5});

    task.waits_for = seconds{30};  // ended before it began: it never begins
    twin->define(task);
    modify(*twin, start, t0 + seconds{10});
    EXPECT_EQ(modify(*twin, end, t0 + seconds{11}), "");
    EXPECT_EQ(modify(*twin, start, t0 + seconds{12}), "ResourceInUse");
    twin->advance(t0 + seconds{60});
    EXPECT_EQ(twin->runs()[1].ended, t0 + seconds{15});
    EXPECT_EQ(details(*twin, t0 + seconds{60}).at("TaskStatus"), 1004);
}

TEST_F(TencentTwin, Pages_ListTheTasksAskedFor) {
    const auto twin = make();
    modify(*twin, start, t0);
    const auto list = [&](const std::string& body) {
        Signing s;
        s.action = "DescribeTaskList";
        s.body = body;
        return json::parse(twin->handle(request_of(s, t0), t0).body).at("Response");
    };
    const auto both = list(R"({"TaskId":[1698,"222",5],"Limit":100,"Offset":0})");
    EXPECT_EQ(both.at("Total"), 2);
    EXPECT_EQ(both.at("TaskList").at(0).at("TaskId"), 222);
    EXPECT_EQ(both.at("TaskList").at(1).at("TaskStatus"), 1002);
    EXPECT_FALSE(both.at("TaskList").at(1).as_object().contains("TaskStartTime"));
    const auto second = list(R"({"Limit":1,"Offset":1})");
    EXPECT_EQ(second.at("Total"), 2);
    ASSERT_EQ(second.at("TaskList").as_array().size(), 1U);
    EXPECT_EQ(second.at("TaskList").at(0).at("TaskId"), 1698);
}

TEST_F(TencentTwin, Throttle_OverAnySecond_HasTheVendorsWords) {
    TwinLimits limits;
    limits.rate.interval = milliseconds{100};
    const auto twin = make(limits);
    const auto throttled = [&](milliseconds at, const std::string& action = "ModifyTaskRunStatus") {
        return send(*twin, action, R"({"TaskId":1698})", t0 + at) == "RequestLimitExceeded";
    };
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(throttled(milliseconds{500 + i * 10}));
    EXPECT_TRUE(throttled(milliseconds{1000}));  // another second of the clock, the same second of time
    EXPECT_TRUE(throttled(milliseconds{1499}));
    EXPECT_FALSE(throttled(milliseconds{1500}));
    EXPECT_TRUE(throttled(milliseconds{1500}));
    // Each action has its own count; a query may come twice as often.
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(throttled(milliseconds{1500}, "DescribeTask"));
    EXPECT_TRUE(throttled(milliseconds{1500}, "DescribeTask"));

    Signing s;
    s.body = start;
    const auto response =
        json::parse(twin->handle(request_of(s, t0 + milliseconds{1500}), t0 + milliseconds{1500}).body);
    EXPECT_EQ(response.at("Response").at("Error"),
              json::parse(fixture("throttled.response.json")).at("Response").at("Error"));
}

TEST_F(TencentTwin, Tasks_AreDefinedOnlyWithAnInteger) {
    const auto twin = make();
    for (const char* id : {"", "abc", "12x", "99999999999999999999"}) {
        TwinTask task;
        task.task_id = id;
        EXPECT_THROW(twin->define(task), std::invalid_argument) << id;
    }
}

TEST_F(TencentTwin, SameAnswers_AreGivenInEveryReplay) {
    const auto first = make();
    const auto second = make();
    Signing s;
    s.body = start;
    for (int i = 0; i < 3; ++i) {
        const auto at = t0 + seconds{i};
        EXPECT_EQ(first->handle(request_of(s, at), at).body, second->handle(request_of(s, at), at).body);
    }
}

// The adapter and its stand-in share no code but the hash functions; here they meet.
TEST_F(TencentTwin, Adapter_IsUnderstoodAndUnderstands) {
    const auto twin = make();
    const auto adapter = create_tencent_cfg_adapter();
    const auto ask = [&](const CallSpec& spec, WallTime at) {
        const auto request = adapter->encode(spec, credentials(), at);
        EXPECT_TRUE(request);
        return adapter->decode(spec, twin->handle(*request, at));
    };
    const auto seen = [&](WallTime at) { return ask(call(Action::query), at).observations.at("1698"); };
    const std::string stop = R"({"is_expect":true,"summary":"{job} done"})";
    const std::string token = "2026-11-22 10:00:00";
    // A drill without a guard rail and without actions, of which it shows no residue.
    const auto one_of = [](RemoteState remote, std::optional<std::string> started = std::nullopt) {
        return Observation{.remote = remote,
                           .token = std::move(started),
                           .name = "task 1698",
                           .mode = "automatic",
                           .rolls_back = false};
    };

    EXPECT_EQ(seen(t0), one_of(RemoteState::idle));
    EXPECT_EQ(ask(call(Action::start), t0).outcome, Outcome::accepted);
    EXPECT_EQ(ask(call(Action::start), t0).outcome, Outcome::conflict);
    EXPECT_EQ(seen(t0), one_of(RemoteState::running, token));
    EXPECT_EQ(ask(call(Action::pause), t0).outcome, Outcome::accepted);
    EXPECT_EQ(seen(t0), one_of(RemoteState::paused, token));
    EXPECT_EQ(ask(call(Action::resume), t0).outcome, Outcome::accepted);
    EXPECT_EQ(ask(call(Action::stop, {"1698"}, stop), t0 + seconds{30}).outcome, Outcome::accepted);
    EXPECT_EQ(seen(t0 + seconds{30}), one_of(RemoteState::stopped, token));
    EXPECT_EQ(ask(call(Action::stop, {"1698"}, stop), t0 + seconds{31}).outcome, Outcome::conflict);

    auto executed = call(Action::start, {"1698"}, R"({"start_by":"execute_task"})");
    EXPECT_EQ(ask(executed, t0 + seconds{90}).outcome, Outcome::accepted);
    auto list = call(Action::query, {"1698", "222"});
    list.batched = true;
    const auto both = ask(list, t0 + seconds{90}).observations;
    EXPECT_EQ(both.at("1698"), (Observation{RemoteState::running, std::nullopt, "task 1698"}));
    EXPECT_EQ(both.at("222"), (Observation{RemoteState::idle, std::nullopt, "task 222"}));

    const auto late = call(Action::stop, {"1698"}, stop);
    const auto skewed = adapter->decode(late, twin->handle(*adapter->encode(late, credentials(), t0 - minutes{9}), t0));
    EXPECT_EQ(skewed.outcome, Outcome::clock_skew);
    EXPECT_EQ(skewed.server_time, t0);
}

}  // namespace
}  // namespace taktd
