// SPDX-License-Identifier: Apache-2.0
// The calls of this process: from the intent over the request to the one answer.
#include "daemon/core/state/calls.hpp"

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using namespace test::id_literals;

constexpr Now kMade{WallTime{24h}, BootTime{1h}};
constexpr Now kSent{WallTime{24h + 5s}, BootTime{1h + 5s}};

CallSpec spec_of(Action action) {
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = "acme";
    provider->account = "acme-account";
    provider->timeout = 17s;
    CallSpec spec;
    spec.action = action;
    spec.provider = provider;
    spec.task_ids = {"42"};
    return spec;
}

PendingCall& make(Calls& calls, const CallId& id, Action action = Action::stop, Purpose purpose = ForRun{"run"_run}) {
    return calls.make(id, spec_of(action), CallClass::stop, std::move(purpose), kMade, "boot-1");
}

TEST(Calls, AnIntent_IsARowOfItsAccountAndItsSpec) {
    Calls calls;
    const PendingCall& call = make(calls, "call"_call);
    EXPECT_EQ(call.row.id, "call"_call);
    EXPECT_EQ(call.row.provider, "acme");
    EXPECT_EQ(call.row.account, "acme-account");
    EXPECT_EQ(call.row.action, Action::stop);
    EXPECT_EQ(call.row.intent, kMade.wall);
    EXPECT_EQ(call.row.boot_id, "boot-1");
    EXPECT_FALSE(call.row.result);
    ASSERT_TRUE(call.row.spec);
    EXPECT_EQ(call.row.spec->task_ids, std::vector<std::string>{"42"});
    EXPECT_EQ(call.call_class, CallClass::stop);
}

TEST(Calls, AnIntent_NamesTheRunsThatItIsFor) {
    const struct {
        const char* what;
        Purpose purpose;
        std::optional<RunId> run;
        std::vector<RunId> linked;
    } cases[] = {
        {"a run", ForRun{"run"_run}, "run"_run, {}},
        {"a batch", ForBatch{{"a"_run, "b"_run}}, {}, {"a"_run, "b"_run}},
        {"a baseline", ForBaseline{"task"}, {}, {}},
        {"a foreign check", ForForeignCheck{{"task"}}, {}, {}},
        {"a foreign stop", ForForeignStop{"task"}, {}, {}},
        {"a last look", ForLastLook{"run"_run}, "run"_run, {}},
        {"a probe", ForProbe{}, {}, {}},
    };
    for (const auto& c : cases) {
        Calls calls;
        const PendingCall& call = make(calls, "call"_call, Action::query, c.purpose);
        EXPECT_EQ(call.row.run, c.run) << c.what;
        EXPECT_EQ(call.row.linked, c.linked) << c.what;
        EXPECT_EQ(call.purpose.index(), c.purpose.index()) << c.what;
    }
}

TEST(Calls, ACall_IsFoundByItsIdUntilItIsOver) {
    Calls calls;
    make(calls, "answered"_call).row.attempt = 7;
    make(calls, "withdrawn"_call);
    ASSERT_NE(calls.find("answered"_call), nullptr);
    EXPECT_EQ(calls.find("answered"_call)->row.attempt, 7);
    EXPECT_EQ(calls.at("answered"_call).row.attempt, 7);
    EXPECT_EQ(calls.find("unheard of"_call), nullptr);
    calls.take("answered"_call);
    calls.withdraw("withdrawn"_call, kSent);
    EXPECT_EQ(calls.find("answered"_call), nullptr);
    EXPECT_EQ(calls.find("withdrawn"_call), nullptr);
}

TEST(Calls, ACall_IsUnreleasedThenReleasedThenNeither) {
    Calls calls;
    const std::optional<CallId> id = "call"_call, none;
    const auto expect = [&](bool is_unreleased, bool is_released, const char* what) {
        EXPECT_EQ(calls.is_unreleased(id), is_unreleased) << what;
        EXPECT_EQ(calls.is_released(id), is_released) << what;
    };
    expect(false, false, "not made");
    make(calls, "call"_call);
    expect(true, false, "made");
    calls.release(calls.at("call"_call), {}, kSent);
    expect(false, true, "released");
    calls.take("call"_call);
    expect(false, false, "answered");
    EXPECT_FALSE(calls.is_unreleased(none));
    EXPECT_FALSE(calls.is_released(none));
}

TEST(Calls, ARequest_LeavesWithWhatTheShellNeeds) {
    Calls calls;
    PendingCall& call = make(calls, "call"_call);
    const Send send = calls.release(call, 3s, kSent);
    EXPECT_EQ(send.call, "call"_call);
    EXPECT_EQ(send.spec, call.row.spec);
    EXPECT_EQ(send.call_class, CallClass::stop);
    EXPECT_EQ(send.timeout, 17s);
    EXPECT_EQ(send.skew, 3s);
}

TEST(Calls, ARequest_RemembersWhenAndHowItLeft) {
    Calls calls;
    PendingCall& call = make(calls, "call"_call);
    calls.release(call, 3s, kSent);
    EXPECT_EQ(call.asked, kSent.wall);
    EXPECT_EQ(call.asked_boot, kSent.boot);
    EXPECT_EQ(call.skew, 3s);
}

TEST(Calls, ARequest_MovesTheIntentOfAQueryOnly) {
    for (const auto action :
         {Action::start, Action::stop, Action::pause, Action::resume, Action::query, Action::prepare, Action::heal}) {
        Calls calls;
        PendingCall& call = make(calls, "call"_call, action);
        calls.release(call, {}, kSent);
        EXPECT_EQ(call.row.intent, action == Action::query ? kSent.wall : kMade.wall) << name_of(action);
    }
}

TEST(Calls, ARequest_LeavesOnce) {
    Calls calls;
    PendingCall& call = make(calls, "call"_call);
    calls.release(call, {}, kSent);
    EXPECT_THROW(calls.release(call, {}, kSent), BrokenRule);
    EXPECT_EQ(calls.in_flight(), 1U);
}

TEST(Calls, AnAnswer_IsTakenOnce) {
    Calls calls;
    calls.release(make(calls, "call"_call), {}, kSent);
    const auto taken = calls.take("call"_call);
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->row.id, "call"_call);
    EXPECT_EQ(std::get<ForRun>(taken->purpose).run, "run"_run);
    EXPECT_FALSE(calls.take("call"_call));
    EXPECT_FALSE(calls.take("unheard of"_call));
}

TEST(Calls, InFlight_AreThoseThatLeftAndAreUnanswered) {
    Calls calls;
    for (const auto id : {"a"_call, "b"_call, "c"_call, "d"_call}) make(calls, id);
    EXPECT_EQ(calls.in_flight(), 0U);
    calls.release(calls.at("a"_call), {}, kSent);
    calls.release(calls.at("b"_call), {}, kSent);
    EXPECT_EQ(calls.in_flight(), 2U);
    calls.withdraw("c"_call, kSent);
    calls.take("d"_call);
    EXPECT_EQ(calls.in_flight(), 2U) << "those had not left";
    calls.take("a"_call);
    calls.take("a"_call);
    EXPECT_EQ(calls.in_flight(), 1U);
}

TEST(Calls, WhatIsWithdrawn_SaysThatItNeverLeft) {
    Calls calls;
    make(calls, "call"_call);
    const CallRow row = calls.withdraw("call"_call, kSent);
    EXPECT_EQ(row.id, "call"_call);
    EXPECT_EQ(row.run, "run"_run);
    ASSERT_TRUE(row.result);
    EXPECT_EQ(row.result->outcome, Outcome::not_sent);
    EXPECT_FALSE(row.result->vendor_message.empty());
    EXPECT_EQ(row.result->ended, kSent.wall);
    EXPECT_EQ(row.result->ended_boot, kSent.boot);
}

TEST(Calls, WhatHasLeftOrIsUnknown_CannotBeWithdrawn) {
    Calls calls;
    calls.release(make(calls, "call"_call), {}, kSent);
    EXPECT_THROW(calls.withdraw("call"_call, kSent), BrokenRule);
    EXPECT_THROW(calls.withdraw("unheard of"_call, kSent), BrokenRule);
    EXPECT_TRUE(calls.is_released("call"_call)) << "its answer is still to come";
}

TEST(Calls, TheWaitForACommit_EndsWithTheCall) {
    const struct {
        const char* what;
        void (*end)(Calls&);
    } cases[] = {
        {"released", [](Calls& calls) { calls.release(calls.at("call"_call), {}, kSent); }},
        {"withdrawn", [](Calls& calls) { calls.withdraw("call"_call, kSent); }},
        {"ended", [](Calls& calls) { calls.end_wait("call"_call); }},
    };
    for (const auto& c : cases) {
        Calls calls;
        make(calls, "call"_call);
        make(calls, "other"_call);
        calls.wait_for_commit("call"_call, kMade.boot + 1s);
        calls.wait_for_commit("other"_call, kMade.boot + 2s);
        ASSERT_EQ(calls.commit_waits().next(), kMade.boot + 1s) << c.what;
        c.end(calls);
        EXPECT_EQ(calls.commit_waits().next(), kMade.boot + 2s) << c.what;
    }
}

TEST(Calls, InFlight_AreCountedThroughTheWholeLifeOfACall) {
    Calls calls;
    EXPECT_NO_THROW(calls.assert_invariants());
    make(calls, "a"_call);
    make(calls, "b"_call);
    EXPECT_NO_THROW(calls.assert_invariants()) << "made";
    calls.release(calls.at("a"_call), {}, kSent);
    EXPECT_NO_THROW(calls.assert_invariants()) << "released";
    calls.withdraw("b"_call, kSent);
    EXPECT_NO_THROW(calls.assert_invariants()) << "withdrawn";
    calls.take("a"_call);
    EXPECT_NO_THROW(calls.assert_invariants()) << "answered";
}

TEST(Calls, ACallThatLeftByNoRelease_IsFound) {
    Calls calls;
    make(calls, "call"_call).released = true;
    EXPECT_THROW(calls.assert_invariants(), BrokenRule);
}

TEST(Calls, ACallUnderAnothersId_IsFound) {
    Calls calls;
    make(calls, "call"_call).row.id = "other"_call;
    EXPECT_THROW(calls.assert_invariants(), BrokenRule);
}

}  // namespace
}  // namespace taktd
