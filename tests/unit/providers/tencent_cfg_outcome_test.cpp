// SPDX-License-Identifier: Apache-2.0
// What the tencent-cfg adapter makes of answers: outcome classes, observations, and anything at all that a server may
// send.
#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "providers/json_values.hpp"
#include "providers/tencent_cfg/adapter.hpp"
#include "providers/tencent_cfg/outcomes.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;

constexpr auto kWrites = {Action::start, Action::stop, Action::pause, Action::resume};

CallResult decode(Action action, const HttpResponse& response) {
    return create_tencent_cfg_adapter()->decode(call(action), response);
}

// The nine codes of the ModifyTaskRunStatus page: each has one meaning for all four actions (the engine tells a refused
// start from a refused stop).
TEST(TencentOutcome, NineCodesOfThePage_AreClassified) {
    struct Case {
        const char* code;
        Outcome outcome;
    };
    const std::vector<Case> cases{
        {"AuthFailure", Outcome::unauthorized},
        {"FailedOperation", Outcome::uncertain},
        {"InternalError", Outcome::uncertain},
        {"InvalidParameter", Outcome::refused_final},
        {"InvalidParameterValue", Outcome::refused_final},
        {"MissingParameter", Outcome::refused_final},
        {"OperationDenied", Outcome::conflict},
        {"ResourceInUse", Outcome::conflict},
        {"UnsupportedOperation", Outcome::conflict},
    };
    ASSERT_EQ(cases.size(), 9U);
    for (const auto& c : cases) {
        for (const auto action : kWrites) {
            const auto result = decode(action, error_answer(c.code));
            EXPECT_EQ(result.outcome, c.outcome) << c.code << " " << name_of(action);
            EXPECT_EQ(result.vendor_code, c.code);
            EXPECT_EQ(result.vendor_message, "words");
            EXPECT_EQ(result.request_id, "r-1");
            EXPECT_EQ(result.http_status, 200);
        }
    }
}

TEST(TencentOutcome, CompressedBytes_AreNamedAndUncertain) {
    const auto result =
        decode(Action::start, {.status = 200, .headers = {{"Content-Encoding", "gzip"}}, .body = "\x1f\x8b\x08 bytes"});
    EXPECT_EQ(result.outcome, Outcome::uncertain);
    EXPECT_EQ(result.vendor_message, "the answer is compressed (gzip), which taktd did not ask for: it cannot be read");
}

TEST(TencentOutcome, EveryOtherKnownCode_IsClassified) {
    struct Case {
        const char* code;
        Outcome outcome;
    };
    const std::vector<Case> cases{
        {"RequestLimitExceeded", Outcome::throttled},
        {"RequestLimitExceeded.UinLimitExceeded", Outcome::throttled},
        {"RequestLimitExceeded.IPLimitExceeded", Outcome::throttled},
        {"RequestLimitExceeded.GlobalRegionUinLimitExceeded", Outcome::throttled},
        {"LimitExceeded.RateLimitExceeded", Outcome::throttled},
        {"LimitExceeded", Outcome::refused_final},
        {"LimitExceeded.Quota", Outcome::refused_final},
        {"AuthFailure.SignatureFailure", Outcome::unauthorized},
        {"AuthFailure.SecretIdNotFound", Outcome::unauthorized},
        {"AuthFailure.InvalidSecretId", Outcome::unauthorized},
        {"AuthFailure.InvalidAuthorization", Outcome::unauthorized},
        {"AuthFailure.TokenFailure", Outcome::unauthorized},
        {"AuthFailure.MFAFailure", Outcome::unauthorized},
        {"AuthFailure.UnauthorizedOperation", Outcome::refused_final},
        {"AuthFailure.SignatureExpire", Outcome::clock_skew},
        {"UnauthorizedOperation", Outcome::refused_final},
        {"UnauthorizedOperation.CamNoAuth", Outcome::refused_final},
        {"FailedOperation.UnauthorizedOperation", Outcome::refused_final},
        {"UnknownParameter", Outcome::refused_final},
        {"ResourceNotFound", Outcome::refused_final},
        {"InvalidParameterValue.Length", Outcome::refused_final},
        {"OperationDenied.TaskRunning", Outcome::conflict},
        {"FailedOperation.Anything", Outcome::uncertain},
        {"InternalError.Timeout", Outcome::uncertain},
        {"ServiceUnavailable", Outcome::uncertain},
        {"ResourceUnavailable", Outcome::uncertain},
        {"ResponseSizeLimitExceeded", Outcome::uncertain},
        {"NeverHeardOf", Outcome::uncertain},
        {"requestlimitexceeded", Outcome::uncertain},
        {"", Outcome::uncertain},
        {".", Outcome::uncertain},
    };
    for (const auto& c : cases) EXPECT_EQ(decode(Action::start, error_answer(c.code)).outcome, c.outcome) << c.code;
}

TEST(TencentOutcome, Table_ListsNoCodeTwice) {
    std::set<std::string_view> seen;
    for (const auto& line : tencent_cfg::code_outcomes()) EXPECT_TRUE(seen.insert(line.code).second) << line.code;
}

TEST(TencentOutcome, HttpStatus_IsReadWithTheCode) {
    struct Case {
        int status;
        const char* code;  // null: no JSON at all
        Outcome outcome;
        std::optional<Outcome> of_stop_and_pause = std::nullopt;  // where nothing can have started, if that differs
    };
    const std::vector<Case> cases{
        {200, nullptr, Outcome::uncertain},
        {0, nullptr, Outcome::uncertain},
        {204, nullptr, Outcome::uncertain},
        {302, nullptr, Outcome::uncertain},
        {400, nullptr, Outcome::uncertain},
        {400, "FailedOperation", Outcome::uncertain},
        {400, "RequestLimitExceeded", Outcome::throttled},
        {400, "NeverHeardOf", Outcome::refused_final},
        {401, nullptr, Outcome::uncertain, Outcome::unauthorized},
        {401, "NeverHeardOf", Outcome::unauthorized},
        {401, "UnauthorizedOperation", Outcome::refused_final},
        {403, nullptr, Outcome::uncertain},
        {404, nullptr, Outcome::uncertain},
        {408, "InvalidParameter", Outcome::uncertain},
        {429, nullptr, Outcome::throttled},
        {429, "NeverHeardOf", Outcome::throttled},
        {500, nullptr, Outcome::uncertain},
        {500, "InvalidParameter", Outcome::uncertain},
        {501, nullptr, Outcome::uncertain},
        {502, nullptr, Outcome::uncertain},
        {503, "RequestLimitExceeded", Outcome::uncertain},
        {504, nullptr, Outcome::uncertain},
    };
    for (const auto& c : cases) {
        const auto response = c.code == nullptr ? answer("<html>no</html>", c.status) : error_answer(c.code, c.status);
        for (const auto action : kWrites) {
            const bool may_start = action == Action::start || action == Action::resume;
            EXPECT_EQ(decode(action, response).outcome, may_start ? c.outcome : c.of_stop_and_pause.value_or(c.outcome))
                << c.status << " " << (c.code == nullptr ? "-" : c.code) << " " << name_of(action);
        }
    }
}

TEST(TencentOutcome, ServersTime_WhenClocksMayDiffer_IsTold) {
    auto expired = error_answer("AuthFailure.SignatureExpire");
    EXPECT_EQ(decode(Action::stop, expired).server_time, ten_in_china());
    EXPECT_EQ(decode(Action::stop, answer("", 401)).server_time, ten_in_china());
    EXPECT_EQ(decode(Action::stop, error_answer("AuthFailure.SignatureFailure")).server_time, std::nullopt);
    EXPECT_EQ(decode(Action::stop, error_answer("InternalError")).server_time, std::nullopt);
    expired.headers.clear();
    EXPECT_EQ(decode(Action::stop, expired).outcome, Outcome::clock_skew);
    EXPECT_EQ(decode(Action::stop, expired).server_time, std::nullopt);
}

TEST(TencentOutcome, VendorsWait_IsKept) {
    auto response = answer(fixture("throttled.response.json"));
    EXPECT_EQ(decode(Action::start, response).outcome, Outcome::throttled);
    EXPECT_EQ(decode(Action::start, response).retry_after, std::nullopt);
    response.headers.emplace_back("Retry-After", "7");
    EXPECT_EQ(decode(Action::start, response).retry_after, Duration{std::chrono::seconds{7}});
}

TEST(TencentOutcome, Success_IsOnlyWhatTheVendorSays) {
    for (const auto action : kWrites) {
        const auto result = decode(action, answer(fixture("start.response.json")));
        EXPECT_EQ(result.outcome, Outcome::accepted);
        EXPECT_EQ(result.request_id, "8e9a0777-ff96-4020-8aec-6802d8103689");
        EXPECT_EQ(result.vendor_run_id, "");
        for (const char* body : {"", "{}", "null", "[]", R"({"Response":null})", R"({"Response":"ok"})",
                                 R"({"Response":{}})", R"({"Response":{"Error":{}}})",
                                 R"({"Response":{"Error":"x","RequestId":"r"}})", R"({"Response":{"RequestId":"r"})"}) {
            EXPECT_EQ(decode(action, answer(body)).outcome, Outcome::uncertain) << body;
        }
    }
}

// Which of status and type an answer shows; "null" as the vendor's nullable fields have it.
HttpResponse task_answer(const std::string& status, const std::string& type, const std::string& started) {
    return answer(R"({"Response":{"Task":{"TaskId":1698,"TaskStatus":)" + status + R"(,"TaskStatusType":)" + type +
                  R"(,"TaskStartTime":)" + started + R"(},"RequestId":"r"}})");
}

TEST(TencentObservation, EveryStatus_AsNumberOrText_IsRead) {
    struct Case {
        const char *status, *type;
        RemoteState state;
    };
    const std::vector<Case> cases{
        {"1001", "0", RemoteState::idle},           {"\"1001\"", "\"0\"", RemoteState::idle},
        {"1002", "0", RemoteState::running},        {"\"1002\"", "null", RemoteState::running},
        {"1003", "0", RemoteState::paused},         {"1003.0", "0", RemoteState::paused},
        {"1004", "1", RemoteState::ended},          {"1004", "0", RemoteState::ended},
        {"1004", "null", RemoteState::ended},       {"1004", "77", RemoteState::ended},
        {"1004", "2", RemoteState::failed},         {"\"1004\"", "\"2\"", RemoteState::failed},
        {"1004", "3", RemoteState::stopped},        {"\"1004\"", "\"3\"", RemoteState::stopped},
        {"1005", "0", RemoteState::unknown},        {"null", "0", RemoteState::unknown},
        {"\"running\"", "0", RemoteState::unknown}, {"true", "3", RemoteState::unknown},
    };
    for (const auto& c : cases) {
        const auto result = decode(Action::query, task_answer(c.status, c.type, "null"));
        ASSERT_EQ(result.outcome, Outcome::accepted) << c.status;
        EXPECT_EQ(result.observations.at("1698"),
                  (Observation{.remote = c.state, .token = std::nullopt, .rolls_back = false}))
            << c.status << " " << c.type;
    }
}

TEST(TencentObservation, StartTime_IsTakenAsToken) {
    const auto token = [](const std::string& started) {
        return decode(Action::query, task_answer("1002", "0", started)).observations.at("1698").token;
    };
    EXPECT_EQ(token("\"2026-11-22 10:00:00\""), "2026-11-22 10:00:00");
    EXPECT_EQ(token("null"), std::nullopt);
    EXPECT_EQ(token("\"\""), std::nullopt);

    const auto whole = decode(Action::query, answer(fixture("describe_task.response.json")));
    EXPECT_EQ(whole.observations.at("1698"), (Observation{.remote = RemoteState::running,
                                                          .token = "2026-11-22 10:00:00",
                                                          .name = "AZ-3 blackout",
                                                          .mode = "automatic",
                                                          .rolls_back = false}));
}

TEST(TencentObservation, List_IsReadWithoutTokens) {
    auto spec = call(Action::query, {"1698", "222", "3"});
    spec.batched = true;
    const auto adapter = create_tencent_cfg_adapter();
    const auto result = adapter->decode(spec, answer(fixture("describe_task_list.response.json")));
    EXPECT_EQ(result.outcome, Outcome::accepted);
    ASSERT_EQ(result.observations.size(), 2U);  // task 3 was not shown, which proves nothing
    EXPECT_EQ(result.observations.at("1698"), (Observation{RemoteState::paused, std::nullopt, "AZ-3 blackout"}));
    EXPECT_EQ(result.observations.at("222"), (Observation{RemoteState::stopped, std::nullopt, "pod kill"}));

    const auto others = adapter->decode(
        spec,
        answer(
            R"({"Response":{"TaskList":[{"TaskId":"3","TaskStatus":"1002"},{"TaskId":4,"TaskStatus":1002},7],"Total":2}})"));
    ASSERT_EQ(others.observations.size(), 1U);
    EXPECT_EQ(others.observations.at("3").remote, RemoteState::running);

    EXPECT_EQ(adapter->decode(spec, answer(R"({"Response":{"TaskList":[],"RequestId":"r"}})")).outcome,
              Outcome::accepted);
    EXPECT_EQ(adapter->decode(spec, answer(R"({"Response":{"RequestId":"r"}})")).outcome, Outcome::uncertain);
    EXPECT_EQ(adapter->decode(spec, answer(R"({"Response":{"TaskList":{},"RequestId":"r"}})")).outcome,
              Outcome::uncertain);
}

TEST(TencentObservation, AnotherTasksAnswer_ProvesNothing) {
    const auto other =
        decode(Action::query, answer(R"({"Response":{"Task":{"TaskId":5,"TaskStatus":1001},"RequestId":"r"}})"));
    EXPECT_EQ(other.outcome, Outcome::uncertain);
    EXPECT_TRUE(other.observations.empty());
    const auto none = decode(Action::query, answer(R"({"Response":{"Task":null,"RequestId":"r"}})"));
    EXPECT_EQ(none.outcome, Outcome::uncertain);
}

TEST(TencentOutcome, LongTexts_AreCut_AndInvalidBytesReplaced) {
    const std::string longest(100'000, 'x');
    const auto result =
        decode(Action::start, answer(R"({"Response":{"Error":{"Code":")" + longest + R"(","Message":"a)" + "\xFF" +
                                     longest + R"("},"RequestId":")" + longest + R"("}})"));
    EXPECT_EQ(result.outcome, Outcome::uncertain);
    EXPECT_EQ(result.vendor_code.size(), 128U);
    EXPECT_LE(result.vendor_message.size(), 1024U * 4);
    EXPECT_EQ(result.request_id.size(), 128U);

    const auto bytes =
        decode(Action::start, answer("{\"Response\":{\"Error\":{\"Code\":\"InternalError\",\"Message\":\"a\xFFz\"}}}"));
    EXPECT_EQ(bytes.vendor_message, "a\xEF\xBF\xBDz");
}

// Bytes flipped, cut, doubled and inserted: no answer may throw, and none that was damaged may discharge by accident
// what its original would not have.
TEST(TencentOutcome, AnyBytes_NeverThrow) {
    const std::vector<std::string> seeds{fixture("start.response.json"),
                                         fixture("describe_task.response.json"),
                                         fixture("describe_task_list.response.json"),
                                         fixture("throttled.response.json"),
                                         fixture("create.response.json"),
                                         error_answer("AuthFailure.SignatureExpire").body,
                                         std::string(5000, '['),
                                         std::string(5000, '{'),
                                         R"({"Response":)"};
    const std::vector<std::string> dates{"Sun, 22 Nov 2026 02:00:00 GMT", "", "Sun, 99 Nov 2026 02:00:00 GMT", "\xFF"};
    std::mt19937 random{20261122};
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto adapter = create_tencent_cfg_adapter();
    auto list = call(Action::query, {"1698", "222"});
    list.batched = true;
    auto making = call(Action::prepare, {""}, R"({"template_id":626,"title":"AZ-3 blackout{run}"})");
    making.placeholders = {{"run", "out"}};
    auto finding = making;
    finding.finds = true;
    const std::vector<CallSpec> specs{
        call(Action::start), call(Action::stop), call(Action::query), list, making, finding};

    for (int round = 0; round < 20'000; ++round) {
        std::string body = seeds[pick(seeds.size())];
        for (std::size_t edits = 1 + pick(4); edits > 0 && !body.empty(); --edits) {
            const auto at = pick(body.size());
            const char byte = static_cast<char>(pick(256));
            switch (pick(4)) {
                case 0: body[at] = byte; break;
                case 1: body.resize(at); break;
                case 2: body.insert(at, 1, byte); break;
                default: body.insert(at, body.substr(0, pick(body.size()))); break;
            }
        }
        HttpResponse response = answer(body, pick(8) == 0 ? static_cast<int>(pick(700)) : 200);
        response.headers = {{"Date", dates[pick(dates.size())]}, {"Retry-After", pick(2) == 0 ? "99999999999" : "x"}};
        const auto& spec = specs[pick(specs.size())];
        CallResult result;
        ASSERT_NO_THROW(result = adapter->decode(spec, response)) << "round " << round << ": " << body;
        for (const auto& [id, seen] : result.observations) {
            EXPECT_EQ(result.outcome, Outcome::accepted);
            EXPECT_NE(std::ranges::find(spec.task_ids, id), spec.task_ids.end());
        }
        if (!result.vendor_task_id.empty()) {
            EXPECT_EQ(result.outcome, Outcome::accepted);
            EXPECT_EQ(spec.action, Action::prepare);
            EXPECT_EQ(result.vendor_task_id.find_first_not_of("0123456789"), std::string::npos);
        }
        EXPECT_EQ(clean_text(result.vendor_message, 1024), result.vendor_message);
        EXPECT_EQ(clean_text(result.request_id, 128), result.request_id);
    }
}

}  // namespace
}  // namespace taktd
