// SPDX-License-Identifier: Apache-2.0
// What a drill's actions prove: faults that may still be in place, an undo that is over, a drill that waits for a
// person; and the call that sets the guard rail off.
#include <gtest/gtest.h>

#include "providers/tencent_cfg/adapter.hpp"
#include "tests/unit/providers/tencent_cfg_support.hpp"

namespace taktd {
namespace {

using namespace tencent_test;

/// A fault with random id 1 whose recovery has random id 2, each with status and status type.
std::string action(int id, int attribute, int status, int type, const std::string& more) {
    return R"({"TaskGroupActionId":)" + std::to_string(id) + R"(,"ActionAttribute":)" + std::to_string(attribute) +
           R"(,"TaskGroupActionStatus":)" + std::to_string(status) + R"(,"TaskGroupActionStatusType":)" +
           std::to_string(type) + (more.empty() ? "" : "," + more) + "}";
}
std::string fault(int status, int type) {
    return action(17, 1, status, type,
                  R"("ActionTitle":"CPU load","TaskGroupActionRandomId":1,"TaskGroupActionRecoverId":2)");
}
std::string recovery(int status, int type) { return action(18, 2, status, type, R"("TaskGroupActionRandomId":2)"); }

std::string groups(const std::string& actions) { return R"([{"TaskGroupActions":[)" + actions + "]}]"; }

Observation seen_of(const std::string& fields, int status = 1002) {
    const auto adapter = create_tencent_cfg_adapter();
    const auto result = adapter->decode(
        call(Action::query), answer(R"({"Response":{"Task":{"TaskId":1698,"TaskStatus":)" + std::to_string(status) +
                                    (fields.empty() ? "" : "," + fields) + R"(},"RequestId":"r-1"}})"));
    const auto seen = result.observations.find("1698");
    return seen == result.observations.end() ? Observation{} : seen->second;
}
Observation with_groups(const std::string& text, int status = 1002) {
    return seen_of(R"("TaskGroups":)" + text, status);
}

TEST(TencentActions, Fault_UntilItsRecoveryHasSucceeded_IsInPlace) {
    struct Case {
        const char* name;
        std::string actions;
        std::optional<std::string> residue;
        bool is_recovered;
    };
    const std::string in_place = "CPU load (action 17)";
    const std::vector<Case> cases{
        {"nothing has run", fault(2001, 0) + "," + recovery(2001, 0), "", false},
        {"being injected", fault(2003, 0) + "," + recovery(2001, 0), in_place, false},
        {"injected", fault(2004, 1) + "," + recovery(2001, 0), in_place, false},
        {"cut while it was injected", fault(2004, 3) + "," + recovery(2001, 0), in_place, false},
        {"being undone", fault(2004, 1) + "," + recovery(2003, 0), in_place, false},
        {"undone", fault(2004, 1) + "," + recovery(2004, 1), "", true},
        {"its recovery failed", fault(2004, 1) + "," + recovery(2004, 2), in_place, true},
        {"its recovery was cut", fault(2004, 1) + "," + recovery(2004, 3), in_place, true},
        {"a person skipped its recovery", fault(2004, 1) + "," + recovery(2004, 4), "", true},
        {"it was skipped", fault(2004, 4) + "," + recovery(2001, 0), "", false},
        {"it failed", fault(2004, 2) + "," + recovery(2001, 0), "", false},
        {"no recovery belongs to it", fault(2004, 1), in_place, true},
        {"the recovery of another fault",
         fault(2004, 1) + "," + action(19, 2, 2004, 1, R"("TaskGroupActionRandomId":9)"), in_place, true},
        {"paired by the recovery's field",
         action(17, 1, 2004, 1, R"("TaskGroupActionRandomId":1)") + "," +
             action(18, 2, 2004, 1, R"("TaskGroupActionExecuteId":1)"),
         "", true},
        {"texts instead of numbers",
         R"({"TaskGroupActionId":"17","ActionAttribute":"1","TaskGroupActionStatus":"2004","TaskGroupActionStatusType":"1","ActionTitle":"CPU load"})",
         in_place, true},
        // What cannot be read proves nothing, and takes nothing back.
        {"an unknown status", fault(2004, 1) + "," + recovery(2005, 0), in_place, false},
        {"an unknown type", fault(2004, 9), std::nullopt, false},
        {"an unknown attribute", fault(2001, 0) + "," + action(18, 3, 2004, 1, ""), std::nullopt, false},
        {"no object", fault(2001, 0) + ",7", std::nullopt, false},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto seen = with_groups(groups(c.actions));
        EXPECT_EQ(seen.residue, c.residue);
        EXPECT_EQ(seen.is_recovered, c.is_recovered);
    }
}

TEST(TencentActions, FaultThatFailedInSomeInstances_IsInPlaceInTheOthers) {
    const auto seen = with_groups(groups(
        action(17, 1, 2004, 2,
               R"("TaskGroupInstances":[{"TaskGroupInstanceStatusType":2},{"TaskGroupInstanceStatusType":1}])")));
    EXPECT_EQ(seen.residue, "action 17");
}

TEST(TencentActions, ListThatIsNotThere_ProvesNothing) {
    for (const char* text : {"null", "[]", "7", R"("x")", "[{}]", "[7]", R"([{"TaskGroupActions":null}])",
                             R"([{"TaskGroupActions":{}}])", R"([{"TaskGroupActions":[]}])"}) {
        SCOPED_TRACE(text);
        const auto seen = with_groups(text);
        EXPECT_EQ(seen.remote, RemoteState::running);
        EXPECT_EQ(seen.residue, std::nullopt);
        EXPECT_FALSE(seen.is_recovered);
        EXPECT_EQ(seen.waits_for, "");
    }
    // One group that cannot be read hides what another one shows of no fault, and hides no fault.
    EXPECT_EQ(with_groups(R"([{"TaskGroupActions":[)" + fault(2001, 0) + "]},{}]").residue, std::nullopt);
    EXPECT_EQ(with_groups(R"([{"TaskGroupActions":[)" + fault(2004, 1) + "]},{}]").residue, "CPU load (action 17)");
}

TEST(TencentActions, LongList_IsCut) {
    std::string actions;
    for (int i = 1; i <= 25; ++i) actions += (i > 1 ? "," : "") + action(i, 1, 2004, 1, "");
    const auto residue = with_groups(groups(actions)).residue.value_or("");
    EXPECT_TRUE(residue.starts_with("action 1, action 2, ")) << residue;
    EXPECT_TRUE(residue.ends_with("action 20, and 5 more")) << residue;
}

TEST(TencentActions, Policy_WhereverItStands_IsRead) {
    EXPECT_EQ(seen_of(R"("PolicyDealType":1)").rolls_back, true);
    EXPECT_EQ(seen_of(R"("PolicyDealType":"2")").rolls_back, false);
    EXPECT_EQ(seen_of(R"("PolicyDealType":null,"TaskPolicy":{"TaskPolicyDealType":1})").rolls_back, true);
    EXPECT_EQ(seen_of(R"("TaskPolicy":{"TaskPolicyDealType":2})").rolls_back, false);
    EXPECT_EQ(seen_of(R"("PolicyDealType":null,"TaskPolicy":null)").rolls_back, false);
    EXPECT_EQ(seen_of("").rolls_back, false);

    auto spec = call(Action::query);
    spec.batched = true;
    const auto list = create_tencent_cfg_adapter()->decode(
        spec, answer(R"({"Response":{"TaskList":[{"TaskId":1698,"TaskStatus":1002}],"RequestId":"r-1"}})"));
    EXPECT_EQ(list.observations.at("1698").rolls_back, std::nullopt) << "a list shows no policy";
}

TEST(TencentActions, DrillWhoseActionFailed_WaitsForAPerson) {
    struct Case {
        const char* name;
        std::string actions;
        int mode, status;
        const char* waits_for;
    };
    const std::vector<Case> cases{
        {"failed", fault(2004, 2) + "," + recovery(2001, 0), 2, 1002, "CPU load (action 17) has failed"},
        {"failed, and manual by now", fault(2004, 2) + "," + recovery(2001, 0), 1, 1002,
         "CPU load (action 17) has failed"},
        {"failed, and the next is executed", fault(2004, 2) + "," + recovery(2003, 0), 2, 1002, ""},
        {"failed, and paused", fault(2004, 2), 2, 1003, ""},
        {"failed, and ended", fault(2004, 2), 2, 1004, ""},
        {"all is well", fault(2004, 1) + "," + recovery(2001, 0), 2, 1002, ""},
        {"to be executed, automatically", fault(2004, 1) + "," + recovery(2002, 0), 2, 1002, ""},
        {"to be executed, by hand", fault(2004, 1) + "," + recovery(2002, 0), 1, 1002, "action 18 is to be executed"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.name);
        const auto seen =
            seen_of(R"("TaskMode":)" + std::to_string(c.mode) + R"(,"TaskGroups":)" + groups(c.actions), c.status);
        EXPECT_EQ(seen.waits_for, c.waits_for);
    }
}

TEST(TencentActions, GuardRail_IsSetOffInTheVendorsWords) {
    const auto adapter = create_tencent_cfg_adapter();
    auto spec = call(Action::heal, {"1698"}, R"({"is_expect":true,"summary":"x"})");
    spec.placeholders = {{"job", "night"}, {"run", "0198"}, {"cause", "schedule"}, {"actor", "taktd"}, {"reason", ""}};
    const auto request = adapter->describe(spec);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(find_header(request->headers, "X-TC-Action"), "TriggerPolicy");
    EXPECT_EQ(
        request->body,
        R"({"TaskId":1698,"Name":"taktd stops this run","Content":"job night, run 0198: schedule by taktd. ","TriggerType":0})");

    // Whatever became of its parameters, it can be sent: the vendor wants a content that is not empty.
    spec.placeholders.clear();
    ASSERT_TRUE(adapter->describe(spec));
}

TEST(TencentActions, TriggerThatDidNotSucceed_IsARefusal) {
    struct Case {
        const char* response;
        Outcome outcome;
    };
    const auto adapter = create_tencent_cfg_adapter();
    for (const auto& c : {
             Case{R"({"TaskId":1698,"Success":true,"RequestId":"r-1"})", Outcome::accepted},
             Case{R"({"TaskId":1698,"Success":false,"RequestId":"r-1"})", Outcome::refused_final},
             Case{R"({"TaskId":1698,"RequestId":"r-1"})", Outcome::uncertain},
             Case{R"({"Success":"true","RequestId":"r-1"})", Outcome::uncertain},
             Case{R"({"Success":null,"RequestId":"r-1"})", Outcome::uncertain},
             Case{R"({"Error":{"Code":"UnsupportedOperation","Message":"x"},"RequestId":"r-1"})", Outcome::conflict},
             Case{R"({"Error":{"Code":"InternalError","Message":"x"},"RequestId":"r-1"})", Outcome::uncertain},
             Case{R"({"Error":{"Code":"RequestLimitExceeded","Message":"x"},"RequestId":"r-1"})", Outcome::throttled},
             Case{R"([])", Outcome::uncertain},
         }) {
        SCOPED_TRACE(c.response);
        const auto result =
            adapter->decode(call(Action::heal), answer(R"({"Response":)" + std::string{c.response} + "}"));
        EXPECT_EQ(result.outcome, c.outcome);
        EXPECT_TRUE(result.observations.empty());
    }
}

TEST(TencentActions, Fixtures_ShowADrillWithAFaultInPlace) {
    const auto adapter = create_tencent_cfg_adapter();
    const auto seen =
        adapter->decode(call(Action::query), answer(fixture("describe_drill.response.json"))).observations.at("1698");
    EXPECT_EQ(seen.residue, "High CPU utilization (action 5001)");
    EXPECT_FALSE(seen.is_recovered);
    EXPECT_EQ(seen.rolls_back, true);
    EXPECT_EQ(seen.waits_for, "");
    EXPECT_EQ(adapter->decode(call(Action::heal), answer(fixture("trigger.response.json"))).outcome, Outcome::accepted);
}

}  // namespace
}  // namespace taktd
