// SPDX-License-Identifier: Apache-2.0
// What looks at a task prove: one line per case. Times are seconds after the start's connection ended; settle is 120 s.
// Each look but the last proves nothing by itself.
#include "daemon/core/rules/observation.hpp"

#include <span>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;
using enum RemoteState;
using enum Proof;

using Token = std::optional<std::string>;
const Token none = std::nullopt;

struct Look {
    RemoteState remote;
    Token token;
    int asked;  ///< seconds after the start ended
};

struct Case {
    const char* what;
    // The run.
    std::optional<Observation> baseline;  ///< none: `baseline: false`
    std::string run_id;
    bool seen_active;
    std::vector<Look> looks;
    Proof proof;  ///< of the last one
    // The rest is rare.
    bool is_cfg = false;  ///< tokens are start times
    int stop_ended = -1;  ///< -1: no stop
    bool stop_in_flight = false;
    int resume_ended = -1;  ///< -1: no resume with an uncertain outcome
    std::string made_task{};
};

const Observation kIdle{idle, none}, kEnded7{ended, {"7"}};

const Case kOwnToken[] = {
    {"our id, running", kEnded7, "8", false, {{running, {"8"}, 0}}, own_active},
    {"our id, ended before it was seen active, too early", kEnded7, "8", false, {{ended, {"8"}, 119}}, nothing},
    {"our id, ended before it was seen active, settled", kEnded7, "8", false, {{ended, {"8"}, 120}}, own_inactive},
    {"our id, failed", kEnded7, "8", false, {{failed, {"8"}, 0}}, own_inactive},
    {"our id, stopped", kEnded7, "8", false, {{RemoteState::stopped, {"8"}, 0}}, own_inactive},
    {"our id, ended after it was seen active", kEnded7, "8", true, {{ended, {"8"}, 0}}, own_inactive},
    {"CFG: any start time of a task that was made for the run",
     kIdle,
     "",
     false,
     {{ended, {"T"}, 0}},
     own_inactive,
     true,
     -1,
     false,
     -1,
     "42"},
    {"CFG: our start time", {{ended, {"T1"}}}, "T2", true, {{ended, {"T2"}, 5}}, own_inactive, true},
};

const Case kOneAnswerIsNotEnough[] = {
    {"unknown", kIdle, "", true, {{unknown, {"9"}, 500}}, nothing},
    {"the baseline's token again, seen active before", kEnded7, "", true, {{ended, {"7"}, 500}}, nothing},
    {"the id of a run two back", kEnded7, "8", true, {{ended, {"6"}, 500}}, nothing},
    {"the id of a run two back, running", kEnded7, "8", true, {{running, {"6"}, 500}}, nothing},
    {"no token, seen active before", kIdle, "8", true, {{idle, none, 500}}, nothing},
    {"a token that differs, before our own is known", kEnded7, "", false, {{ended, {"8"}, 500}}, nothing},
    {"gone from idle to stopped", kIdle, "", false, {{RemoteState::stopped, none, 500}}, nothing},
    {"as before the start", kEnded7, "8", false, {{ended, {"7"}, 500}}, nothing},
    {"CFG: the baseline's start time", {{ended, {"T1"}}}, "", true, {{ended, {"T1"}, 500}}, nothing, true},
    {"CFG: the first start time of a task that was idle", kIdle, "", false, {{ended, {"T"}, 500}}, nothing, true},
    {"CFG: a start time that differs", {{ended, {"T1"}}}, "", true, {{ended, {"T0"}, 500}}, nothing, true},
    {"baseline false", std::nullopt, "", true, {{idle, none, 500}}, nothing},
};

const Case kConfirmed[] = {
    {"settle later it is still inactive", kEnded7, "", true, {{ended, {"7"}, 10}, {ended, {"7"}, 130}}, own_inactive},
    {"not yet", kEnded7, "", true, {{ended, {"7"}, 10}, {ended, {"7"}, 129}}, nothing},
    {"the first look is long ago", kEnded7, "", true, {{ended, {"7"}, 10}, {ended, {"7"}, 281}}, nothing},
    {"the two show different runs", kEnded7, "", true, {{ended, {"7"}, 10}, {ended, {"6"}, 130}}, absent},
    {"active in between", kEnded7, "", true, {{ended, {"7"}, 10}, {running, {"8"}, 70}, {ended, {"8"}, 130}}, nothing},
    {"active without a token in between",
     kEnded7,
     "8",
     true,
     {{ended, {"7"}, 10}, {running, none, 70}, {ended, {"7"}, 130}},
     nothing},
    {"unreadable in between changes nothing",
     kIdle,
     "8",
     true,
     {{idle, none, 10}, {unknown, none, 70}, {idle, none, 130}},
     own_inactive},
    {"the run history is gone", kEnded7, "8", true, {{idle, none, 200}, {idle, none, 320}}, own_inactive},
    {"another's id, inactive: nothing of ours", kEnded7, "8", true, {{ended, {"9"}, 0}, {ended, {"9"}, 120}}, absent},
    {"the baseline's id although ours is known",
     kEnded7,
     "8",
     false,
     {{ended, {"7"}, 120}, {ended, {"7"}, 240}},
     absent},
    {"as before the start", kIdle, "", false, {{idle, none, 120}, {idle, none, 240}}, absent},
    {"gone from idle to ended", kIdle, "", false, {{ended, none, 120}, {ended, none, 240}}, own_inactive},
    {"a token that differs", kEnded7, "", false, {{failed, {"8"}, 120}, {failed, {"8"}, 240}}, own_inactive},
    {"before settle a start may still begin", kIdle, "", false, {{idle, none, 119}, {idle, none, 239}}, nothing},
    {"baseline false", std::nullopt, "", false, {{idle, none, 120}, {idle, none, 240}}, absent},
    {"a stop's connection ended less than settle ago",
     kIdle,
     "",
     false,
     {{idle, none, 120}, {idle, none, 299}},
     nothing,
     false,
     180},
    {"settled since the stop, too", kIdle, "", false, {{idle, none, 120}, {idle, none, 300}}, absent, false, 180},
    {"another stop is in flight", kIdle, "", false, {{idle, none, 120}, {idle, none, 400}}, nothing, false, 100, true},
};

const Case kAnother[] = {
    {"seen twice", kEnded7, "8", true, {{running, {"9"}, 10}, {running, {"9"}, 130}}, another},
    {"not yet", kEnded7, "8", true, {{running, {"9"}, 10}, {running, {"9"}, 129}}, nothing},
    {"ours in between",
     kEnded7,
     "8",
     true,
     {{running, {"9"}, 10}, {running, {"8"}, 70}, {running, {"9"}, 130}},
     nothing},
    {"the baseline's token never is", kEnded7, "8", true, {{running, {"7"}, 10}, {running, {"7"}, 130}}, nothing},
    {"CFG: a start time may change",
     kIdle,
     "T1",
     true,
     {{running, {"T3"}, 10}, {running, {"T3"}, 130}},
     own_active,
     true},
};

const Case kActive[] = {
    {"a token that differs", kEnded7, "", false, {{running, {"8"}, 0}}, own_active},
    {"no token", kIdle, "", false, {{waiting, none, 0}}, own_active},
    {"the baseline's token: stale, or nothing of ours", kEnded7, "", false, {{running, {"7"}, 0}}, nothing},
    {"no token, and ours is known", kEnded7, "8", false, {{running, none, 500}}, nothing},
    {"CFG: a list shows no start time", kIdle, "T1", true, {{paused, none, 500}}, own_active, true},
    {"baseline false", std::nullopt, "", false, {{running, none, 0}}, own_active},
};

const Case kResume[] = {
    {"may start it again", kEnded7, "8", true, {{RemoteState::stopped, {"8"}, 419}}, nothing, false, 310, false, 300},
    {"would have done so",
     kEnded7,
     "8",
     true,
     {{RemoteState::stopped, {"8"}, 420}},
     own_inactive,
     false,
     310,
     false,
     300},
    {"no inactivity counts before that",
     kIdle,
     "",
     true,
     {{idle, none, 400}, {idle, none, 520}},
     nothing,
     false,
     -1,
     false,
     300},
};

void hold(std::span<const Case> cases) {
    for (const auto& c : cases) {
        auto provider = std::make_shared<ProviderSpec>();
        provider->settle = 120s;
        provider->poll_interval = 15s;
        provider->baseline = c.baseline.has_value();
        provider->traits.token_names_run = !c.is_cfg;
        RunRow run;
        run.plan.provider = provider;
        run.vendor_run_id = c.run_id;
        run.seen_active = c.seen_active;
        run.vendor_task_id = c.made_task;
        if (c.baseline) run.baseline = Baseline{*c.baseline, {}};
        const BootTime start_ended{1h};
        RunEvidence evidence{.run = run, .start_ended = start_ended};
        evidence.stop_in_flight = c.stop_in_flight;
        if (c.stop_ended >= 0) evidence.last_stop_ended = start_ended + std::chrono::seconds{c.stop_ended};
        if (c.resume_ended >= 0) evidence.resume_ended = start_ended + std::chrono::seconds{c.resume_ended};
        Judgement judgement;
        for (const auto& look : c.looks) {
            const bool is_decided = judgement.proof != nothing && judgement.proof != own_active;
            EXPECT_FALSE(is_decided) << c.what << ": decided before the last look";
            judgement = judge(evidence, {look.remote, look.token}, start_ended + std::chrono::seconds{look.asked});
            evidence.sighting = judgement.sighting;
        }
        EXPECT_EQ(judgement.proof, c.proof) << c.what;
    }
}

TEST(Observation, OwnToken_ProvesAtOnce) { hold(kOwnToken); }
TEST(Observation, OneAnswerWithoutOurToken_ProvesNoEnd) { hold(kOneAnswerIsNotEnough); }
TEST(Observation, Inactivity_ConfirmedSettleLater_IsTheEnd) { hold(kConfirmed); }
TEST(Observation, AnotherToken_ConfirmedWhileActive_Supersedes) { hold(kAnother); }
TEST(Observation, Activity_IsOursUnlessOurTokenIsKnown) { hold(kActive); }
TEST(Observation, UncertainResume_DelaysEveryEnd) { hold(kResume); }

TEST(Observation, RunId_IsAdoptedFromTwoActiveLooksOnly) {
    auto provider = std::make_shared<ProviderSpec>();
    provider->settle = 120s;
    RunRow run;
    run.plan.provider = provider;
    run.baseline = Baseline{kEnded7, {}};
    RunEvidence evidence{.run = run, .start_ended = {}};
    const BootTime settled{120s};
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"8"}}, settled), none) << "one look";
    evidence.candidate = "8";
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"8"}}, settled), Token{"8"});
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"8"}}, BootTime{119s}), none) << "a lagging replica's may be older";
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"9"}}, settled), none) << "they differ";
    EXPECT_EQ(run_id_to_adopt(evidence, {ended, {"8"}}, settled), none) << "not active";
    evidence.candidate = "7";
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"7"}}, settled), none) << "the baseline's";
    run.vendor_run_id = "5";
    evidence.candidate = "8";
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"8"}}, settled), none) << "it has one";
}

TEST(Observation, RunId_OfATaskMadeForTheRun_IsAdoptedAtOnce) {
    auto provider = std::make_shared<ProviderSpec>();
    RunRow run;
    run.vendor_task_id = "42";
    run.plan.provider = provider;
    run.baseline = Baseline{kIdle, {}};
    const RunEvidence evidence{.run = run, .start_ended = {}};
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"T"}}, {}), Token{"T"});
}

}  // namespace
}  // namespace taktd
