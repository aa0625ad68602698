// SPDX-License-Identifier: Apache-2.0
// What holds for every provider's `outcomes` and `success_codes`: the operator's word goes before the adapter's own
// table, for each action and each HTTP status; and it takes a readable code to be spoken of.
#include <gtest/gtest.h>

#include "tests/contract/providers/contract_fixture.hpp"

namespace taktd::contract {
namespace {

constexpr Outcome kClasses[] = {Outcome::accepted,      Outcome::throttled, Outcome::refused_retryable,
                                Outcome::refused_final, Outcome::conflict,  Outcome::clock_skew,
                                Outcome::unauthorized,  Outcome::uncertain};

class OverrideContract : public ProviderContract {
protected:
    /// A refusal of the vendor's own making: of a task that it does not know.
    HttpResponse refusal() {
        const auto request = adapter_->encode(call(Action::start, {"999"}), credentials_, kNow);
        return twin_->handle(*request, kNow);
    }

    CallResult decode(CallSpec what, const HttpResponse& response) const {
        auto provider = std::make_shared<ProviderSpec>(*what.provider);
        provider->outcomes = outcomes;
        provider->success_codes = success_codes;
        what.provider = std::move(provider);
        return adapter_->decode(what, response);
    }

    std::vector<CallSpec> writes() const {
        return {call(Action::start), call(Action::stop), call(Action::pause), call(Action::resume)};
    }

    std::map<std::string, Outcome> outcomes;
    std::vector<std::string> success_codes;
};

TEST_P(OverrideContract, CodeInTheConfig_MeansWhatItSays_WhateverTheStatus) {
    auto response = refusal();
    const auto code = decode(call(Action::start), response).vendor_code;
    ASSERT_FALSE(code.empty());
    for (const auto outcome : kClasses) {
        outcomes = {{code, outcome}};
        for (const int status : {response.status, 200, 400, 401, 403, 429, 500, 501, 503}) {
            auto answer = response;
            answer.status = status;
            for (const auto& what : writes()) {
                EXPECT_EQ(decode(what, answer).outcome, outcome)
                    << name_of(outcome) << " " << name_of(what.action) << " " << status;
            }
        }
    }
}

TEST_P(OverrideContract, WholeCode_GoesBeforeThePartBeforeItsDot) {
    auto response = refusal();
    const auto code = decode(call(Action::start), response).vendor_code;
    const auto at = response.body.find(code);
    ASSERT_NE(at, std::string::npos) << response.body;
    response.body.replace(at, code.size(), "Family.Member.Third");

    outcomes = {{"Family", Outcome::refused_retryable}, {"Member", Outcome::throttled}, {"Third", Outcome::throttled}};
    EXPECT_EQ(decode(call(Action::start), response).outcome, Outcome::refused_retryable);
    outcomes["Family.Member.Third"] = Outcome::conflict;
    EXPECT_EQ(decode(call(Action::start), response).outcome, Outcome::conflict);
    success_codes = {"Family"};
    EXPECT_EQ(decode(call(Action::start), response).outcome, Outcome::conflict);
    outcomes.clear();
    EXPECT_EQ(decode(call(Action::start), response).outcome, Outcome::accepted);
    success_codes = {"Other"};
    outcomes = {{"Family.Member", Outcome::throttled}, {"family.member.third", Outcome::throttled}};
    const auto unspoken_of = adapter_->decode(call(Action::start), response).outcome;
    EXPECT_EQ(decode(call(Action::start), response).outcome, unspoken_of);
}

TEST_P(OverrideContract, SuccessCode_AcceptsAWriteAndShowsNoTask) {
    const auto response = refusal();
    const auto code = decode(call(Action::start), response).vendor_code;
    success_codes = {"another", code};
    for (const auto& what : writes()) {
        const auto result = decode(what, response);
        EXPECT_EQ(result.outcome, Outcome::accepted) << name_of(what.action);
        EXPECT_TRUE(result.observations.empty());
        EXPECT_EQ(result.vendor_code, code);
    }
    // An error tells no state and makes no task, whatever its code is called.
    EXPECT_EQ(decode(call(Action::query), response).outcome, Outcome::uncertain);
    EXPECT_TRUE(decode(call(Action::query), response).observations.empty());
    if (schema_.prepare.empty()) return;
    for (const bool finds : {false, true}) {
        const auto result = decode(prepare("r", finds), response);
        EXPECT_EQ(result.outcome, Outcome::uncertain);
        EXPECT_EQ(result.vendor_task_id, "");
    }
}

TEST_P(OverrideContract, CodeForNotSent_WhenAnAnswerCame_IsNotBelieved) {
    const auto response = refusal();
    const auto before = decode(call(Action::start), response);
    outcomes = {{before.vendor_code, Outcome::not_sent}};
    EXPECT_EQ(decode(call(Action::start), response).outcome, before.outcome);
}

TEST_P(OverrideContract, UnreadableCode_IsNotSpokenOf) {
    outcomes = {{"", Outcome::accepted}};
    success_codes = {"", "null", "{}"};
    for (const char* body :
         {"", "{}", "null", "[]", "<html>", "{\"Response\":{}}", "{\"code\":null}", "{\"code\":\"\"}"}) {
        for (const int status : {200, 500, 503}) {
            HttpResponse response;
            response.status = status;
            response.body = body;
            EXPECT_EQ(decode(call(Action::start), response).outcome, Outcome::uncertain) << status << " " << body;
        }
    }
}

TEST_P(OverrideContract, VendorsSuccess_CalledARefusal_ShowsNoTask) {
    const auto request = adapter_->encode(call(Action::query), credentials_, kNow);
    const auto answer = twin_->handle(*request, kNow);
    const auto code = decode(call(Action::query), answer).vendor_code;
    if (code.empty()) return;  // this vendor's successes bear no code
    outcomes = {{code, Outcome::refused_retryable}};
    const auto result = decode(call(Action::query), answer);
    EXPECT_EQ(result.outcome, Outcome::refused_retryable);
    EXPECT_TRUE(result.observations.empty());
}

INSTANTIATE_TEST_SUITE_P(Registry, OverrideContract, ::testing::ValuesIn(entries()), type_name);

}  // namespace
}  // namespace taktd::contract
