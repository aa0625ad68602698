// SPDX-License-Identifier: Apache-2.0
// Who did what is told by a row in the step that does it; what was asked for until an instant ends by itself.
#include "tests/support/engine_bench.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using test::EngineBench;
using test::kMidnight;
using test::kTwo;
using test::make_job;

class EngineActions : public ::testing::Test {
protected:
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
    }
    void command(decltype(Command::body) body) { bench.event(Command{++asked_, "ann", std::move(body), "token"}); }
    const ActionRow& last() const { return bench.actions.back(); }

    EngineBench bench;

private:
    CommandId asked_ = 0;
};

TEST_F(EngineActions, Start_TellsWhoWhyAndWhichRun) {
    command(StartJob{"load", 10min, "", "before the release"});
    ASSERT_EQ(bench.actions.size(), 1U);
    EXPECT_EQ(last().actor, "ann");
    EXPECT_EQ(last().via, "token");
    EXPECT_EQ(last().action, "start");
    EXPECT_EQ(last().target, "load");
    EXPECT_EQ(last().reason, "before the release");
    EXPECT_EQ(last().run, bench.order.at(0));
    EXPECT_EQ(last().until, bench.now.wall + 10min);
    EXPECT_TRUE(last().is_ok);
}

TEST_F(EngineActions, Start_ThatAHoldStandsAgainst_IsToldAsRefused) {
    command(SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}});
    command(StartJob{"load", 10min, ""});
    EXPECT_FALSE(last().is_ok);
    EXPECT_EQ(last().note, "not started: hold");
}

TEST_F(EngineActions, RefusedCommand_LeavesNoRow) {
    command(StartJob{"lode", 10min, ""});
    command(StopRun{RunId{}, "enough"});
    EXPECT_TRUE(bench.actions.empty());
    EXPECT_EQ(bench.replies.size(), 2U);
}

TEST_F(EngineActions, StopAskedForAgain_IsToldAgain) {
    bench.advance_to(kTwo + 5min);
    bench.vendor = [](const Send&) { return test::refused(Outcome::uncertain); };
    command(StopRun{bench.order.at(0), "too hot"});
    command(StopRun{bench.order.at(0), "still too hot"});
    ASSERT_EQ(bench.actions.size(), 2U);
    EXPECT_EQ(last().reason, "still too hot");
    EXPECT_EQ(last().target, "load");
}

TEST_F(EngineActions, NotedAction_StandsAsItWasTold) {
    command(NoteAction{"reload", "/etc/taktd/taktd.yaml", "", "", false});
    EXPECT_EQ(last().action, "reload");
    EXPECT_FALSE(last().is_ok);
}

TEST_F(EngineActions, StoreDown_RefusalIsAnsweredAtOnce) {
    bench.store_down();
    bench.replies.clear();
    command(StartJob{"load", 10min, ""});
    ASSERT_EQ(bench.replies.size(), 1U);
    EXPECT_EQ(bench.replies[0].verdict, Verdict::not_now);
}

TEST_F(EngineActions, Hold_WhoseTimeIsOver_LeavesTheStoreByItself) {
    command(SetHold{HoldRow{"", true, "incident", "", {}, kTwo - 1h}});
    bench.advance_to(kTwo - 1h - 1ns);
    EXPECT_TRUE(bench.holds.contains(""));
    bench.advance_to(kTwo - 1h);
    EXPECT_FALSE(bench.holds.contains(""));
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EngineActions, Hold_WhoseTimePassedWhileTheDaemonWasDown_LeavesTheStoreAtTheNextStart) {
    command(SetHold{HoldRow{"", true, "incident", "", {}, bench.now.wall + 1h}});
    bench.crash();
    bench.step_wall(90min);
    bench.load();
    EXPECT_TRUE(bench.holds.empty());
}

TEST_F(EngineActions, Hold_OnANameThatIsNotInTheConfig_IsRefused) {
    command(SetHold{HoldRow{"job:lode", true, "incident", "", {}, std::nullopt}});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::no_such);
    command(SetHold{HoldRow{"job:load", true, "incident", "", {}, std::nullopt}});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::done);
}

TEST_F(EngineActions, Hold_ThatWouldBeOverBeforeItBegins_IsRefused) {
    command(SetHold{HoldRow{"", true, "incident", "", {}, bench.now.wall}});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::invalid);
    EXPECT_TRUE(bench.holds.empty());
}

TEST_F(EngineActions, Disablement_WhoseTimeIsOver_EndsInTheStore) {
    command(SetDisabled{"load", true, kTwo - 1h, "broken"});
    EXPECT_TRUE(bench.job_states.at("load").disabled);
    bench.advance_to(kTwo - 1h);
    EXPECT_FALSE(bench.job_states.at("load").disabled);
    EXPECT_EQ(bench.job_states.at("load").actor, "taktd");
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EngineActions, Disablement_ReadFromTheStore_EndsToo) {
    command(SetDisabled{"load", true, kTwo - 1h, "broken"});
    bench.crash();
    bench.load();
    bench.advance_to(kTwo - 1h);
    EXPECT_FALSE(bench.job_states.at("load").disabled);
}

TEST_F(EngineActions, Pause_IsToldOnBehalfOfItsOperator) {
    bench.advance_to(kTwo + 5min);
    command(PauseRun{bench.order.at(0), "the database is slow"});
    bench.advance(1s);
    ASSERT_EQ(bench.run().state, RunState::paused);
    EXPECT_EQ(bench.transitions.back().actor, "ann");
    EXPECT_EQ(bench.transitions.back().detail, "the database is slow");
    command(ResumeRun{bench.order.at(0), "it has recovered"});
    bench.advance(1s);
    ASSERT_EQ(bench.run().state, RunState::running);
    EXPECT_EQ(bench.transitions.back().detail, "it has recovered");
}

TEST_F(EngineActions, Resume_OfATaskThatHasEndedMeanwhile_IsNotSent) {
    bench.advance_to(kTwo + 5min);
    command(PauseRun{bench.order.at(0)});
    bench.advance(1s);
    ASSERT_EQ(bench.run().state, RunState::paused);
    bench.tasks["1"].state = RemoteState::stopped;  // at the vendor's console
    command(ResumeRun{bench.order.at(0)});
    bench.advance(1min);
    EXPECT_TRUE(bench.sent_of(Action::resume).empty());
    EXPECT_TRUE(is_terminal(bench.run().state));
}

TEST_F(EngineActions, StopMany_ByLabel_StopsWhatBearsIt) {
    Job other = make_job("other", "0 0 2 * * *", 30min);
    other.task.task_id = "2";
    bench.jobs = {make_job("load", "0 0 2 * * *", 30min), other};
    bench.jobs[0].labels = {{"team", "checkout"}};
    bench.load();
    bench.advance_to(kTwo + 5min);
    command(StopMany{"label:team=checkout", "incident"});
    EXPECT_EQ(bench.replies.back().runs.size(), 1U);
    EXPECT_EQ(last().target, "label:team=checkout");
    command(StopMany{"label:team=search", "incident"});
    EXPECT_TRUE(bench.replies.back().runs.empty());
}

TEST_F(EngineActions, Status_CountsWithoutAWalk) {
    const auto before = bench.engine.status();
    ASSERT_TRUE(before.next_start);
    EXPECT_EQ(before.next_start->job, "load");
    EXPECT_EQ(before.next_start->at, kTwo);
    EXPECT_FALSE(before.next_stop);
    bench.advance_to(kTwo + 5min);
    const auto status = bench.engine.status();
    EXPECT_EQ(status.states.at(RunState::running), 1U);
    EXPECT_EQ(status.owed_stops, 1U);
    EXPECT_EQ(status.next_stop->at, kTwo + 30min);
    bench.advance_to(kTwo + 40min);
    EXPECT_EQ(bench.engine.status().live_runs, 0U);
    EXPECT_FALSE(bench.engine.status().next_stop);
}

TEST_F(EngineActions, Status_OfTheNextStart_SaysWhatStandsAgainstIt) {
    command(SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}});
    EXPECT_EQ(bench.engine.status().next_start->skip, Reason::hold);
    command(SetDisabled{"load", true, std::nullopt, "broken"});
    EXPECT_EQ(bench.engine.status().next_start->skip, Reason::disabled);
}

TEST_F(EngineActions, NextStarts_AreTheFirstOfAllSchedules_EachJobsSeveralAmongThem) {
    Job often = make_job("often", "0 0 * * * *", 5min), late = make_job("late", "0 30 4 * * *", 5min);
    often.task.task_id = "2";
    late.task.task_id = "3";
    bench.jobs = {make_job("load", "0 0 2 * * *", 30min), often, late};
    bench.load();
    bench.advance_to(kTwo - 10min);
    const auto starts = bench.engine.next_starts(4);
    ASSERT_EQ(starts.size(), 4U);
    EXPECT_EQ(starts[0].at, kTwo);
    EXPECT_EQ(starts[1].at, kTwo);
    EXPECT_NE(starts[0].job, starts[1].job);
    EXPECT_EQ(starts[2], (NextStart{"often", kTwo + 1h}));
    EXPECT_EQ(starts[3], (NextStart{"often", kTwo + 2h}));
    EXPECT_EQ(bench.engine.next_starts(5)[4], (NextStart{"late", kTwo + 2h + 30min}));
    EXPECT_TRUE(bench.engine.next_starts(0).empty());
}

TEST_F(EngineActions, NextStarts_OfAHoldOnTheirProvider_AreSkippedUntilItEnds) {
    bench.jobs = {make_job("often", "0 0 * * * *", 5min)};
    bench.load();
    bench.advance_to(kTwo - 10min);
    const auto skips = [&] {
        std::vector<Reason> all;
        for (const NextStart& start : bench.engine.next_starts(3)) all.push_back(start.skip);
        return all;
    };
    command(SetHold{HoldRow{"provider:other", true, "incident", "", {}, std::nullopt}});
    EXPECT_EQ(skips(), (std::vector{Reason::none, Reason::none, Reason::none}));
    command(SetHold{HoldRow{"provider:" + bench.provider.name, true, "incident", "", {}, kTwo + 90min}});
    EXPECT_EQ(skips(), (std::vector{Reason::hold, Reason::hold, Reason::none}));
    command(SetDisabled{"often", true, kTwo + 30min, "broken"});
    EXPECT_EQ(skips(), (std::vector{Reason::disabled, Reason::hold, Reason::none}));
}

TEST_F(EngineActions, RetryProvider_Closed_IsProbedAtOnce) {
    bench.vendor = [](const Send&) { return test::refused(Outcome::unauthorized); };
    bench.advance_to(kTwo + 1h);
    ASSERT_TRUE(bench.engine.status_of_account(bench.provider, bench.now).closed);
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    command(RetryProvider{bench.provider.name});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::done);
    bench.advance(1ms);
    EXPECT_FALSE(bench.engine.status_of_account(bench.provider, bench.now).closed);
}

TEST_F(EngineActions, StatusOfAccount_NothingEverWanted_IsAFullBucket) {
    ProviderSpec other = bench.provider;
    other.account = "another";
    const auto account = bench.engine.status_of_account(other, bench.now);
    EXPECT_EQ(account.tokens, static_cast<double>(other.rate_limit.burst));
    EXPECT_EQ(account.full_in, Duration{});
    EXPECT_FALSE(account.closed);
}

TEST_F(EngineActions, RetryProvider_Open_IsUnchanged) {
    command(RetryProvider{bench.provider.name});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::unchanged);
    command(RetryProvider{"nobody"});
    EXPECT_EQ(bench.replies.back().verdict, Verdict::no_such);
}

}  // namespace
}  // namespace taktd
