// SPDX-License-Identifier: Apache-2.0
// Answers of CPTS and of its gateway: every known code for start, stop and query, what a query shows, and bytes of any
// kind.
#include <random>

#include <boost/json.hpp>

#include "providers/huawei_cpts/adapter.hpp"
#include "providers/huawei_cpts/outcomes.hpp"
#include "tests/unit/providers/huawei_helpers.hpp"

namespace taktd::huawei_cpts {
namespace {

using testing::answer_of;
using testing::call_of;
using testing::fixture;
using namespace std::chrono_literals;

CallResult decode(Action action, const HttpResponse& response) {
    return create_huawei_cpts_adapter()->decode(call_of(action), response);
}

std::string gateway(const std::string& code) {
    return R"({"error_code":")" + code + R"(","error_msg":"m","request_id":"r-1"})";
}
std::string service(const std::string& code) { return R"({"code":")" + code + R"(","message":"m","extend":null})"; }

struct CodeCase {
    int status;
    std::string body;
    Outcome outcome;
};

// What is known of Huawei's codes; nothing but success depends on the action.
const std::vector<CodeCase>& known_codes() {
    static const std::vector<CodeCase> cases{
        {403, service("SVCSTG.CPTS.4032002"), Outcome::refused_final},
        {404, service("SVCSTG.CPTS.4032002"), Outcome::refused_final},
        {200, service("SVCSTG.CPTS.4032002"), Outcome::refused_final},
        {403, service("SVCSTG.CPTS.4031009"), Outcome::refused_final},
        {400, service("CPTS.04006025"), Outcome::refused_final},
        {500, service("CPTS.05001001"), Outcome::uncertain},
        {400, service("CPTS.05001001"), Outcome::uncertain},
        {200, service("SVCSTG.CPTS.4001234"), Outcome::uncertain},
        {200, service(""), Outcome::uncertain},
        {400, service("SVCSTG.CPTS.0000000"), Outcome::uncertain},
        {501, service("SVCSTG.CPTS.0000000"), Outcome::uncertain},
        {400, service("SVCSTG.CPTS.4001234"), Outcome::refused_final},
        {404, gateway("APIG.0101"), Outcome::refused_final},
        {404, gateway("APIG.0103"), Outcome::refused_final},
        {400, gateway("APIG.0104"), Outcome::refused_final},
        {400, gateway("APIG.0105"), Outcome::refused_final},
        {400, gateway("APIG.0106"), Outcome::refused_final},
        {400, gateway("APIG.0201"), Outcome::refused_final},
        {413, gateway("APIG.0201"), Outcome::refused_final},
        {414, gateway("APIG.0201"), Outcome::refused_final},
        {494, gateway("APIG.0201"), Outcome::refused_final},
        {502, gateway("APIG.0201"), Outcome::uncertain},
        {504, gateway("APIG.0201"), Outcome::uncertain},
        {401, gateway("APIG.0301"), Outcome::unauthorized},
        {401, gateway("APIGW.0301"), Outcome::unauthorized},
        {403, gateway("APIGW.0302"), Outcome::refused_final},
        {401, gateway("APIGW.0303"), Outcome::unauthorized},
        {401, gateway("APIG.0307"), Outcome::unauthorized},
        {429, gateway("APIG.0308"), Outcome::throttled},
        {429, gateway("APIGW.0308"), Outcome::throttled},
        {400, gateway("APIG.0308"), Outcome::throttled},
        {400, "", Outcome::uncertain},
        {409, "{}", Outcome::uncertain},
        {403, "<html>forbidden</html>", Outcome::uncertain},
        {403, R"({"code":403,"message":"forbidden"})", Outcome::uncertain},
        {403, R"({"code":"FORBIDDEN","message":"forbidden"})", Outcome::uncertain},
        {408, gateway("APIG.0201"), Outcome::uncertain},
        {499, service("SVCSTG.CPTS.4032002"), Outcome::uncertain},
        {500, "", Outcome::uncertain},
        {501, "response message", Outcome::uncertain},
        {501, "\"response message\"", Outcome::uncertain},
        {502, "<html>bad gateway</html>", Outcome::uncertain},
        {503, gateway("APIG.0308"), Outcome::uncertain},
        {302, "", Outcome::uncertain},
        {100, "", Outcome::uncertain},
        {0, "", Outcome::uncertain},
        {200, "", Outcome::uncertain},
        {204, "", Outcome::uncertain},
        {200, "success", Outcome::uncertain},
        {200, "\"SVCSTG.CPTS.0000000\"", Outcome::uncertain},
        {200, "null", Outcome::uncertain},
        {200, R"(["SVCSTG.CPTS.0000000"])", Outcome::uncertain},
        {200, R"({"code":"SVCSTG.CPTS.0000000","message":"succ)", Outcome::uncertain},
        {200, R"({"code":0,"message":"success"})", Outcome::uncertain},
        {200, R"({"code":{"a":1},"message":"success"})", Outcome::uncertain},
        {200, R"({"message":"success","result":{"task_run_id":1}})", Outcome::uncertain},
    };
    return cases;
}

TEST(HuaweiOutcome, EveryKnownCode_ForEveryCall_HasItsOutcome) {
    for (const auto action : {Action::start, Action::stop, Action::query}) {
        for (const auto& c : known_codes()) {
            const auto result = decode(action, answer_of(c.status, c.body));
            EXPECT_EQ(result.outcome, c.outcome)
                << name_of(action) << " " << c.status << " " << c.body << " -> " << name_of(result.outcome);
            EXPECT_EQ(result.http_status, c.status);
            EXPECT_TRUE(result.observations.empty()) << c.body;
            EXPECT_EQ(result.vendor_run_id, "") << c.body;
        }
    }
}

TEST(HuaweiOutcome, Code_IsTheVendorsByItsShape) {
    for (const auto* code : {"SVCSTG.CPTS.4001234", "CPTS.04006025", "APIG.9999", "APIGW.0001", "IAM.0011"})
        EXPECT_TRUE(is_vendors_code(code)) << code;
    for (const auto* code : {"", "403", "FORBIDDEN", "forbidden.403", "APIG.", ".0301", "APIG.03x", "Not.Found.404x",
                             "NO SUCH.1", "invalid.4"})
        EXPECT_FALSE(is_vendors_code(code)) << code;
}

TEST(HuaweiOutcome, Table_NamesEachCodeOnce) {
    std::vector<std::string_view> codes;
    for (const auto& line : code_outcomes()) codes.push_back(line.code);
    std::ranges::sort(codes);
    EXPECT_EQ(std::ranges::adjacent_find(codes), codes.end());
    EXPECT_EQ(outcome_of_code("APIGW.0308"), Outcome::throttled);
    EXPECT_EQ(outcome_of_code("APIG.9999"), std::nullopt);
    EXPECT_EQ(outcome_of_code(""), std::nullopt);
}

TEST(HuaweiAnswer, AnswerOfThePage_IsAcceptedWithItsRunId) {
    for (const auto action : {Action::start, Action::stop}) {
        const auto result = decode(action, answer_of(200, fixture("answer.json"), {{"x-request-id", "req-7"}}));
        EXPECT_EQ(result.outcome, Outcome::accepted);
        EXPECT_EQ(result.vendor_run_id, "32517");
        EXPECT_EQ(result.vendor_code, "SVCSTG.CPTS.0000000");
        EXPECT_EQ(result.vendor_message, "success");
        EXPECT_EQ(result.vendor_extend, "");
        EXPECT_EQ(result.request_id, "req-7");
    }
}

TEST(HuaweiAnswer, Success_InEverySpelling_IsAccepted) {
    for (const std::string code : {"SVCSTG.CPTS.0000000", "SVCSTG.CPTS.00000000", "CPTS.0000000", "CPTS.00000000"}) {
        EXPECT_EQ(decode(Action::start, answer_of(200, service(code))).outcome, Outcome::accepted) << code;
    }
}

TEST(HuaweiAnswer, RunIdOfAStart_InEverySpelling_IsRead) {
    struct Case {
        std::string result;
        Outcome outcome;
        std::string run_id;
    };
    const Case cases[] = {{R"({"task_run_id":32517})", Outcome::accepted, "32517"},
                          {R"({"task_run_id":32517.0})", Outcome::accepted, "32517"},
                          {R"({"task_run_id":"32517"})", Outcome::accepted, "32517"},
                          {R"({"task_run_id":null})", Outcome::accepted, ""},
                          {R"({"task_run_id":0})", Outcome::accepted, ""},
                          {R"({"task_run_id":-1})", Outcome::accepted, ""},
                          {R"({})", Outcome::accepted, ""},
                          {"null", Outcome::accepted, ""},
                          {R"({"task_run_id":[1]})", Outcome::uncertain, ""},
                          {R"({"task_run_id":1.5})", Outcome::uncertain, ""},
                          {R"("started")", Outcome::uncertain, ""},
                          {"[1]", Outcome::uncertain, ""}};
    for (const auto& c : cases) {
        const auto result =
            decode(Action::start, answer_of(200, R"({"code":"SVCSTG.CPTS.0000000","result":)" + c.result + "}"));
        EXPECT_EQ(result.outcome, c.outcome) << c.result;
        EXPECT_EQ(result.vendor_run_id, c.run_id) << c.result;
    }
}

TEST(HuaweiAnswer, VendorsWords_AreKept) {
    struct Case {
        std::string body, code, message, extend, request_id;
    };
    const Case cases[] = {
        {gateway("APIG.0101"), "APIG.0101", "m", "", "r-1"},
        {R"({"code":"C","message":"m","extend":{"a":[1]}})", "C", "m", R"({"a":[1]})", ""},
        {R"({"code":"C","message":"m","extend":"x"})", "C", "m", "x", ""},
        {R"({"code":"C","message":"m","extend":7})", "C", "m", "7", ""},
        {R"({"error":{"code":"C","message":"m"}})", "C", "m", "", ""},
        {R"({"error":{"error_code":"C","error_msg":"m"}})", "C", "m", "", ""},
        {R"({"code":7,"message":["m"]})", "7", R"(["m"])", "", ""},
        {"response message", "", "response message", "", ""},
        {R"("response message")", "", "response message", "", ""},
        {"bad \xff byte", "", "bad \xEF\xBF\xBD byte", "", ""},
    };
    for (const auto& c : cases) {
        const auto result = decode(Action::start, answer_of(400, c.body));
        EXPECT_EQ(result.vendor_code, c.code) << c.body;
        EXPECT_EQ(result.vendor_message, c.message) << c.body;
        EXPECT_EQ(result.vendor_extend, c.extend) << c.body;
        EXPECT_EQ(result.request_id, c.request_id) << c.body;
    }
    const std::string longest(5000, 'x');
    const auto cut = decode(Action::start, answer_of(200, R"({"code":")" + longest + R"(","message":")" + longest +
                                                              R"(","extend":")" + longest + R"("})"));
    EXPECT_EQ(cut.vendor_code.size(), 1024U);
    EXPECT_EQ(cut.vendor_message.size(), 1024U);
    EXPECT_EQ(cut.vendor_extend.size(), 1024U);
}

TEST(HuaweiAnswer, CompressedBytes_AreNamedAndUncertain) {
    const auto result = decode(Action::start, answer_of(200, "\x1f\x8b\x08 bytes", {{"Content-Encoding", "gzip"}}));
    EXPECT_EQ(result.outcome, Outcome::uncertain);
    EXPECT_EQ(result.vendor_message, "the answer is compressed (gzip), which taktd did not ask for: it cannot be read");
}

TEST(HuaweiAnswer, Throttle_SaysHowLongToWait) {
    struct Case {
        HttpHeaders headers;
        std::string body;
        std::optional<Duration> wait;
    };
    const auto text = [](const std::string& words) {
        return R"({"error_code":"APIG.0308","error_msg":")" + words + R"("})";
    };
    const Case cases[] = {{{}, fixture("error_throttled.json"), 1min},
                          {{{"Retry-After", "7"}}, fixture("error_throttled.json"), 7s},
                          {{}, text("limit:5,time:1 second"), 1s},
                          {{}, text("Limit:5,Time: 30 Seconds"), 30s},
                          {{}, text("limit:5,time:2hours"), 2h},
                          {{}, text("limit:5,time:99999 days"), 24h},
                          {{}, text("limit:5,time:99999999999999999999 days"), std::nullopt},
                          {{}, text("limit:5,time:0 second"), std::nullopt},
                          {{}, text("limit:5,time:1 moon"), std::nullopt},
                          {{}, text("limit:5,time:"), std::nullopt},
                          {{}, text("limit:5,time:1"), std::nullopt},
                          {{}, text("slow down"), std::nullopt},
                          {{}, "", std::nullopt}};
    for (const auto& c : cases) {
        const auto result = decode(Action::stop, answer_of(429, c.body, c.headers));
        EXPECT_EQ(result.outcome, Outcome::throttled) << c.body;
        EXPECT_EQ(result.retry_after, c.wait) << c.body;
    }
}

TEST(HuaweiAnswer, Unauthorized_BearsTheServersTime) {
    const HttpHeaders date{{"Date", "Thu, 02 Jan 2025 03:04:05 GMT"}};
    for (const std::string file : {"error_signature_expired.json", "error_key_locked.json"}) {
        const auto result = decode(Action::stop, answer_of(401, fixture(file), date));
        EXPECT_EQ(result.outcome, Outcome::unauthorized) << file;
        EXPECT_EQ(result.server_time, testing::kInstant) << file;
    }
    EXPECT_EQ(decode(Action::stop, answer_of(401, "")).server_time, std::nullopt);
    EXPECT_EQ(decode(Action::stop, answer_of(401, "", {{"Date", "yesterday"}})).server_time, std::nullopt);
    EXPECT_EQ(decode(Action::stop, answer_of(403, "", date)).server_time, std::nullopt);
}

std::string shown(const std::string& info) {
    return R"({"code":"SVCSTG.CPTS.0000000","message":"success","taskInfo":)" + info + "}";
}

TEST(HuaweiObservation, StatusAndToken_AreRead) {
    const std::string one = R"([{"task_run_info_id":7}])";
    struct Case {
        std::string status, cases;
        RemoteState remote;
        std::optional<std::string> token;
    };
    const Case cases[] = {
        {"9", one, RemoteState::waiting, "7"},
        {"0", one, RemoteState::running, "7"},
        {"1", one, RemoteState::paused, "7"},
        {"2", one, RemoteState::ended, "7"},
        {"2", "[]", RemoteState::idle, std::nullopt},
        {"2", "null", RemoteState::idle, std::nullopt},
        {"3", one, RemoteState::failed, "7"},
        {"4", one, RemoteState::stopped, "7"},
        {"5", one, RemoteState::stopping, "7"},
        {"6", one, RemoteState::unknown, "7"},
        {"-1", one, RemoteState::unknown, "7"},
        {"null", one, RemoteState::unknown, "7"},
        {"true", one, RemoteState::unknown, "7"},
        {"\"0\"", one, RemoteState::running, "7"},
        {"0.0", one, RemoteState::running, "7"},
        {"0.5", one, RemoteState::unknown, "7"},
        {"0", R"([{"task_run_info_id":"7"},{"task_run_info_id":7.0},{"task_run_info_id":7}])", RemoteState::running,
         "7"},
        {"0", R"([{"task_run_info_id":7},{"task_run_info_id":8}])", RemoteState::unknown, std::nullopt},
        {"0", R"([{"task_run_info_id":7},{"temp_id":2}])", RemoteState::running, "7"},
        {"0", R"([{"task_run_info_id":0}])", RemoteState::running, std::nullopt},
        {"2", R"([{"task_run_info_id":0}])", RemoteState::idle, std::nullopt},
        {"0", R"([{"task_run_info_id":{}}])", RemoteState::unknown, std::nullopt},
        {"0", R"([7])", RemoteState::unknown, std::nullopt},
        {"0", R"({"task_run_info_id":7})", RemoteState::unknown, std::nullopt},
        {"0", R"("none")", RemoteState::unknown, std::nullopt},
    };
    for (const auto& c : cases) {
        const auto body = shown(R"({"run_status":)" + c.status + R"(,"related_temp_running_data":)" + c.cases + "}");
        const auto result = decode(Action::query, answer_of(200, body));
        ASSERT_EQ(result.outcome, Outcome::accepted) << body;
        ASSERT_EQ(result.observations.count("2002"), 1U) << body;
        EXPECT_EQ(result.observations.at("2002").remote, c.remote) << body;
        EXPECT_EQ(result.observations.at("2002").token, c.token) << body;
    }
}

// Each case of a run has its own state, and the run's id again.
TEST(HuaweiObservation, Cases_WhereTheTaskIsSaidToHaveEnded_AreBelieved) {
    const auto list = [](const std::vector<std::string>& statuses) {
        std::string text = "[";
        for (const auto& status : statuses)
            text += std::string{text == "[" ? "" : ","} + R"({"related_temp_running_data":[{"temp_running_status":)" +
                    status + "}]}";
        return text + "]";
    };
    struct Case {
        std::string run_status;
        std::vector<std::string> cases;
        RemoteState remote;
    };
    const Case cases[] = {
        {"2", {"0"}, RemoteState::running},
        {"3", {"0"}, RemoteState::running},
        {"4", {"0"}, RemoteState::running},
        {"2", {"9"}, RemoteState::waiting},
        {"4", {"5"}, RemoteState::stopping},
        {"2", {"1"}, RemoteState::paused},
        {"4", {"4", "5"}, RemoteState::stopping},
        {"2", {"5", "9"}, RemoteState::waiting},
        {"2", {"5", "9", "0", "2"}, RemoteState::running},
        {"2", {"\"0\""}, RemoteState::running},
        {"2", {"2", "3", "4"}, RemoteState::idle},
        {"3", {"3", "2"}, RemoteState::failed},
        {"4", {"4", "4"}, RemoteState::stopped},
        {"2", {"7", "77", "-1", "null"}, RemoteState::idle},
        {"2", {"\"x\""}, RemoteState::unknown},
        {"2", {"{}"}, RemoteState::unknown},
        {"5", {"0"}, RemoteState::stopping},
        {"9", {"0"}, RemoteState::waiting},
        {"0", {"2", "4"}, RemoteState::running},
        {"7", {"0"}, RemoteState::unknown},
    };
    for (const auto& c : cases) {
        const auto body =
            shown(R"({"run_status":)" + c.run_status + R"(,"related_temp_running_data":)" + list(c.cases) + "}");
        EXPECT_EQ(decode(Action::query, answer_of(200, body)).observations.at("2002").remote, c.remote) << body;
    }
}

TEST(HuaweiObservation, RunId_IsTakenFromTheInnerListToo_AndAllMustAgree) {
    struct Case {
        std::string cases;
        std::optional<std::string> token;
        RemoteState remote = RemoteState::running;
    };
    const Case cases[] = {
        {R"([{"related_temp_running_data":[{"task_run_info_id":7}]}])", "7"},
        {R"([{"task_run_info_id":null,"related_temp_running_data":[null,{"task_run_info_id":"7"}]}])", "7"},
        {R"([{"task_run_info_id":7,"related_temp_running_data":[{"task_run_info_id":7.0}]},{"temp_id":2}])", "7"},
        {R"([{"task_run_info_id":7,"related_temp_running_data":null}])", "7"},
        {R"([{"task_run_info_id":7,"related_temp_running_data":[{"task_run_info_id":8}]}])", std::nullopt,
         RemoteState::unknown},
        {R"([{"related_temp_running_data":[{"task_run_info_id":7}]},{"related_temp_running_data":[{"task_run_info_id":8}]}])",
         std::nullopt, RemoteState::unknown},
        {R"([{"related_temp_running_data":[{"task_run_info_id":7},{"task_run_info_id":8}]}])", std::nullopt,
         RemoteState::unknown},
        {R"([{"task_run_info_id":7,"related_temp_running_data":[{"task_run_info_id":[]}]}])", std::nullopt,
         RemoteState::unknown},
        {R"([{"task_run_info_id":7,"related_temp_running_data":{}}])", std::nullopt, RemoteState::unknown},
        {R"([{"task_run_info_id":7,"related_temp_running_data":[7]}])", std::nullopt, RemoteState::unknown},
    };
    for (const auto& c : cases) {
        const auto body = shown(R"({"run_status":0,"related_temp_running_data":)" + c.cases + "}");
        const auto seen = decode(Action::query, answer_of(200, body)).observations.at("2002");
        EXPECT_EQ(seen.token, c.token) << body;
        EXPECT_EQ(seen.remote, c.remote) << body;
    }
}

TEST(HuaweiOutcome, Config_MayUseEitherSpellingOfTheGateway) {
    struct Case {
        const char *written, *came;
    };
    for (const auto& c : {Case{"APIG.0201", "APIG.0201"}, Case{"APIG.0201", "APIGW.0201"},
                          Case{"APIGW.0201", "APIGW.0201"}, Case{"APIG", "APIGW.0201"}}) {
        auto call = call_of(Action::start);
        auto provider = *call.provider;
        provider.outcomes = {{c.written, Outcome::refused_retryable}};
        call.provider = std::make_shared<const ProviderSpec>(provider);
        const auto body = R"({"error_code":")" + std::string{c.came} + R"(","error_msg":"backend","request_id":"r"})";
        const auto adapter = create_huawei_cpts_adapter();
        EXPECT_EQ(adapter->decode(call, answer_of(504, body)).outcome, Outcome::refused_retryable) << c.came;
        EXPECT_EQ(decode(Action::start, answer_of(504, body)).outcome, Outcome::uncertain) << c.came;
    }
}

TEST(HuaweiOutcome, SuccessOfTheConfigsOwn_BringsItsRunId) {
    auto call = call_of(Action::start);
    auto provider = *call.provider;
    provider.success_codes = {"CPTS.OK"};
    call.provider = std::make_shared<const ProviderSpec>(provider);
    const auto result = create_huawei_cpts_adapter()->decode(
        call, answer_of(200, R"({"code":"CPTS.OK","message":"m","extend":null,"result":{"task_run_id":7}})"));
    EXPECT_EQ(result.outcome, Outcome::accepted);
    EXPECT_EQ(result.vendor_run_id, "7");
    // Its own codes go on meaning what they mean.
    EXPECT_EQ(create_huawei_cpts_adapter()->decode(call, answer_of(200, fixture("answer.json"))).outcome,
              Outcome::accepted);
}

TEST(HuaweiObservation, FixtureAndOlderSpellings_AreRead) {
    const Observation running{RemoteState::running, "32517", "checkout"};
    auto body = fixture("show_task_running.json");
    EXPECT_EQ(decode(Action::query, answer_of(200, body)).observations.at("2002"), running);
    body.replace(body.find("taskInfo"), 8, "taskinfo");
    EXPECT_EQ(decode(Action::query, answer_of(200, body)).observations.at("2002"), running);
    const Observation stopping{RemoteState::stopping, "32517", "checkout"};
    EXPECT_EQ(decode(Action::query, answer_of(200, fixture("show_task_case_still_stops.json"))).observations.at("2002"),
              stopping);
}

TEST(HuaweiObservation, TasksName_IsBorneAsItIs) {
    const std::pair<std::string, std::string> cases[] = {{R"("checkout 2x")", "checkout 2x"},
                                                         {R"("\u6f14\u7ec3")", "\u6f14\u7ec3"},
                                                         {R"("")", ""},
                                                         {"null", ""},
                                                         {"7", "7"}};
    for (const auto& [name, expected] : cases) {
        const auto result = decode(Action::query, answer_of(200, shown(R"({"run_status":2,"name":)" + name + "}")));
        EXPECT_EQ(result.observations.at("2002").name, expected) << name;
    }
    EXPECT_EQ(decode(Action::query, answer_of(200, shown(R"({"run_status":2})"))).observations.at("2002").name, "");
}

TEST(HuaweiObservation, AnswerWithoutATask_ShowsNothing) {
    for (const std::string info : {"null", "[]", "\"x\"", "7"}) {
        const auto result = decode(Action::query, answer_of(200, shown(info)));
        EXPECT_EQ(result.outcome, Outcome::uncertain) << info;
        EXPECT_TRUE(result.observations.empty()) << info;
    }
    EXPECT_EQ(decode(Action::query, answer_of(200, shown("{}"))).observations.at("2002"), Observation{});
}

// Seeded, so that a failure repeats: good answers with bytes changed, dropped and doubled. Whatever comes, decode
// returns, and keeps its promises about lengths and about when it shows something.
TEST(HuaweiAnswer, MutatedBytes_NeverThrow) {
    std::mt19937 random{20250102};
    const std::vector<std::string> seeds{fixture("answer.json"), fixture("show_task_running.json"),
                                         fixture("error_throttled.json"), fixture("error_signature_expired.json"),
                                         fixture("error_501.txt")};
    const int statuses[] = {200, 200, 200, 400, 401, 429, 501};
    for (int round = 0; round < 20'000; ++round) {
        auto body = seeds[random() % seeds.size()];
        for (auto changes = random() % 8; changes > 0 && !body.empty(); --changes) {
            const auto at = random() % body.size();
            switch (random() % 4) {
                case 0: body[at] = static_cast<char>(random()); break;
                case 1: body.erase(at, 1 + random() % 20); break;
                case 2: body.insert(at, body.substr(random() % body.size(), random() % 20)); break;
                default: body.resize(at); break;
            }
        }
        const auto response =
            answer_of(statuses[random() % std::size(statuses)], body,
                      {{"Date", body.substr(0, 29)}, {"Retry-After", body.substr(0, 5)}, {"X-Request-Id", body}});
        for (const auto action : {Action::start, Action::stop, Action::query}) {
            const auto result = decode(action, response);
            EXPECT_LE(result.request_id.size(), 128U * 4);
            EXPECT_LE(result.vendor_message.size(), 1024U * 4);
            if (result.outcome != Outcome::accepted) {
                EXPECT_TRUE(result.observations.empty() && result.vendor_run_id.empty()) << body;
            }
            if (response.status == 501) {
                EXPECT_EQ(result.outcome, Outcome::uncertain);
            }
        }
    }
}

}  // namespace
}  // namespace taktd::huawei_cpts
