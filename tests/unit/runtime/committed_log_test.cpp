// SPDX-License-Identifier: Apache-2.0
// The log tells each durable transition once, with job, run and reason as fields.
#include "daemon/runtime/committed_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using testing::Contains;
using testing::Pair;

class CommittedLogTest : public testing::Test {
protected:
    CommittedLogTest() {
        log::setup({.level = log::Level::info, .format = log::Format::text, .sink = [](auto) {}});
    }
    ~CommittedLogTest() override { log::setup({}); }
};

TEST_F(CommittedLogTest, Transition_BearsItsRunsNames) {
    RunRow run;
    run.id = test::run_of("run-1");
    run.job = "nightly";
    run.provider = "perf";
    TransitionRow transition;
    transition.run = test::run_of("run-1");
    transition.from = RunState::running;
    transition.to = RunState::stopping;
    transition.reason = Reason::schedule;
    transition.actor = "taktd";
    const auto lines = digest({run, transition});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].message, "run stopping");
    EXPECT_EQ(lines[0].level, log::Level::info);
    EXPECT_THAT(lines[0].fields, Contains(Pair("job", "nightly")));
    EXPECT_THAT(lines[0].fields, Contains(Pair("provider", "perf")));
    EXPECT_THAT(lines[0].fields, Contains(Pair("run", test::run_of("run-1").text())));
    EXPECT_THAT(lines[0].fields, Contains(Pair("from", "running")));
    EXPECT_THAT(lines[0].fields, Contains(Pair("reason", "schedule")));
}

TEST_F(CommittedLogTest, Levels_FollowWhatHappened) {
    struct Case {
        RunState to;
        log::Level level;
    };
    const Case cases[] = {{RunState::due, log::Level::info},       {RunState::running, log::Level::info},
                          {RunState::stopped, log::Level::info},   {RunState::skipped, log::Level::warning},
                          {RunState::failed, log::Level::warning}, {RunState::unconfirmed, log::Level::warning},
                          {RunState::completed, log::Level::info}};
    for (const auto& c : cases) {
        TransitionRow transition;
        transition.to = c.to;
        const auto lines = digest({transition});
        ASSERT_EQ(lines.size(), 1U);
        EXPECT_EQ(lines[0].level, c.level) << name_of(c.to);
    }
}

TEST_F(CommittedLogTest, RemainsOfADrill_AreAnError) {
    RunRow run;
    run.id = test::run_of("run-1");
    run.job = "drill";
    run.residue = "CPU load (action 17)";
    TransitionRow transition;
    transition.run = test::run_of("run-1");
    transition.from = RunState::running;
    transition.to = RunState::stopping;
    EXPECT_EQ(digest({run, transition}).size(), 1U) << "faults of a drill that goes on are its purpose";
    for (const RunState end : {RunState::stopped, RunState::completed, RunState::failed}) {
        transition.to = end;
        const auto lines = digest({run, transition});
        ASSERT_EQ(lines.size(), 2U);
        EXPECT_EQ(lines[1].level, log::Level::error);
        EXPECT_EQ(lines[1].message, "the drill has ended, and faults may still be in place: remove them manually");
        EXPECT_THAT(lines[1].fields, Contains(Pair("faults", "CPU load (action 17)")));
        EXPECT_THAT(lines[1].fields, Contains(Pair("job", "drill")));
    }
}

TEST_F(CommittedLogTest, DrillThatWaitsForAPerson_IsToldByItsFirstRow) {
    RunRow run;
    run.id = test::run_of("run-1");
    run.waits_for = "CPU load (action 17) has failed";
    run.waits_since = run.updated = WallTime{Duration{5}};
    const auto lines = digest({run});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].level, log::Level::warning);
    EXPECT_THAT(lines[0].fields, Contains(Pair("action", "CPU load (action 17) has failed")));
    run.updated = WallTime{Duration{6}};
    EXPECT_TRUE(digest({run}).empty());
}

TEST_F(CommittedLogTest, SmallTalk_IsForDebug) {
    CallRow query;
    query.action = Action::query;
    query.result.emplace();
    query.result->outcome = Outcome::accepted;
    CallRow intent;
    intent.action = Action::start;
    CallRow refused = query;
    refused.result->outcome = Outcome::throttled;
    refused.result->vendor_code = "RequestLimitExceeded";
    const auto lines = digest({query, intent, refused});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].level, log::Level::warning);
    EXPECT_EQ(lines[0].message, "query call ended");
    EXPECT_THAT(lines[0].fields, Contains(Pair("vendor_code", "RequestLimitExceeded")));

    log::setup({.level = log::Level::debug, .format = log::Format::text, .sink = [](auto) {}});
    EXPECT_EQ(digest({query, intent, refused}).size(), 3U);
}

}  // namespace
}  // namespace taktd
