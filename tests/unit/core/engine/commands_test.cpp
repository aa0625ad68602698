// SPDX-License-Identifier: Apache-2.0
// What operators are answered: one verdict for each command, which an API maps to its status, and a sentence where
// there is something to say.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct Commands : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
        bench.load();
    }
    template <class Body>
    Reply ask(Body body) {
        bench.event(Command{++asked_, "ann", std::move(body)});
        const auto found = std::ranges::find(bench.replies, asked_, &Reply::command);
        Reply none;
        none.text = "no answer";
        return found == bench.replies.end() ? none : *found;
    }
    Reply hold(bool engaged, const std::string& scope = "") {
        return ask(SetHold{HoldRow{scope, engaged, "incident", "", {}, std::nullopt}});
    }

private:
    CommandId asked_ = 0;
};

TEST_F(Commands, Start_Accepted_IsDoneAndNamesItsRun) {
    const Reply reply = ask(StartJob{"load", 10min, "key"});
    EXPECT_EQ(reply.verdict, Verdict::done);
    EXPECT_EQ(reply.run, bench.order.at(0));
}

TEST_F(Commands, Start_RepeatedWithItsKey_IsUnchangedAndNamesTheSameRun) {
    ask(StartJob{"load", 10min, "key"});
    const Reply again = ask(StartJob{"load", 10min, "key"});
    EXPECT_EQ(again.verdict, Verdict::unchanged);
    EXPECT_EQ(again.run, bench.order.at(0));
    EXPECT_EQ(bench.order.size(), 1U);
}

TEST_F(Commands, Start_OfAnUnknownJob_IsNoSuch) {
    EXPECT_EQ(ask(StartJob{"laod", 10min, ""}).verdict, Verdict::no_such);
    EXPECT_TRUE(bench.order.empty());
}

TEST_F(Commands, Start_AgainstAHold_IsBlockedAndSaysWhy) {
    hold(true);
    const Reply reply = ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(reply.verdict, Verdict::blocked);
    EXPECT_EQ(reply.text, "not started: hold");
    EXPECT_EQ(bench.story(), "due>skipped:hold");
}

TEST_F(Commands, Start_WithTheStoreDown_IsNotNow) {
    bench.store_down();
    const Reply reply = ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(reply.verdict, Verdict::not_now);
    EXPECT_EQ(reply.text, "no starts now: the store cannot be written");
}

TEST_F(Commands, Start_OfNoLength_IsInvalid) {
    EXPECT_EQ(ask(StartJob{"load", Duration::zero(), ""}).verdict, Verdict::invalid);
}

TEST_F(Commands, Stop_OfALiveRun_IsDone) {
    ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "too hot"}).verdict, Verdict::done);
}

TEST_F(Commands, Stop_OfARunThatIsOver_IsNoSuch) {
    ask(StartJob{"load", 10min, ""});
    bench.advance(1h);
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "too late"}).verdict, Verdict::no_such);
}

TEST_F(Commands, Pause_WhileAPauseIsOnItsWay_IsRefusedByTheRunsState) {
    ask(StartJob{"load", 10min, ""});
    bench.manual_answers = true;
    EXPECT_EQ(ask(PauseRun{bench.order.at(0)}).verdict, Verdict::done);
    EXPECT_EQ(ask(PauseRun{bench.order.at(0)}).verdict, Verdict::state);
}

TEST_F(Commands, Pause_OfARunThatIsBeingStopped_IsRefused) {
    ask(StartJob{"load", 10min, ""});
    bench.manual_answers = true;
    ask(StopRun{bench.order.at(0), "too hot"});
    EXPECT_EQ(ask(PauseRun{bench.order.at(0)}).verdict, Verdict::state);
}

TEST_F(Commands, Resume_OfARunningRun_IsUnchanged) {
    ask(StartJob{"load", 10min, ""});
    const Reply reply = ask(ResumeRun{bench.order.at(0)});
    EXPECT_EQ(reply.verdict, Verdict::unchanged);
    EXPECT_EQ(reply.text, "the run is running already");
}

TEST_F(Commands, Resume_OfARunThatIsNotPaused_IsRefusedByTheRunsState) {
    bench.manual_answers = true;
    ask(StartJob{"load", 10min, ""});
    const Reply reply = ask(ResumeRun{bench.order.at(0)});
    EXPECT_EQ(reply.verdict, Verdict::state);
    EXPECT_EQ(reply.text, "the run is due");
}

TEST_F(Commands, Start_KeepsWhoAskedAndWhy) {
    ask(StartJob{"load", 10min, "", "before the release"});
    EXPECT_EQ(bench.transitions.at(0).actor, "ann");
    EXPECT_EQ(bench.transitions.at(0).detail, "before the release");
}

TEST_F(Commands, Stop_OfARunThatIsStopping_IsUnchangedAndAsksTheVendorAgainAtOnce) {
    ask(StartJob{"load", 10min, ""});
    bench.vendor = [this](const Send& send) {
        if (send.spec->action != Action::stop) return bench.obey(send);
        CallResult lost;
        lost.outcome = Outcome::uncertain;
        return lost;
    };
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "too hot"}).verdict, Verdict::done);
    bench.advance(2min);  // the backoff has grown
    const auto before = bench.sent_of(Action::stop).size();
    const Reply again = ask(StopRun{bench.order.at(0), "still too hot"});
    EXPECT_EQ(again.verdict, Verdict::unchanged);
    bench.advance(1s);
    EXPECT_EQ(bench.sent_of(Action::stop).size(), before + 1);
}

TEST_F(Commands, Stop_WithAConclusion_KeepsItInTheCommitOfTheStopAndOverACrash) {
    ask(StartJob{"load", 10min, ""});
    bench.manual_answers = true;  // no stop is answered
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "seen enough", {true, "fail-over took 40 s"}}).verdict, Verdict::done);
    const Conclusion said{true, "fail-over took 40 s"};
    EXPECT_EQ(bench.run().state, RunState::stopping);
    EXPECT_EQ(bench.run().plan.conclusion, said);
    ASSERT_EQ(bench.sent_of(Action::stop).size(), 1U);
    EXPECT_EQ(bench.sent_of(Action::stop).at(0).send.spec->conclusion, said);
    bench.crash();
    bench.manual_answers = false;
    bench.advance(1min);
    EXPECT_EQ(bench.sent_of(Action::stop).back().send.spec->conclusion, said);
}

TEST_F(Commands, Stop_OfARunThatIsStopping_ReplacesWhatIsSaidOfIt) {
    ask(StartJob{"load", 10min, ""});
    bench.manual_answers = true;
    ask(StopRun{bench.order.at(0), "seen enough", {true, "fine"}});
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "", {false, ""}}).verdict, Verdict::unchanged);
    EXPECT_EQ(bench.run().plan.conclusion, (Conclusion{false, "fine"}));  // what is not said again stays
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "", {}}).verdict, Verdict::unchanged);
    EXPECT_EQ(bench.run().plan.conclusion, (Conclusion{false, "fine"}));
}

/// Runs of twenty jobs, each on a task of its own.
struct Many : Commands {
    void SetUp() override {
        for (int i = 0; i < 20; ++i) {
            bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 0 2 * * *", 30min, std::to_string(100 + i)));
        }
        bench.load();
        for (int i = 0; i < 20; ++i) ask(StartJob{"load-" + std::to_string(i), 1h, ""});
        bench.advance(5s);
        ASSERT_EQ(bench.engine.status().states[RunState::running], 20U);
    }
    std::size_t running() { return bench.engine.status().states[RunState::running]; }
};

TEST_F(Many, StopMany_OfEverything_EndsEachAndNamesThem) {
    const Reply reply = ask(StopMany{"", "incident"});
    EXPECT_EQ(reply.verdict, Verdict::done);
    EXPECT_EQ(reply.runs, bench.order);
    EXPECT_EQ(running(), 0U);
}

TEST_F(Many, StopMany_WithAConclusion_KeepsItForEach) {
    ask(StopMany{"", "incident", {false, "cut short"}});
    bench.advance(10s);  // as the limiter permits
    const auto stops = bench.sent_of(Action::stop);
    ASSERT_GE(stops.size(), 20U);
    for (const auto& stop : stops) EXPECT_EQ(stop.send.spec->conclusion, (Conclusion{false, "cut short"}));
}

TEST_F(Many, StopMany_OfAJob_LeavesTheOthers) {
    EXPECT_EQ(ask(StopMany{"job:load-3", "incident"}).runs, std::vector{bench.order.at(3)});
    EXPECT_EQ(running(), 19U);
}

TEST_F(Many, StopMany_OfANameThatIsNotThere_IsRefusedAndLeavesNoTrace) {
    const auto actions = bench.actions.size();
    for (const char* scope : {"provider:other", "job:laod-1", "load-1"}) {
        const Reply reply = ask(StopMany{scope, "incident"});
        EXPECT_EQ(reply.verdict, Verdict::no_such) << scope;
        EXPECT_TRUE(reply.runs.empty());
    }
    EXPECT_EQ(running(), 20U);
    EXPECT_EQ(bench.actions.size(), actions);
}

TEST_F(Many, StopMany_OfAJobThatHasLeftTheConfig_StopsWhatRuns) {
    bench.jobs.push_back(make_job("old", "0 0 2 * * *", 30min, "99"));
    bench.jobs.back().on_removal = OnRemoval::finish;
    bench.load();
    ask(StartJob{"old", 1h, ""});
    bench.advance(5s);
    bench.jobs.pop_back();
    bench.load();
    EXPECT_EQ(ask(StopMany{"job:old", "incident"}).runs, std::vector{bench.order.back()});
}

TEST_F(Many, StopMany_Twice_AsksForNoneAgain) {
    bench.manual_answers = true;
    EXPECT_EQ(ask(StopMany{"", "incident"}).runs.size(), 20U);
    const Reply again = ask(StopMany{"", "incident"});
    EXPECT_EQ(again.verdict, Verdict::done);
    EXPECT_TRUE(again.runs.empty());
}

TEST_F(Many, HoldWithStop_StopsInTheSameStepAndLetsNothingStart) {
    const auto steps = bench.transitions.size();
    const Reply reply = ask(SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}, true});
    EXPECT_EQ(reply.runs.size(), 20U);
    EXPECT_EQ(bench.holds.size(), 1U);
    EXPECT_EQ(bench.transitions.at(steps).at, bench.holds.begin()->second.since);
    EXPECT_EQ(ask(StartJob{"load-1", 10min, ""}).verdict, Verdict::blocked);
}

TEST(StopMany, OfMoreRunsThanOneStepLooksAt_IsAnsweredWhenTheLastHasBeenAsked) {
    constexpr int kRuns = 700;
    EngineBench bench;
    for (int i = 0; i < kRuns; ++i)
        bench.jobs.push_back(make_job("load-" + std::to_string(i), "0 0 2 * * *", 30min, std::to_string(i)));
    bench.load();
    for (int i = 0; i < kRuns; ++i)
        bench.event(Command{static_cast<CommandId>(i) + 1, "ann", StartJob{"load-" + std::to_string(i), 2h, ""}});
    bench.advance(1min);
    ASSERT_EQ(bench.engine.status().states[RunState::running], static_cast<std::size_t>(kRuns));
    bench.manual_answers = true;
    bench.event(Command{9999, "ann", StopMany{"", "incident"}});
    bench.advance(1s);
    const auto reply = std::ranges::find(bench.replies, CommandId{9999}, &Reply::command);
    ASSERT_NE(reply, bench.replies.end());
    EXPECT_EQ(reply->runs.size(), static_cast<std::size_t>(kRuns));
    EXPECT_EQ(bench.engine.status().states[RunState::stopping], static_cast<std::size_t>(kRuns));
}

TEST_F(Commands, Discharge_WithoutAReason_IsInvalidAndLeavesTheObligation) {
    ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(ask(DischargeRun{bench.order.at(0), ""}).verdict, Verdict::invalid);
    EXPECT_EQ(bench.engine.status().owed_stops, 1U);
}

TEST_F(Commands, Discharge_OfARunThatOwesNothing_IsRefusedByItsState) {
    ask(StartJob{"load", 10min, ""});
    bench.advance(1h);
    EXPECT_EQ(ask(DischargeRun{bench.order.at(0), "it is mine"}).verdict, Verdict::state);
}

TEST_F(Commands, Release_OfAHoldThatIsEngaged_IsDone) {
    hold(true, "job:load");
    EXPECT_EQ(hold(false, "job:load").verdict, Verdict::done);
    EXPECT_TRUE(bench.holds.empty());
}

TEST_F(Commands, Release_OfAHoldThatIsNotThere_IsNoSuch) {
    hold(true, "job:load");
    EXPECT_EQ(hold(false).verdict, Verdict::no_such);
    EXPECT_EQ(bench.holds.size(), 1U);
}

TEST_F(Commands, Disable_OfAnUnknownJob_IsNoSuch) {
    EXPECT_EQ(ask(SetDisabled{"laod", true, std::nullopt, "typo"}).verdict, Verdict::no_such);
}

TEST_F(Commands, Yes_IsNotSaidBeforeItIsDurable) {
    bench.auto_commit = false;
    EXPECT_EQ(hold(true).text, "no answer");
    bench.commit();
    ASSERT_EQ(bench.replies.size(), 1U);
    EXPECT_TRUE(bench.replies[0].is_ok());
}

}  // namespace
}  // namespace taktd::test
