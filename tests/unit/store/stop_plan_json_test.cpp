// SPDX-License-Identifier: Apache-2.0
// A stop plan comes back from the store as it went in, and a damaged one is an error that names what is missing.
#include "daemon/store/json/stop_plan_json.hpp"

#include <gmock/gmock.h>

#include "tests/unit/store/support.hpp"

namespace taktd {
namespace {

using ::testing::HasSubstr;

StopPlan sample_plan() {
    StopPlan plan = testing::run_row(1).plan;
    plan.task.on_abort_json = R"({"is_expect":false,"summary":"{cause} \"quoted\" 压测"})";
    return plan;
}

TEST(StopPlanJson, Plan_ComesBackAsItWentIn) {
    const StopPlan plan = sample_plan();
    StopPlanReader reader;
    const auto back = reader.read(stop_plan_to_json(plan), plan.task.start_json);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*back->provider, *plan.provider);
    EXPECT_EQ(back->task, plan.task);
    EXPECT_EQ(back->window, plan.window);
}

TEST(StopPlanJson, MembersThatOnlySomeRunsHave_AreKept) {
    StopPlan plan = sample_plan();
    auto provider = std::make_shared<ProviderSpec>(*plan.provider);
    provider->foreign = Foreign::stop;
    provider->outcomes = {{"Busy", Outcome::refused_retryable}};
    provider->success_codes = {"Done", "AlsoDone"};
    plan.provider = provider;
    plan.task.prepare_json = R"({"template_id":33})";
    plan.task.expect_name = "AZ-3 \"blackout\"";
    plan.ends_itself = true;
    plan.on_removal = OnRemoval::finish;
    plan.heal_within = std::chrono::seconds{90};
    plan.conclusion = {false, "cut \"short\" 压测"};
    StopPlanReader reader;
    const auto back = reader.read(stop_plan_to_json(plan), plan.task.start_json);
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(*back->provider, *plan.provider);
    EXPECT_EQ(back->task, plan.task);
    EXPECT_TRUE(back->ends_itself);
    EXPECT_EQ(back->on_removal, OnRemoval::finish);
    EXPECT_EQ(back->heal_within, plan.heal_within);
    EXPECT_EQ(back->conclusion, plan.conclusion);
}

TEST(StopPlanJson, ConclusionThatSaysOneThingAlone_IsKept) {
    for (const Conclusion& said : {Conclusion{true, ""}, Conclusion{std::nullopt, "fine"}, Conclusion{}}) {
        StopPlan plan = sample_plan();
        plan.conclusion = said;
        const std::string text = stop_plan_to_json(plan);
        EXPECT_EQ(text.find("conclusion") == std::string::npos, said.says_nothing());
        StopPlanReader reader;
        const auto back = reader.read(text, "{}");
        ASSERT_TRUE(back) << back.error();
        EXPECT_EQ(back->conclusion, said);
    }
}

TEST(StopPlanJson, OlderPlan_HealsNothing) {
    std::string text = stop_plan_to_json(sample_plan());
    const std::string trait = R"(,"can_heal":false)";
    ASSERT_NE(text.find(trait), std::string::npos) << text;
    text.erase(text.find(trait), trait.size());
    StopPlanReader reader;
    const auto back = reader.read(text, "{}");
    ASSERT_TRUE(back) << back.error();
    EXPECT_FALSE(back->provider->traits.can_heal);
    EXPECT_EQ(back->heal_within, std::nullopt);
}

TEST(StopPlanJson, WriterAndFunction_Agree) {
    StopPlanWriter writer;
    const StopPlan plan = sample_plan();
    EXPECT_EQ(writer.write(plan), stop_plan_to_json(plan));
    EXPECT_EQ(writer.write(plan), stop_plan_to_json(plan));
    EXPECT_EQ(writer.write({}), stop_plan_to_json({}));
}

TEST(StopPlanJson, PlanWithoutProvider_IsKept) {
    StopPlanReader reader;
    const auto back = reader.read(stop_plan_to_json({}), "{}");
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ(back->provider, nullptr);
}

TEST(StopPlanJson, EqualProviders_AreShared) {
    StopPlanReader reader;
    const auto first = reader.read(stop_plan_to_json(sample_plan()), "{}");
    const auto second = reader.read(stop_plan_to_json(sample_plan()), "{}");
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->provider, second->provider);
}

TEST(StopPlanJson, InvalidBytes_StillMakeJson) {
    StopPlan plan = sample_plan();
    plan.task.stop_json = "{\"summary\":\"\xFF\"}";
    StopPlanReader reader;
    EXPECT_TRUE(reader.read(stop_plan_to_json(plan), "{}"));
}

TEST(StopPlanJson, UnknownMembers_AreIgnored) {
    std::string text = stop_plan_to_json(sample_plan());
    text.insert(1, R"("later":{"a":[1,2]},)");
    StopPlanReader reader;
    EXPECT_TRUE(reader.read(text, "{}"));
}

struct Damage {
    std::string from, to, error;
};

TEST(StopPlanJson, Damage_IsNamed) {
    const std::string good = stop_plan_to_json(sample_plan());
    const Damage cases[] = {
        {R"("type":"huawei-cpts",)", "", "stop_plan.provider.type is missing"},
        {R"("burst":2)", R"("burst":"2")", "stop_plan.provider.rate_limit.burst is not a whole number"},
        {R"("burst":2)", R"("burst":-2)", "stop_plan.provider.rate_limit.burst is out of range"},
        {R"("baseline":true)", R"("baseline":1)", "stop_plan.provider.baseline is not true or false"},
        {R"("scope":"0123456789abcdef")", R"("scope":5)", "stop_plan.provider.scope is not a text"},
        {R"("window_ns":1800000000000)", R"("window":1)", "stop_plan.window_ns is missing"},
        {R"("window_ns":1800000000000)", R"("window_ns":1.5)", "stop_plan.window_ns is not a whole number"},
        {R"("foreign":"report")", R"("foreign":"adopt")", "stop_plan.provider.foreign 'adopt' is unknown"},
        {R"("outcomes":{})", R"("outcomes":{"X":"fine"})", "stop_plan.provider.outcomes.X 'fine' is unknown"},
        {R"("success_codes":[])", R"("success_codes":[1])", "success_codes holds something else than texts"},
        {R"("traits":{)", R"("traits":[{)", "stop_plan is not JSON"},
    };
    for (const Damage& c : cases) {
        std::string text = good;
        ASSERT_NE(text.find(c.from), std::string::npos) << c.from;
        text.replace(text.find(c.from), c.from.size(), c.to);
        StopPlanReader reader;
        const auto read = reader.read(text, "{}");
        ASSERT_FALSE(read) << c.error;
        EXPECT_THAT(read.error(), HasSubstr(c.error));
    }
    for (const char* text : {"", "[]", "null", "{", "\xFF"}) {
        StopPlanReader reader;
        EXPECT_FALSE(reader.read(text, "{}")) << text;
        EXPECT_FALSE(baseline_from_json(text)) << text;
    }
}

TEST(BaselineJson, StateOfADrill_IsKept) {
    Baseline baseline{{RemoteState::idle, std::nullopt, "AZ-3", "automatic"}, testing::at(5)};
    for (const std::optional<bool> rolls_back : {std::optional<bool>{}, std::optional{true}, std::optional{false}}) {
        baseline.seen.rolls_back = rolls_back;
        const auto back = baseline_from_json(baseline_to_json(baseline));
        ASSERT_TRUE(back) << back.error();
        EXPECT_EQ(back->seen, baseline.seen);
    }
}

TEST(BaselineJson, Baseline_WithAndWithoutToken_ComesBack) {
    for (const auto& token :
         {std::optional<std::string>{}, std::optional<std::string>{"run-7"}, std::optional<std::string>{""}}) {
        const Baseline baseline{{RemoteState::ended, token}, testing::at(5)};
        const auto back = baseline_from_json(baseline_to_json(baseline));
        ASSERT_TRUE(back) << back.error();
        EXPECT_EQ(back->seen, baseline.seen);
        EXPECT_EQ(back->asked, baseline.asked);
    }
    EXPECT_FALSE(baseline_from_json(R"({"asked_ns":1,"remote_state":"dancing","token":null})"));
}

}  // namespace
}  // namespace taktd
