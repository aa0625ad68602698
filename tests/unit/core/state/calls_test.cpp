// The calls of this process: from the intent over the request to the one answer.
#include "daemon/core/state/calls.hpp"

#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

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

PendingCall& make(Calls& calls, const CallId& id, Action action = Action::stop, Purpose purpose = ForRun{"run"}) {
    return calls.make(id, spec_of(action), CallClass::stop, std::move(purpose), kMade, "boot-1");
}

TEST(Calls, AnIntent_isARowOfItsAccountAndItsSpec) {
    Calls calls;
    const PendingCall& call = make(calls, "call");
    EXPECT_EQ(call.row.id, "call");
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

TEST(Calls, AnIntent_namesTheRunsThatItIsFor) {
    const struct {
        const char* what;
        Purpose purpose;
        std::optional<RunId> run;
        std::vector<RunId> linked;
    } cases[] = {
        {"a run", ForRun{"run"}, "run", {}},
        {"a batch", ForBatch{{"a", "b"}}, {}, {"a", "b"}},
        {"a baseline", ForBaseline{"task"}, {}, {}},
        {"a foreign check", ForForeignCheck{{"task"}}, {}, {}},
        {"a foreign stop", ForForeignStop{"task"}, {}, {}},
        {"a last look", ForLastLook{"run"}, "run", {}},
        {"a probe", ForProbe{}, {}, {}},
    };
    for (const auto& c : cases) {
        Calls calls;
        const PendingCall& call = make(calls, "call", Action::query, c.purpose);
        EXPECT_EQ(call.row.run, c.run) << c.what;
        EXPECT_EQ(call.row.linked, c.linked) << c.what;
        EXPECT_EQ(call.purpose.index(), c.purpose.index()) << c.what;
    }
}

TEST(Calls, ACall_isFoundByItsIdUntilItIsOver) {
    Calls calls;
    make(calls, "answered").row.attempt = 7;
    make(calls, "withdrawn");
    ASSERT_NE(calls.find("answered"), nullptr);
    EXPECT_EQ(calls.find("answered")->row.attempt, 7);
    EXPECT_EQ(calls.at("answered").row.attempt, 7);
    EXPECT_EQ(calls.find("unheard of"), nullptr);
    calls.take("answered");
    calls.withdraw("withdrawn", kSent);
    EXPECT_EQ(calls.find("answered"), nullptr);
    EXPECT_EQ(calls.find("withdrawn"), nullptr);
}

TEST(Calls, ACall_isUnreleasedThenReleasedThenNeither) {
    Calls calls;
    const std::optional<CallId> id = "call", none;
    const auto expect = [&](bool is_unreleased, bool is_released, const char* what) {
        EXPECT_EQ(calls.is_unreleased(id), is_unreleased) << what;
        EXPECT_EQ(calls.is_released(id), is_released) << what;
    };
    expect(false, false, "not made");
    make(calls, "call");
    expect(true, false, "made");
    calls.release(calls.at("call"), {}, kSent);
    expect(false, true, "released");
    calls.take("call");
    expect(false, false, "answered");
    EXPECT_FALSE(calls.is_unreleased(none));
    EXPECT_FALSE(calls.is_released(none));
}

TEST(Calls, ARequest_leavesWithWhatTheShellNeeds) {
    Calls calls;
    PendingCall& call = make(calls, "call");
    const Send send = calls.release(call, 3s, kSent);
    EXPECT_EQ(send.call, "call");
    EXPECT_EQ(send.spec, call.row.spec);
    EXPECT_EQ(send.call_class, CallClass::stop);
    EXPECT_EQ(send.timeout, 17s);
    EXPECT_EQ(send.skew, 3s);
}

TEST(Calls, ARequest_remembersWhenAndHowItLeft) {
    Calls calls;
    PendingCall& call = make(calls, "call");
    calls.release(call, 3s, kSent);
    EXPECT_EQ(call.asked, kSent.wall);
    EXPECT_EQ(call.asked_boot, kSent.boot);
    EXPECT_EQ(call.skew, 3s);
}

TEST(Calls, ARequest_movesTheIntentOfAQueryOnly) {
    for (const auto action :
         {Action::start, Action::stop, Action::pause, Action::resume, Action::query, Action::prepare, Action::heal}) {
        Calls calls;
        PendingCall& call = make(calls, "call", action);
        calls.release(call, {}, kSent);
        EXPECT_EQ(call.row.intent, action == Action::query ? kSent.wall : kMade.wall) << name_of(action);
    }
}

TEST(Calls, ARequest_leavesOnce) {
    Calls calls;
    PendingCall& call = make(calls, "call");
    calls.release(call, {}, kSent);
    EXPECT_THROW(calls.release(call, {}, kSent), BrokenRule);
    EXPECT_EQ(calls.in_flight(), 1U);
}

TEST(Calls, AnAnswer_isTakenOnce) {
    Calls calls;
    calls.release(make(calls, "call"), {}, kSent);
    const auto taken = calls.take("call");
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->row.id, "call");
    EXPECT_EQ(std::get<ForRun>(taken->purpose).run, "run");
    EXPECT_FALSE(calls.take("call"));
    EXPECT_FALSE(calls.take("unheard of"));
}

TEST(Calls, InFlight_areThoseThatLeftAndAreUnanswered) {
    Calls calls;
    for (const auto* id : {"a", "b", "c", "d"}) make(calls, id);
    EXPECT_EQ(calls.in_flight(), 0U);
    calls.release(calls.at("a"), {}, kSent);
    calls.release(calls.at("b"), {}, kSent);
    EXPECT_EQ(calls.in_flight(), 2U);
    calls.withdraw("c", kSent);
    calls.take("d");
    EXPECT_EQ(calls.in_flight(), 2U) << "those had not left";
    calls.take("a");
    calls.take("a");
    EXPECT_EQ(calls.in_flight(), 1U);
}

TEST(Calls, WhatIsWithdrawn_saysThatItNeverLeft) {
    Calls calls;
    make(calls, "call");
    const CallRow row = calls.withdraw("call", kSent);
    EXPECT_EQ(row.id, "call");
    EXPECT_EQ(row.run, "run");
    ASSERT_TRUE(row.result);
    EXPECT_EQ(row.result->outcome, Outcome::not_sent);
    EXPECT_FALSE(row.result->vendor_message.empty());
    EXPECT_EQ(row.result->ended, kSent.wall);
    EXPECT_EQ(row.result->ended_boot, kSent.boot);
}

TEST(Calls, WhatHasLeftOrIsUnknown_cannotBeWithdrawn) {
    Calls calls;
    calls.release(make(calls, "call"), {}, kSent);
    EXPECT_THROW(calls.withdraw("call", kSent), BrokenRule);
    EXPECT_THROW(calls.withdraw("unheard of", kSent), BrokenRule);
    EXPECT_TRUE(calls.is_released("call")) << "its answer is still to come";
}

TEST(Calls, TheWaitForACommit_endsWithTheCall) {
    const struct {
        const char* what;
        void (*end)(Calls&);
    } cases[] = {
        {"released", [](Calls& calls) { calls.release(calls.at("call"), {}, kSent); }},
        {"withdrawn", [](Calls& calls) { calls.withdraw("call", kSent); }},
        {"ended", [](Calls& calls) { calls.end_wait("call"); }},
    };
    for (const auto& c : cases) {
        Calls calls;
        make(calls, "call");
        make(calls, "other");
        calls.wait_for_commit("call", kMade.boot + 1s);
        calls.wait_for_commit("other", kMade.boot + 2s);
        ASSERT_EQ(calls.commit_waits().next(), kMade.boot + 1s) << c.what;
        c.end(calls);
        EXPECT_EQ(calls.commit_waits().next(), kMade.boot + 2s) << c.what;
    }
}

TEST(Calls, InFlight_areCountedThroughTheWholeLifeOfACall) {
    Calls calls;
    EXPECT_NO_THROW(calls.assert_invariants());
    make(calls, "a");
    make(calls, "b");
    EXPECT_NO_THROW(calls.assert_invariants()) << "made";
    calls.release(calls.at("a"), {}, kSent);
    EXPECT_NO_THROW(calls.assert_invariants()) << "released";
    calls.withdraw("b", kSent);
    EXPECT_NO_THROW(calls.assert_invariants()) << "withdrawn";
    calls.take("a");
    EXPECT_NO_THROW(calls.assert_invariants()) << "answered";
}

TEST(Calls, ACallThatLeftByNoRelease_isFound) {
    Calls calls;
    make(calls, "call").released = true;
    EXPECT_THROW(calls.assert_invariants(), BrokenRule);
}

TEST(Calls, ACallUnderAnothersId_isFound) {
    Calls calls;
    make(calls, "call").row.id = "other";
    EXPECT_THROW(calls.assert_invariants(), BrokenRule);
}

}  // namespace
}  // namespace taktd
