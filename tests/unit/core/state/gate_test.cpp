// SPDX-License-Identifier: Apache-2.0
// Whether anything may start: what closes the gate and what opens it again, and the holds on single jobs.
#include "daemon/core/state/gate.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{24h};

HoldRow hold_of(std::string scope, std::optional<WallTime> until = {}) {
    HoldRow hold;
    hold.scope = std::move(scope);
    hold.until = until;
    return hold;
}

HoldRow released(std::string scope) {
    HoldRow hold = hold_of(std::move(scope));
    hold.engaged = false;
    return hold;
}

/// Of the hold on job `load` at provider `acme`.
std::string scope_told(const Gate& gate, WallTime now = kNow) {
    const HoldRow* hold = gate.hold_on("load", "acme", now);
    return hold ? hold->scope_text() : "none";
}

constexpr std::string_view kNone, kUnwritable = "written", kDamaged = "damaged", kOther = "clock";

const struct {
    const char* what;
    void (*happens)(Gate&);
    std::string_view objection;  ///< a word of it; none: starts are accepted
} kBars[] = {
    {"nothing", [](Gate&) {}, kNone},
    {"the store is lost", [](Gate& gate) { gate.lose_store(); }, kUnwritable},
    {"the store is lost and regained", [](Gate& gate) { gate.lose_store(), gate.regain_store(); }, kNone},
    {"a check finds damage", [](Gate& gate) { gate.judge_store(true); }, kDamaged},
    {"a check finds damage, and the next one none", [](Gate& gate) { gate.judge_store(true), gate.judge_store(false); },
     kNone},
    {"rows are missed", [](Gate& gate) { gate.miss_rows(); }, kDamaged},
    {"rows are missed, and a check finds no damage in the rest",
     [](Gate& gate) { gate.miss_rows(), gate.judge_store(false); }, kDamaged},
    {"lost and damaged", [](Gate& gate) { gate.lose_store(), gate.judge_store(true); }, kUnwritable},
    {"damaged, and the store is regained",
     [](Gate& gate) { gate.judge_store(true), gate.lose_store(), gate.regain_store(); }, kDamaged},
    {"it drains", [](Gate& gate) { gate.drain(); }, kOther},
    {"it drains, and the store is regained", [](Gate& gate) { gate.drain(), gate.regain_store(); }, kOther},
    {"the clock is behind", [](Gate& gate) { gate.trust_clock_from(kNow + 1ns); }, kOther},
    {"the clock is just trusted", [](Gate& gate) { gate.trust_clock_from(kNow); }, kNone},
    {"everything is held: a matter of each job", [](Gate& gate) { gate.set(hold_of("")); }, kNone},
};

TEST(Gate, EachBarByItself_KeepsStartsBack) {
    for (const auto& c : kBars) {
        Gate gate;
        c.happens(gate);
        EXPECT_EQ(gate.accepts_starts(kNow), c.objection == kNone) << c.what;
        if (c.objection == kNone) continue;
        EXPECT_NE(std::string_view{gate.objection()}.find(c.objection), std::string_view::npos)
            << c.what << ": " << gate.objection();
    }
}

TEST(Gate, EachBar_IsToldByItsName) {
    Gate gate;
    EXPECT_TRUE(gate.is_store_up());
    EXPECT_FALSE(gate.is_store_damaged());
    EXPECT_FALSE(gate.is_draining());
    gate.lose_store();
    gate.miss_rows();
    gate.drain();
    EXPECT_FALSE(gate.is_store_up());
    EXPECT_TRUE(gate.is_store_damaged());
    EXPECT_TRUE(gate.is_draining());
}

TEST(Gate, ItsOpening_IsToldOnce) {
    Gate gate;
    EXPECT_TRUE(gate.has_opened(kNow)) << "the first step of all";
    EXPECT_FALSE(gate.has_opened(kNow));
    gate.lose_store();
    EXPECT_FALSE(gate.has_opened(kNow));
    EXPECT_FALSE(gate.has_opened(kNow));
    gate.regain_store();
    EXPECT_TRUE(gate.has_opened(kNow));
    EXPECT_FALSE(gate.has_opened(kNow));
}

TEST(Gate, ItsOpening_ComesWithTheTrustedClock) {
    Gate gate;
    gate.trust_clock_from(kNow);
    EXPECT_FALSE(gate.has_opened(kNow - 1ns));
    EXPECT_TRUE(gate.has_opened(kNow));
}

TEST(Gate, AClockThatIsBehind_OpensWhenItIsTrusted) {
    Gate gate;
    EXPECT_EQ(gate.opens_at(kNow), std::nullopt);
    gate.trust_clock_from(kNow);
    EXPECT_EQ(gate.opens_at(kNow - 1h), kNow);
    EXPECT_EQ(gate.opens_at(kNow - 1ns), kNow);
    EXPECT_EQ(gate.opens_at(kNow), std::nullopt);
    gate.lose_store();
    EXPECT_EQ(gate.opens_at(kNow), std::nullopt) << "no clock brings the store back";
}

TEST(Gate, AHold_IsOnTheJobsOfItsScopeUntilItsEnd) {
    const struct {
        const char* what;
        HoldRow hold;
        bool is_held;  ///< job `load` at provider `acme`
    } cases[] = {
        {"everything", hold_of(""), true},
        {"the job", hold_of("job:load"), true},
        {"another job", hold_of("job:other"), false},
        {"a job of a longer name", hold_of("job:load2"), false},
        {"a job that is called like the provider", hold_of("job:acme"), false},
        {"the provider", hold_of("provider:acme"), true},
        {"another provider", hold_of("provider:other"), false},
        {"a provider that is called like the job", hold_of("provider:load"), false},
        {"everything, for a little longer", hold_of("", kNow + 1ns), true},
        {"everything, until now", hold_of("", kNow), false},
        {"the job, for a little longer", hold_of("job:load", kNow + 1ns), true},
        {"the job, until now", hold_of("job:load", kNow), false},
        {"the provider, until now", hold_of("provider:acme", kNow), false},
        {"one that was taken back", released("job:load"), false},
    };
    for (const auto& c : cases) {
        Gate gate;
        gate.set(c.hold);
        EXPECT_EQ(scope_told(gate), c.is_held ? c.hold.scope_text() : "none") << c.what;
    }
}

TEST(Gate, OfSeveralHolds_TheWidestThatIsInForceIsTold) {
    Gate gate;
    gate.set(hold_of("provider:acme"));
    EXPECT_EQ(scope_told(gate), "provider:acme");
    gate.set(hold_of("job:load"));
    EXPECT_EQ(scope_told(gate), "job:load");
    gate.set(hold_of("", kNow + 1h));
    EXPECT_EQ(scope_told(gate), "everything");
    EXPECT_EQ(scope_told(gate, kNow + 1h), "job:load") << "that is over, the others are not";
}

TEST(Gate, AHoldThatIsTakenBack_LeavesTheOthers) {
    Gate gate;
    gate.set(hold_of("job:load"));
    gate.set(hold_of("provider:acme"));
    gate.set(released("job:load"));
    EXPECT_FALSE(gate.is_held("job:load"));
    EXPECT_TRUE(gate.is_held("provider:acme"));
    EXPECT_EQ(scope_told(gate), "provider:acme");
}

TEST(Gate, AHoldThatIsSetAgain_CountsAsItWasSetLast) {
    Gate gate;
    gate.set(hold_of("job:load", kNow));
    EXPECT_EQ(scope_told(gate), "none");
    gate.set(hold_of("job:load"));
    EXPECT_EQ(scope_told(gate), "job:load");
    gate.set(hold_of("job:load", kNow));
    EXPECT_EQ(scope_told(gate), "none");
}

}  // namespace
}  // namespace taktd
