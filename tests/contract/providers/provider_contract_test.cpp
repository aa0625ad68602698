// SPDX-License-Identifier: Apache-2.0
// What holds for every provider in the registry, whoever wrote it: its requests are accepted by its own twin, its
// answers read right, and nothing that a vendor might send makes it throw or believe what was not said.
#include <set>

#include "tests/contract/providers/contract_fixture.hpp"

namespace taktd::contract {
namespace {

using namespace std::chrono_literals;

constexpr Action kActions[] = {Action::start, Action::stop,    Action::pause, Action::resume,
                               Action::query, Action::prepare, Action::heal};

bool contains(const HttpRequest& request, const std::string& text) {
    for (const auto& [name, value] : request.headers) {
        if (value.find(text) != std::string::npos) return true;
    }
    return request.target.find(text) != std::string::npos || request.body.find(text) != std::string::npos;
}

TEST_P(ProviderContract, Action_IsSupportedOrRefusedWithAReason) {
    for (const auto action : kActions) {
        const auto request = adapter_->describe(call(action));
        const bool pauses = action == Action::pause || action == Action::resume;
        if (action == Action::prepare) continue;
        if (action == Action::heal) {
            EXPECT_EQ(request.has_value(), schema_.traits.can_heal);
            continue;
        }
        EXPECT_EQ(request.has_value(), !pauses || schema_.traits.can_pause) << name_of(action);
    }
    for (const bool finds : {false, true}) {
        const auto request = adapter_->describe(prepare("r", finds));
        EXPECT_EQ(request.has_value(), !schema_.prepare.empty()) << finds;
    }
    for (const auto action : kActions) {
        const auto request = adapter_->describe(call(action));
        if (!request) {
            EXPECT_FALSE(request.error().empty()) << name_of(action);
        }
    }
}

TEST_P(ProviderContract, Twin_KnowsWhatItsRequestsAskFor) {
    for (const auto action : kActions) {
        const bool makes = action == Action::prepare;
        const auto request = adapter_->describe(makes ? prepare("r") : call(action));
        if (!request) continue;
        const auto asked = twin_->classify(*request);
        // A vendor may have one request for both: the task's state says which it is.
        const bool is_either = action == Action::resume && asked.action == Action::start;
        EXPECT_EQ(asked.action, is_either ? Action::start : action) << name_of(action);
        const auto ids = makes ? std::vector<std::string>{} : std::vector<std::string>{"1"};
        EXPECT_EQ(asked.task_ids, ids) << name_of(action);
    }
    if (schema_.traits.query_batch_max < 2) return;
    const auto list = adapter_->describe(call(Action::query, {"1", "2"}, true));
    ASSERT_TRUE(list) << list.error();
    EXPECT_EQ(twin_->classify(*list).action, Action::query);
    EXPECT_EQ(twin_->classify(*list).task_ids, (std::vector<std::string>{"1", "2"}));
}

TEST_P(ProviderContract, Describe_IsDeterministic_AndEncodeOnlyAddsHeaders) {
    for (const auto action : {Action::start, Action::stop, Action::query}) {
        const auto first = adapter_->describe(call(action));
        const auto second = adapter_->describe(call(action));
        ASSERT_TRUE(first) << first.error();
        EXPECT_EQ(first->method, second->method);
        EXPECT_EQ(first->target, second->target);
        EXPECT_EQ(first->body, second->body);
        EXPECT_EQ(first->headers, second->headers);
        const auto signed_request = adapter_->encode(call(action), credentials_, kNow);
        ASSERT_TRUE(signed_request) << signed_request.error();
        EXPECT_EQ(first->method, signed_request->method);
        EXPECT_EQ(first->target, signed_request->target);
        EXPECT_EQ(first->body, signed_request->body);
        EXPECT_EQ(find_header(signed_request->headers, "Host"), parse_endpoint(provider_->endpoint)->host_header());
        EXPECT_FALSE(find_header(signed_request->headers, "Content-Length"));
        EXPECT_FALSE(find_header(signed_request->headers, "Connection"));
    }
}

TEST_P(ProviderContract, Secrets_StayOutOfWhatIsKept) {
    for (const auto& credentials : all_credentials(schema_)) {
        for (const auto action : {Action::start, Action::stop, Action::query}) {
            const auto request = adapter_->encode(call(action), credentials, kNow);
            ASSERT_TRUE(request) << request.error();
            for (const auto& [name, value] : credentials) {
                // The key itself never travels; tokens and key ids do, but in headers only, which are not kept.
                EXPECT_FALSE(name == "secret_key" && contains(*request, value.reveal()));
                EXPECT_EQ(request->target.find(value.reveal()), std::string::npos) << name;
                EXPECT_EQ(request->body.find(value.reveal()), std::string::npos) << name;
            }
        }
    }
}

TEST_P(ProviderContract, Twin_AcceptsEveryKindOfCredentials) {
    for (const auto& credentials : all_credentials(schema_)) {
        open_twin(credentials);
        credentials_ = credentials;
        const auto result = perform(Action::query, kNow);
        EXPECT_EQ(result.outcome, Outcome::accepted) << result.vendor_message;
        EXPECT_FALSE(result.request_id.empty());
    }
}

TEST_P(ProviderContract, WrongCredential_IsUnauthorized) {
    for (const auto& credentials : all_credentials(schema_)) {
        for (const auto& [name, value] : credentials) {
            open_twin(credentials);
            credentials_ = credentials;
            credentials_[name] = Secret{value.reveal() + "x"};
            for (const auto action : {Action::start, Action::stop, Action::query}) {
                const auto result = perform(action, kNow);
                EXPECT_EQ(result.outcome, Outcome::unauthorized)
                    << name << " " << name_of(action) << " " << result.http_status << " " << result.vendor_code;
                EXPECT_TRUE(result.observations.empty());
            }
            EXPECT_TRUE(twin_->runs().empty());
        }
    }
}

TEST_P(ProviderContract, MissingCredentials_SendNothing) {
    const auto request = adapter_->encode(call(Action::start), {}, kNow);
    ASSERT_FALSE(request);
    EXPECT_FALSE(request.error().empty());
}

TEST_P(ProviderContract, ClockFarOff_IsToldApartByTheServersTime) {
    const auto request = adapter_->encode(call(Action::start), credentials_, kNow - 1h);
    ASSERT_TRUE(request);
    const auto result = adapter_->decode(call(Action::start), twin_->handle(*request, kNow));
    EXPECT_TRUE(result.outcome == Outcome::clock_skew || result.outcome == Outcome::unauthorized)
        << name_of(result.outcome);
    EXPECT_EQ(result.server_time, kNow);
    EXPECT_TRUE(twin_->runs().empty());
}

TEST_P(ProviderContract, StartAndStop_AreSeen_AndRunsHaveTokens) {
    EXPECT_EQ(observe(kNow).activity(), Activity::inactive);
    std::set<std::string> tokens;
    for (int round = 0; round < 2; ++round) {
        const auto start = kNow + round * 1h;
        const auto started = perform(Action::start, start);
        ASSERT_EQ(started.outcome, Outcome::accepted) << started.vendor_code << " " << started.vendor_message;
        // Not before it runs: a vendor without a word for "waiting" shows it inactive until then.
        const auto running = observe(start + 5s);
        EXPECT_EQ(running.remote, RemoteState::running);
        ASSERT_TRUE(running.token);
        tokens.insert(*running.token);
        if (schema_.traits.token_names_run && !started.vendor_run_id.empty()) {
            EXPECT_EQ(started.vendor_run_id, *running.token);
        }

        const auto stopped = perform(Action::stop, start + 10s);
        ASSERT_EQ(stopped.outcome, Outcome::accepted) << stopped.vendor_code << " " << stopped.vendor_message;
        EXPECT_EQ(observe(start + 10s + 500ms).activity(), Activity::active);  // it takes its time
        const auto ended = observe(start + 20s);
        EXPECT_EQ(ended.remote, RemoteState::stopped);
        EXPECT_EQ(ended.token, running.token);
    }
    EXPECT_EQ(tokens.size(), 2U);
    ASSERT_EQ(twin_->runs().size(), 2U);
    for (const auto& run : twin_->runs()) {
        EXPECT_EQ(run.task_id, "1");
        EXPECT_EQ(run.ended_by, "stop");
        EXPECT_EQ(run.ended, run.started + 11s);
    }
}

TEST_P(ProviderContract, EndOfATask_IsSeen) {
    struct Case {
        bool fails;
        RemoteState remote;
        const char* ended_by;
    };
    for (const auto& c : {Case{false, RemoteState::ended, "itself"}, Case{true, RemoteState::failed, "failure"}}) {
        open_twin(credentials_);
        TwinTask task;
        task.task_id = "1";
        task.ends_itself_after = 30s;
        task.fails = c.fails;
        twin_->define(task);
        ASSERT_EQ(perform(Action::start, kNow).outcome, Outcome::accepted);
        EXPECT_EQ(observe(kNow + 29s).remote, RemoteState::running);
        EXPECT_EQ(observe(kNow + 31s).remote, c.remote);
        EXPECT_EQ(twin_->runs().at(0).ended_by, c.ended_by);
    }
}

TEST_P(ProviderContract, SecondStart_StartsNothing) {
    ASSERT_EQ(perform(Action::start, kNow).outcome, Outcome::accepted);
    const auto second = perform(Action::start, kNow + 5s);
    EXPECT_TRUE(second.outcome == Outcome::conflict || second.outcome == Outcome::refused_final)
        << name_of(second.outcome);
    EXPECT_EQ(twin_->runs().size(), 1U);
}

TEST_P(ProviderContract, PauseAndResume_AreSeen) {
    if (!schema_.traits.can_pause) return;  // Action_IsSupportedOrRefusedWithAReason holds that it says so
    ASSERT_EQ(perform(Action::start, kNow).outcome, Outcome::accepted);
    ASSERT_EQ(perform(Action::pause, kNow + 5s).outcome, Outcome::accepted);
    EXPECT_EQ(observe(kNow + 10s).remote, RemoteState::paused);
    ASSERT_EQ(perform(Action::resume, kNow + 15s).outcome, Outcome::accepted);
    EXPECT_EQ(observe(kNow + 20s).remote, RemoteState::running);
    EXPECT_EQ(twin_->runs().size(), 1U);
}

TEST_P(ProviderContract, UnknownTask_IsNeverTakenForAKnownOne) {
    for (const auto action : {Action::start, Action::stop, Action::query}) {
        const auto result = perform(call(action, {"999"}), kNow);
        EXPECT_NE(result.outcome, Outcome::accepted) << name_of(action);
        EXPECT_TRUE(result.observations.empty()) << name_of(action);
        EXPECT_FALSE(result.vendor_code.empty()) << name_of(action);
    }
    EXPECT_TRUE(twin_->runs().empty());
}

TEST_P(ProviderContract, TooManyRequests_AreThrottled) {
    open_twin(credentials_, {.interval = 100ms, .burst = 2});
    int throttled = 0;
    for (int i = 0; i < 50; ++i) {
        if (perform(Action::start, kNow).outcome == Outcome::throttled) ++throttled;
    }
    EXPECT_GT(throttled, 0);
    EXPECT_LE(twin_->runs().size(), 1U);
}

TEST_P(ProviderContract, Batch_AsksManyAndAnswersMany) {
    const int most = schema_.traits.query_batch_max;
    std::vector<std::string> too_many;
    for (int i = 0; i <= most; ++i) too_many.push_back(std::to_string(i + 1));
    EXPECT_FALSE(adapter_->describe(call(Action::query, too_many, true)));
    EXPECT_FALSE(adapter_->describe(call(Action::query, {}, true)));
    EXPECT_EQ(perform(call(Action::query, {"1"}, true), kNow).observations.count("1"), 1U);
    if (most == 1) return;

    ASSERT_EQ(perform(Action::start, kNow).outcome, Outcome::accepted);
    const auto result = perform(call(Action::query, {"1", "2", "999"}, true), kNow + 5s);
    ASSERT_EQ(result.outcome, Outcome::accepted) << result.vendor_message;
    ASSERT_EQ(result.observations.size(), 2U);
    EXPECT_EQ(result.observations.at("1").activity(), Activity::active);
    EXPECT_EQ(result.observations.at("2").activity(), Activity::inactive);
}

TEST_P(ProviderContract, UnreadableAnswer_IsUncertain) {
    const std::string bodies[] = {"",
                                  " ",
                                  "{",
                                  "{}",
                                  "[]",
                                  "null",
                                  "0",
                                  "\"ok\"",
                                  "true",
                                  "<html>hello</html>",
                                  "\xff\xfe\x00",
                                  std::string(16, '\0'),
                                  std::string(1U << 20U, 'x'),
                                  std::string(1U << 20U, '['),
                                  std::string(1U << 20U, '{'),
                                  "{\"a\":" + std::string(100'000, '1') + "}"};
    for (const auto action : {Action::start, Action::stop, Action::query}) {
        for (const auto& body : bodies) {
            for (const int status : {200, 400, 403, 404, 408, 409, 499, 500, 501, 502, 503, 504, 302, 0, -1, 999}) {
                HttpResponse response;
                response.status = status;
                response.body = body;
                const auto result = adapter_->decode(call(action), response);
                EXPECT_EQ(result.outcome, Outcome::uncertain)
                    << name_of(action) << " " << status << " " << body.substr(0, 40);
                EXPECT_TRUE(result.observations.empty());
                EXPECT_TRUE(result.vendor_run_id.empty());
                EXPECT_LE(result.vendor_message.size(), 4096U);
            }
        }
    }
}

TEST_P(ProviderContract, HalfAnAnswer_IsUncertain) {
    for (const auto action : {Action::start, Action::query, Action::stop}) {
        const auto request = adapter_->encode(call(action), credentials_, kNow);
        ASSERT_TRUE(request) << request.error();
        const auto whole = twin_->handle(*request, kNow);
        ASSERT_EQ(adapter_->decode(call(action), whole).outcome, Outcome::accepted)
            << name_of(action) << " " << whole.body;
        for (std::size_t length = 0; length < whole.body.size(); ++length) {
            auto half = whole;
            half.body.resize(length);
            const auto result = adapter_->decode(call(action), half);
            EXPECT_EQ(result.outcome, Outcome::uncertain) << half.body;
            EXPECT_TRUE(result.observations.empty()) << half.body;
        }
    }
}

TEST_P(ProviderContract, KeyId_NamesTheAccountAndIsNoSecret) {
    std::set<std::string> ids;
    for (const auto& credentials : all_credentials(schema_)) {
        const auto id = adapter_->key_id(credentials);
        EXPECT_EQ(id, adapter_->key_id(credentials));
        for (const auto& [name, value] : credentials) {
            if (name == "secret_key" || name.ends_with("token")) {
                EXPECT_NE(id, value.reveal()) << name;
            }
        }
        ids.insert(id);
    }
    EXPECT_FALSE(ids.empty());
    EXPECT_EQ(adapter_->key_id({}), "");
}

INSTANTIATE_TEST_SUITE_P(Registry, ProviderContract, ::testing::ValuesIn(entries()), type_name);

}  // namespace
}  // namespace taktd::contract
