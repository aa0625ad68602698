// Tasks, the gate, and the book of calls: what each keeps by itself.
#include <gtest/gtest.h>

#include "daemon/core/base/check.hpp"
#include "daemon/core/state/calls.hpp"
#include "daemon/core/state/gate.hpp"
#include "daemon/core/state/tasks.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

const WallTime kTwo = std::chrono::sys_days{std::chrono::year{2026} / 1 / 5} + 2h;
const Now kNow{kTwo, BootTime{1h}};

TEST(Tasks, Owner_isTheOneThatOwesAStop) {
    Tasks tasks;
    EXPECT_EQ(tasks.owner("task"), nullptr);
    tasks.own("task", "run-1");
    ASSERT_NE(tasks.owner("task"), nullptr);
    EXPECT_EQ(*tasks.owner("task"), "run-1");
    tasks.release("task");
    EXPECT_FALSE(tasks.is_owned("task"));
}

TEST(Tasks, Waiting_listsRunsUntilTheyLeave) {
    Tasks tasks;
    tasks.wait("task", "run-2");
    tasks.wait("task", "run-1");
    EXPECT_EQ(tasks.waiting("task"), (std::set<RunId>{"run-1", "run-2"}));
    tasks.stop_waiting("task", "run-1");
    tasks.stop_waiting("task", "run-2");
    tasks.stop_waiting("task", "run-2");
    EXPECT_TRUE(tasks.waiting("task").empty());
    tasks.assert_invariants();
}

TEST(Tasks, Invariants_forbidWaitingForOnesOwnTask) {
    Tasks tasks;
    tasks.own("task", "run-1");
    tasks.wait("task", "run-2");
    tasks.assert_invariants();
    tasks.wait("task", "run-1");
    EXPECT_THROW(tasks.assert_invariants(), BrokenRule);
}

TEST(Gate, EachObjection_closesIt) {
    EXPECT_TRUE(Gate{}.accepts_starts(kTwo));
    Gate down, damaged, draining, early;
    down.lose_store();
    damaged.judge_store(true);
    draining.drain();
    early.trust_clock_from(kTwo + 1s);
    for (const Gate& gate : {down, damaged, draining, early}) EXPECT_FALSE(gate.accepts_starts(kTwo));
    EXPECT_EQ(early.opens_at(kTwo), kTwo + 1s);
    EXPECT_TRUE(early.accepts_starts(kTwo + 1s));
    EXPECT_EQ(early.opens_at(kTwo + 1s), std::nullopt);
    down.regain_store();
    EXPECT_TRUE(down.accepts_starts(kTwo));
}

TEST(Gate, MissingRows_areNotMadeUpForByACheck) {
    Gate gate;
    gate.miss_rows();
    gate.judge_store(false);
    EXPECT_TRUE(gate.is_store_damaged());
}

TEST(Gate, Opening_isToldOnce) {
    Gate gate;
    EXPECT_TRUE(gate.has_opened(kTwo));
    EXPECT_FALSE(gate.has_opened(kTwo));
    gate.lose_store();
    EXPECT_FALSE(gate.has_opened(kTwo));
    gate.regain_store();
    EXPECT_TRUE(gate.has_opened(kTwo));
}

TEST(Gate, Hold_ofEveryScopeCountsUntilItExpiresOrIsReleased) {
    for (const std::string scope : {"", "job:load", "provider:perf"}) {
        Gate gate;
        HoldRow hold;
        hold.scope = scope;
        hold.until = kTwo + 1h;
        gate.set(hold);
        EXPECT_NE(gate.hold_on("load", "perf", kTwo), nullptr) << scope;
        EXPECT_EQ(gate.hold_on("other", "chaos", kTwo) != nullptr, scope.empty()) << scope;
        EXPECT_EQ(gate.hold_on("load", "perf", kTwo + 1h), nullptr) << scope;
        hold.engaged = false;
        gate.set(hold);
        EXPECT_FALSE(gate.is_held(scope));
    }
}

struct CallsTest : ::testing::Test {
    Calls calls;
    PendingCall& make(const CallId& id, CallClass call_class, Purpose purpose) {
        CallSpec spec;
        auto provider = std::make_shared<ProviderSpec>();
        provider->account = "account";
        provider->timeout = 7s;
        spec.provider = std::move(provider);
        return calls.make(id, std::move(spec), call_class, std::move(purpose), kNow, "boot");
    }
};

TEST_F(CallsTest, Row_saysWhomTheCallIsFor) {
    EXPECT_EQ(make("a", CallClass::stop, ForRun{"run-1"}).row.run, "run-1");
    EXPECT_EQ(make("b", CallClass::settle, ForLastLook{"run-2"}).row.run, "run-2");
    const PendingCall& batch = make("c", CallClass::poll, ForBatch{{"run-1", "run-2"}});
    EXPECT_EQ(batch.row.run, std::nullopt);
    EXPECT_EQ(batch.row.linked, (std::vector<RunId>{"run-1", "run-2"}));
}

TEST_F(CallsTest, Release_happensOnceAndIsCounted) {
    PendingCall& call = make("a", CallClass::poll, ForRun{"run-1"});
    EXPECT_TRUE(calls.is_unreleased("a"));
    const Send send = calls.release(call, 3s, kNow);
    EXPECT_EQ(send.call, "a");
    EXPECT_EQ(send.timeout, 7s);
    EXPECT_EQ(send.skew, 3s);
    EXPECT_TRUE(calls.is_released("a"));
    EXPECT_EQ(calls.in_flight(), 1U);
    EXPECT_THROW(calls.release(call, 3s, kNow), BrokenRule) << "R2";
    EXPECT_TRUE(calls.take("a"));
    EXPECT_EQ(calls.in_flight(), 0U);
    EXPECT_FALSE(calls.take("a")) << "one answer ends it";
    calls.assert_invariants();
}

TEST_F(CallsTest, Withdrawn_saysThatNothingLeft) {
    make("a", CallClass::stop, ForRun{"run-1"});
    calls.wait_for_commit("a", kNow.boot + 1s);
    const CallRow row = calls.withdraw("a", kNow);
    ASSERT_TRUE(row.result);
    EXPECT_EQ(row.result->outcome, Outcome::not_sent);
    EXPECT_EQ(calls.find("a"), nullptr);
    EXPECT_EQ(calls.commit_waits().next(), std::nullopt);
}

TEST_F(CallsTest, Released_cannotBeWithdrawn) {
    calls.release(make("a", CallClass::stop, ForRun{"run-1"}), 0s, kNow);
    EXPECT_THROW(calls.withdraw("a", kNow), BrokenRule);
}

TEST_F(CallsTest, InFlightOfAnAccount_leavesStopsOut) {
    calls.release(make("a", CallClass::stop, ForRun{"run-1"}), 0s, kNow);
    calls.release(make("b", CallClass::poll, ForRun{"run-1"}), 0s, kNow);
    EXPECT_EQ(calls.in_flight(), 2U);
    EXPECT_EQ(calls.in_flight("account"), 1U);
    EXPECT_EQ(calls.in_flight("other"), 0U);
}

}  // namespace
}  // namespace taktd
