// SPDX-License-Identifier: Apache-2.0
// Rules: their texts, what they concern, how often they fire.
#include "providers/simcloud/faults.hpp"

#include <gtest/gtest.h>

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;
using Kind = Fault::Kind;

TwinCall call(Action action, std::vector<std::string> ids) {
    TwinCall c;
    c.action = action;
    c.task_ids = std::move(ids);
    return c;
}

TEST(ParseFault, EveryKind_IsKnown) {
    for (const auto kind : {Kind::drop_before, Kind::drop_after, Kind::throttle, Kind::garbage, Kind::half,
                            Kind::hang_before, Kind::hang}) {
        const auto rule = parse_fault("p:any:" + std::string{name_of(kind)});
        ASSERT_TRUE(rule) << rule.error();
        EXPECT_EQ(rule->fault.kind, kind);
        EXPECT_FALSE(rule->action);
    }
    EXPECT_EQ(parse_fault("p:prepare:half")->action, Action::prepare);
    EXPECT_EQ(parse_fault("p:stop:delay=250ms")->fault.delay, 250ms);
    EXPECT_EQ(parse_fault("p:stop:status=501")->fault.status, 501);
    EXPECT_EQ(parse_fault("p:stop:status_after=500")->fault.kind, Kind::status_after);
    const auto full = parse_fault("huawei-cpts:start:task=1:drop_after:count=2:skip=3:p=0.5");
    ASSERT_TRUE(full);
    EXPECT_EQ(full->task_id, "1");
    EXPECT_EQ(full->count, 2u);
    EXPECT_EQ(full->skip, 3u);
    EXPECT_EQ(full->probability, 0.5);
}

TEST(ParseFault, BadFault_IsRefusedAndNamed) {
    for (const char* text :
         {"", "p", "p:start", ":start:half", "p:begin:half", "p:start:explode", "p:start:task=1",
          "p:start:half:garbage", "p:start:delay", "p:start:delay=x", "p:start:status=200", "p:start:p=2:half",
          "p:start:half:count=x", "p:start:half:nth=0", "p:start:half=1", "p:start:half:task="})
        EXPECT_FALSE(parse_fault(text)) << text;
    EXPECT_EQ(parse_fault("p:start:explode").error(), "'explode' in 'p:start:explode' is not understood");
}

struct Case {
    const char* rule;
    const char* provider;
    TwinCall call;
    bool matches;
};

TEST(Faults, Faults_ConcernProviderActionAndTask) {
    const Case cases[] = {
        {"p:start:half", "p", call(Action::start, {"1"}), true},
        {"p:start:half", "q", call(Action::start, {"1"}), false},
        {"*:start:half", "q", call(Action::start, {"1"}), true},
        {"p:start:half", "p", call(Action::stop, {"1"}), false},
        {"p:any:half", "p", call(Action::stop, {"1"}), true},
        {"p:any:half", "p", {}, true},
        {"p:start:half", "p", {}, false},
        {"p:start:task=1:half", "p", call(Action::start, {"1"}), true},
        {"p:start:task=1:half", "p", call(Action::start, {"11"}), false},
        {"p:query:task=2:half", "p", call(Action::query, {"1", "2"}), true},
        {"p:any:task=2:half", "p", {}, false},
    };
    for (const auto& c : cases) {
        Faults faults;
        ASSERT_TRUE(faults.add(c.rule));
        EXPECT_EQ(faults.match(c.provider, c.call).has_value(), c.matches) << c.rule << " for " << c.provider;
    }
}

TEST(Faults, Faults_FireAsOftenAsTold_ThenTheNextRuleDecides) {
    Faults faults;
    ASSERT_TRUE(faults.add("p:start:half:skip=1:count=2"));
    ASSERT_TRUE(faults.add("p:start:garbage:nth=2"));
    std::vector<std::optional<Kind>> seen;
    for (int i = 0; i < 6; ++i) {
        const auto fault = faults.match("p", call(Action::start, {"1"}));
        seen.push_back(fault ? std::optional{fault->kind} : std::nullopt);
    }
    // The second rule sees only what the first one lets pass: the 1st, 4th, 5th and 6th.
    EXPECT_EQ(seen, (std::vector<std::optional<Kind>>{std::nullopt, Kind::half, Kind::half, Kind::garbage, std::nullopt,
                                                      std::nullopt}));
    EXPECT_EQ(faults.rules()[0].matched, 6u);
    EXPECT_EQ(faults.rules()[0].fired, 2u);
    faults.clear();
    EXPECT_TRUE(faults.rules().empty());
}

TEST(Faults, Chance_ComesFromTheSeed) {
    const auto fired = [](std::uint64_t seed) {
        Faults faults{seed};
        EXPECT_TRUE(faults.add("p:any:half:p=0.25"));
        std::vector<bool> pattern;
        for (int i = 0; i < 4000; ++i) pattern.push_back(faults.match("p", {}).has_value());
        return pattern;
    };
    const auto pattern = fired(7);
    EXPECT_EQ(pattern, fired(7));
    EXPECT_NE(pattern, fired(8));
    EXPECT_NEAR(static_cast<double>(std::count(pattern.begin(), pattern.end(), true)), 1000, 120);
}

TEST(Faults, Rules_AreLimited) {
    Faults faults;
    for (std::size_t i = 0; i < Faults::kRulesMax; ++i) ASSERT_TRUE(faults.add("p:any:half"));
    EXPECT_FALSE(faults.add("p:any:half"));
}

}  // namespace
}  // namespace taktd::simcloud
