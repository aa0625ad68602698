// What an observation proves: one line per case. Times are seconds after the start's connection ended; settle is 120 s.
#include "daemon/core/observation.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;
using enum RemoteState;
using enum Proof;

using Token = std::optional<std::string>;
const Token none = std::nullopt;

struct Case {
    const char* what;
    // The run.
    std::optional<Observation> baseline;  ///< none: `baseline: false`
    std::string run_id;
    bool seen_active;
    // The observation.
    RemoteState remote;
    Token token;
    int asked;  ///< seconds after the start ended
    Proof proof;
    bool own_token_seen = false;
    int stop_ended = -1;            ///< -1: no stop
    bool start_time_token = false;  ///< CFG
    bool stop_in_flight = false;
    int resume_ended = -1;  ///< -1: no resume with an uncertain outcome
};

const Case kCases[] = {
    {"unknown proves nothing", {{idle, none}}, "", true, unknown, {"9"}, 500, nothing},
    {"our run id, running", {{ended, {"7"}}}, "8", false, running, {"8"}, 0, own_active},
    {"our run id, ended too early to be believed", {{ended, {"7"}}}, "8", false, ended, {"8"}, 119, nothing},
    {"our run id, ended, settled", {{ended, {"7"}}}, "8", false, ended, {"8"}, 120, own_inactive},
    {"our run id, failed, needs no settling", {{ended, {"7"}}}, "8", false, failed, {"8"}, 0, own_inactive},
    {"our run id, stopped, needs no settling",
     {{ended, {"7"}}},
     "8",
     false,
     RemoteState::stopped,
     {"8"},
     0,
     own_inactive},
    {"our run id, ended after it was seen active", {{ended, {"7"}}}, "8", true, ended, {"8"}, 0, own_inactive},
    {"still the run before", {{ended, {"7"}}}, "8", false, ended, {"7"}, 5, nothing},
    {"still the run before, settled", {{ended, {"7"}}}, "8", false, ended, {"7"}, 120, absent},
    {"a missing token does not differ", {{ended, {"7"}}}, "8", false, running, none, 500, nothing},
    {"no run id: a token that differs is ours", {{ended, {"7"}}}, "", false, running, {"8"}, 0, own_active},
    {"no run id: any token differs from a baseline without", {{idle, none}}, "", false, running, {"1"}, 0, own_active},
    {"no run id: active is ours, the task was not before", {{ended, {"7"}}}, "", false, running, none, 0, own_active},
    {"no run id: waiting is active", {{idle, none}}, "", false, waiting, none, 0, own_active},
    {"no run id: seen active, now ended", {{idle, none}}, "", true, ended, none, 0, own_inactive},
    {"a baseline may have left the token out: a stopped task may still be the run before",
     {{RemoteState::stopped, none}},
     "",
     false,
     RemoteState::stopped,
     {"7"},
     119,
     nothing},
    {"a baseline may have left the token out, settled",
     {{RemoteState::stopped, none}},
     "",
     false,
     RemoteState::stopped,
     {"7"},
     120,
     own_inactive},
    {"a baseline may have left the token out, active", {{ended, none}}, "", false, running, {"8"}, 0, own_active},
    {"idle as before", {{idle, none}}, "", false, idle, none, 119, nothing},
    {"idle as before, settled", {{idle, none}}, "", false, idle, none, 120, absent},
    {"absent must be asked settle after the last stop, too",
     {{idle, none}},
     "",
     false,
     idle,
     none,
     200,
     nothing,
     false,
     100},
    {"absent, settled after start and stop", {{idle, none}}, "", false, idle, none, 220, absent, false, 100},
    {"absent proves nothing while another stop is in flight",
     {{idle, none}},
     "",
     false,
     idle,
     none,
     220,
     nothing,
     false,
     100,
     false,
     true},
    {"gone from idle to stopped without a token is ours",
     {{idle, none}},
     "",
     false,
     RemoteState::stopped,
     none,
     0,
     own_inactive},
    {"gone from idle to stopped after a stop of ours may be what that did to a task that our start is still to reach",
     {{idle, none}},
     "",
     false,
     RemoteState::stopped,
     none,
     119,
     nothing,
     false,
     10},
    {"gone from idle to stopped after a stop of ours, settled",
     {{idle, none}},
     "",
     false,
     RemoteState::stopped,
     none,
     120,
     own_inactive,
     false,
     10},
    {"a resume may still start the task again",
     {{ended, {"7"}}},
     "8",
     true,
     RemoteState::stopped,
     {"8"},
     419,
     nothing,
     true,
     310,
     false,
     false,
     300},
    {"a resume that could start it again would have done so",
     {{ended, {"7"}}},
     "8",
     true,
     RemoteState::stopped,
     {"8"},
     420,
     own_inactive,
     true,
     310,
     false,
     false,
     300},
    {"gone from idle to ended is ours once settled", {{idle, none}}, "", false, ended, none, 119, nothing},
    {"gone from idle to ended, settled", {{idle, none}}, "", false, ended, none, 120, own_inactive},
    {"another run, our token was seen before", {{ended, {"7"}}}, "8", true, running, {"9"}, 0, another, true},
    {"another token too early to be believed", {{ended, {"7"}}}, "8", false, running, {"9"}, 119, nothing},
    {"another token, settled", {{ended, {"7"}}}, "8", false, running, {"9"}, 120, another},
    {"baseline false: activity is ours", std::nullopt, "", false, running, none, 0, own_active},
    {"baseline false: inactivity needs settling", std::nullopt, "", false, idle, none, 119, nothing},
    {"baseline false: inactive, settled", std::nullopt, "", false, idle, none, 120, absent},
    {"CFG: ended with a new start time needs no settling",
     {{idle, none}},
     "",
     false,
     ended,
     {"T2"},
     0,
     own_inactive,
     false,
     -1,
     true},
    {"CFG: ended with the old start time", {{ended, {"T1"}}}, "", false, ended, {"T1"}, 10, nothing, false, -1, true},
    {"CFG: a start time never supersedes", {{idle, none}}, "", true, running, {"T3"}, 500, own_active, true, -1, true},
};

TEST(Observation, WhatItProves) {
    for (const auto& c : kCases) {
        auto provider = std::make_shared<ProviderSpec>();
        provider->settle = 120s;
        provider->baseline = c.baseline.has_value();
        provider->traits.token_names_run = !c.start_time_token;
        provider->traits.ended_with_new_token_is_proof = c.start_time_token;
        RunRow run;
        run.plan.provider = provider;
        run.vendor_run_id = c.run_id;
        run.seen_active = c.seen_active;
        if (c.baseline) run.baseline = Baseline{*c.baseline, {}};
        const BootTime ended{1h};
        RunEvidence evidence{run, ended, std::nullopt, c.own_token_seen, c.stop_in_flight};
        if (c.stop_ended >= 0) evidence.last_stop_ended = ended + std::chrono::seconds{c.stop_ended};
        if (c.resume_ended >= 0) evidence.resume_ended = ended + std::chrono::seconds{c.resume_ended};
        const Observation seen{c.remote, c.token};
        EXPECT_EQ(judge(evidence, seen, ended + std::chrono::seconds{c.asked}), c.proof) << c.what;
    }
}

TEST(Observation, TheFirstTokenThatDiffersBecomesTheRunIdWhereTokensNameRuns) {
    auto provider = std::make_shared<ProviderSpec>();
    RunRow run;
    run.plan.provider = provider;
    run.baseline = Baseline{{ended, {"7"}}, {}};
    const RunEvidence evidence{run, {}, std::nullopt, false};
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"8"}}, {}), Token{"8"});
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"7"}}, {}), none);
    EXPECT_EQ(run_id_to_adopt(evidence, {running, none}, {}), none);
    run.baseline = Baseline{{idle, none}, {}};
    EXPECT_EQ(run_id_to_adopt(evidence, {ended, {"7"}}, {}), none) << "`ended` without a token had read as idle";
    EXPECT_EQ(run_id_to_adopt(evidence, {ended, {"7"}}, BootTime{120s}), Token{"7"});
    run.vendor_run_id = "8";
    EXPECT_EQ(run_id_to_adopt(evidence, {running, {"9"}}, {}), none);
}

}  // namespace
}  // namespace taktd
