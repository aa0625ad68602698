// SPDX-License-Identifier: Apache-2.0
// The stand-in's drills: faults stay where they are through an end, the guard rail undoes them, and a failed action
// makes the drill wait.
#include <gtest/gtest.h>

#include "providers/tencent_cfg/adapter.hpp"
#include "providers/tencent_cfg/twin.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;
using std::chrono::seconds;

struct TencentDrill : testing::Test {
    void define(TwinTask task) {
        task.task_id = "1698";
        twin->define(task);
    }
    Outcome ask(Action action, seconds after) {
        const auto spec = call(action, {"1698"}, R"({"is_expect":true,"summary":"done"})");
        last = adapter->decode(spec, twin->handle(*adapter->encode(spec, credentials(), t0 + after), t0 + after));
        return last.outcome;
    }
    Observation seen(seconds after) {
        EXPECT_EQ(ask(Action::query, after), Outcome::accepted);
        return last.observations.at("1698");
    }

    const WallTime t0 = ten_in_china();
    std::unique_ptr<Adapter> adapter = create_tencent_cfg_adapter();
    std::unique_ptr<Twin> twin = create_tencent_cfg_twin({.credentials = credentials(), .scope = "", .limits = {}});
    CallResult last;
};

TEST_F(TencentDrill, End_LeavesTheFaultsWhereTheyAre) {
    define({.faults = 2, .rail = GuardRail::roll_back});
    EXPECT_EQ(seen(seconds{0}).residue, "");
    EXPECT_EQ(ask(Action::start, seconds{1}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{2}).residue, "fault 1 (action 5001), fault 2 (action 5002)");
    EXPECT_EQ(seen(seconds{2}).rolls_back, true);
    EXPECT_EQ(ask(Action::stop, seconds{3}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{4}).remote, RemoteState::stopped);
    EXPECT_EQ(seen(seconds{4}).residue, "fault 1 (action 5001), fault 2 (action 5002)");
    EXPECT_EQ(twin->runs().front().residue, "fault 1, fault 2");
    // The next run is another: what the first one left is still told of it.
    EXPECT_EQ(ask(Action::start, seconds{5}), Outcome::accepted);
    EXPECT_EQ(twin->runs().at(0).residue, "fault 1, fault 2");
    EXPECT_EQ(twin->runs().at(1).residue, "fault 1, fault 2");
}

TEST_F(TencentDrill, GuardRail_RunsTheRecoveriesAndThenPauses) {
    define({.ends_itself_after = seconds{30}, .faults = 1, .rail = GuardRail::roll_back, .recovery_takes = seconds{5}});
    EXPECT_EQ(ask(Action::heal, seconds{0}), Outcome::conflict) << "nothing is in progress";
    ask(Action::start, seconds{1});
    EXPECT_EQ(ask(Action::heal, seconds{10}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{11}).remote, RemoteState::running);
    EXPECT_EQ(seen(seconds{11}).residue, "fault 1 (action 5001)");
    EXPECT_FALSE(seen(seconds{11}).is_recovered);
    EXPECT_EQ(ask(Action::heal, seconds{12}), Outcome::refused_final) << "it is set off already";
    EXPECT_EQ(seen(seconds{15}).remote, RemoteState::paused);
    EXPECT_EQ(seen(seconds{15}).residue, "");
    EXPECT_TRUE(seen(seconds{15}).is_recovered);
    EXPECT_EQ(seen(seconds{60}).remote, RemoteState::paused) << "its own end waits as long as it is paused";
    EXPECT_EQ(ask(Action::stop, seconds{61}), Outcome::accepted);
    EXPECT_EQ(twin->runs().front().residue, "");
}

TEST_F(TencentDrill, End_InTheMiddleOfTheUndo_CutsIt) {
    define({.faults = 1, .rail = GuardRail::roll_back, .recovery_takes = seconds{5}});
    ask(Action::start, seconds{1});
    ask(Action::heal, seconds{2});
    EXPECT_EQ(ask(Action::stop, seconds{3}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{60}).residue, "fault 1 (action 5001)");
    EXPECT_EQ(twin->runs().front().residue, "fault 1");
}

TEST_F(TencentDrill, OtherRails_UndoNothing) {
    define({.faults = 1, .rail = GuardRail::pause});
    ask(Action::start, seconds{1});
    EXPECT_EQ(seen(seconds{1}).rolls_back, false);
    EXPECT_EQ(ask(Action::heal, seconds{2}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{2}).remote, RemoteState::paused);
    EXPECT_EQ(seen(seconds{2}).residue, "fault 1 (action 5001)");
    ask(Action::stop, seconds{3});

    define({.faults = 1});
    ask(Action::start, seconds{4});
    EXPECT_EQ(seen(seconds{4}).rolls_back, false);
    EXPECT_EQ(ask(Action::heal, seconds{5}), Outcome::conflict);
}

TEST_F(TencentDrill, RecoveriesThatFail_LeaveTheFaults) {
    define({.faults = 1, .rail = GuardRail::roll_back, .recovery_fails = true});
    ask(Action::start, seconds{1});
    EXPECT_EQ(ask(Action::heal, seconds{2}), Outcome::accepted);
    EXPECT_EQ(seen(seconds{3}).remote, RemoteState::paused);
    EXPECT_EQ(seen(seconds{3}).residue, "fault 1 (action 5001)");
    EXPECT_TRUE(seen(seconds{3}).is_recovered) << "no recovery is still to come";
}

TEST_F(TencentDrill, ItsOwnEnd_UnlessItFails_RunsItsRecoveries) {
    define({.ends_itself_after = seconds{10}, .faults = 1});
    ask(Action::start, seconds{0});
    EXPECT_EQ(seen(seconds{10}).remote, RemoteState::ended);
    EXPECT_EQ(seen(seconds{10}).residue, "");

    define({.ends_itself_after = seconds{10}, .fails = true, .faults = 1});
    ask(Action::start, seconds{20});
    EXPECT_EQ(seen(seconds{30}).remote, RemoteState::failed);
    EXPECT_EQ(seen(seconds{30}).residue, "fault 1 (action 5001)");
}

TEST_F(TencentDrill, ActionThatFails_TurnsAnAutomaticDrillManual) {
    define({.ends_itself_after = seconds{10}, .faults = 1, .turns_manual = true});
    EXPECT_EQ(seen(seconds{0}).mode, "automatic");
    ask(Action::start, seconds{1});
    const auto now = seen(seconds{60});
    EXPECT_EQ(now.remote, RemoteState::running) << "it waits instead of ending";
    EXPECT_EQ(now.mode, "manual");
    EXPECT_EQ(now.waits_for, "fault 2 (action 5002) has failed");
    EXPECT_EQ(now.residue, "fault 1 (action 5001)");

    ask(Action::stop, seconds{61});
    define({.ends_itself_after = seconds{10}, .faults = 1, .recovery_fails = true});
    ask(Action::start, seconds{70});
    EXPECT_EQ(seen(seconds{90}).waits_for, "recovery of fault 1 (action 5002) has failed");
}

TEST_F(TencentDrill, RequestThatLacksAParameter_IsRefused) {
    define({.faults = 1, .rail = GuardRail::roll_back});
    ask(Action::start, seconds{0});
    const auto answer_to = [&](const std::string& body) {
        auto request = *adapter->describe(call(Action::heal));
        request.body = body;
        auto unsigned_twin = create_tencent_cfg_twin(
            {.credentials = credentials(), .scope = "", .limits = {.rate = {}, .check_signature = false}});
        unsigned_twin->define({.task_id = "1698"});
        return adapter->decode(call(Action::heal), unsigned_twin->handle(request, t0)).vendor_code;
    };
    EXPECT_EQ(answer_to(R"({"TaskId":1698,"Name":"n","Content":"c"})"), "MissingParameter");
    EXPECT_EQ(answer_to(R"({"TaskId":1698,"Name":"","Content":"c","TriggerType":0})"), "MissingParameter");
    EXPECT_EQ(answer_to(R"({"TaskId":1698,"Name":"n","Content":"c","TriggerType":2})"), "InvalidParameterValue");
    EXPECT_EQ(answer_to(R"({"TaskId":1698,"Name":"n","Content":"c","TriggerType":0,"X":1})"), "UnknownParameter");
    EXPECT_EQ(answer_to(R"({"TaskId":7,"Name":"n","Content":"c","TriggerType":0})"), "InvalidParameterValue");
}

}  // namespace
}  // namespace taktd
