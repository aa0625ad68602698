// SPDX-License-Identifier: Apache-2.0
// Rows that went through the API are those that the store gave.
#include "daemon/ctl/commands/answered_rows.hpp"

#include <gtest/gtest.h>

#include "daemon/report/json_output.hpp"
#include "tests/support/stored_rows.hpp"

namespace taktd::ctl {
namespace {

using namespace report;

TEST(AnsweredRows, Histories_ComeBackAsTheyWere) {
    RunHistory history;
    history.run = testing::run_row(1, "load", RunState::running);
    history.run.stop_due_boot = BootTime{std::chrono::milliseconds{1500}};
    history.run.vendor_run_id = "4711";
    history.run.residue = "cpu burn";
    history.run.waits_since = testing::at(3);
    history.run.baseline = Baseline{.seen = {.remote = RemoteState::idle, .token = "12"}, .asked = testing::at(0)};
    auto first = testing::transition_row(history.run, 1, std::nullopt, RunState::due);
    auto second = testing::transition_row(history.run, 2, RunState::due, RunState::starting);
    second.detail = "a \"note\"";
    history.transitions = {first, second};
    auto call = testing::call_row(history.run, "call-1", Action::start, Outcome::accepted);
    call.record.sent = call.intent;
    call.record.request_body = "{}";
    call.result->http_status = 200;
    call.result->retry_after = std::chrono::seconds{3};
    history.calls = {call, testing::call_row(history.run, "call-2", Action::stop, std::nullopt)};
    const std::string told = show_json(history);
    const auto back = history_in(json::parse(told).as_object());
    ASSERT_TRUE(back);
    EXPECT_EQ(show_json(*back), told);
    EXPECT_FALSE(back->calls[1].result);
}

TEST(AnsweredRows, WhatIsNoRun_IsNone) {
    StopPlanReader plans;
    EXPECT_FALSE(run_in({}, plans));
    EXPECT_FALSE(run_in({{"id", "x"}}, plans));
}

TEST(AnsweredRows, ForeignTasksAndTransitions_ComeBackAsTheyWere) {
    const ForeignRow foreign{"huawei|7",           "perf", "load", testing::at(1), testing::at(2),
                             RemoteState::running, "4711", false};
    const json::value told = of_foreign(foreign);
    EXPECT_EQ(of_foreign(foreign_in(told.as_object())), told);
    const RunRow run = testing::run_row(1, "load");
    const ToldTransition transition{testing::transition_row(run, 1, std::nullopt, RunState::due), "load", "perf"};
    const json::object moved = of_told_transition(transition);
    EXPECT_EQ(of_told_transition(told_transition_in(moved)), moved);
}

}  // namespace
}  // namespace taktd::ctl
