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

TEST_F(Commands, Start_accepted_isDoneAndNamesItsRun) {
    const Reply reply = ask(StartJob{"load", 10min, "key"});
    EXPECT_EQ(reply.verdict, Verdict::done);
    EXPECT_EQ(reply.run, bench.order.at(0));
}

TEST_F(Commands, Start_repeatedWithItsKey_isUnchangedAndNamesTheSameRun) {
    ask(StartJob{"load", 10min, "key"});
    const Reply again = ask(StartJob{"load", 10min, "key"});
    EXPECT_EQ(again.verdict, Verdict::unchanged);
    EXPECT_EQ(again.run, bench.order.at(0));
    EXPECT_EQ(bench.order.size(), 1U);
}

TEST_F(Commands, Start_ofAnUnknownJob_isNoSuch) {
    EXPECT_EQ(ask(StartJob{"laod", 10min, ""}).verdict, Verdict::no_such);
    EXPECT_TRUE(bench.order.empty());
}

TEST_F(Commands, Start_againstAHold_isBlockedAndSaysWhy) {
    hold(true);
    const Reply reply = ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(reply.verdict, Verdict::blocked);
    EXPECT_EQ(reply.text, "not started: hold");
    EXPECT_EQ(bench.story(), "due>skipped:hold");
}

TEST_F(Commands, Start_withTheStoreDown_isNotNow) {
    bench.store_down();
    const Reply reply = ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(reply.verdict, Verdict::not_now);
    EXPECT_EQ(reply.text, "no starts now: the store cannot be written");
}

TEST_F(Commands, Start_ofNoLength_isInvalid) {
    EXPECT_EQ(ask(StartJob{"load", Duration::zero(), ""}).verdict, Verdict::invalid);
}

TEST_F(Commands, Stop_ofALiveRun_isDone) {
    ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "too hot"}).verdict, Verdict::done);
}

TEST_F(Commands, Stop_ofARunThatIsOver_isNoSuch) {
    ask(StartJob{"load", 10min, ""});
    bench.advance(1h);
    EXPECT_EQ(ask(StopRun{bench.order.at(0), "too late"}).verdict, Verdict::no_such);
}

TEST_F(Commands, Pause_whileAPauseIsOnItsWay_isRefusedByTheRunsState) {
    ask(StartJob{"load", 10min, ""});
    bench.manual_answers = true;
    EXPECT_EQ(ask(PauseRun{bench.order.at(0)}).verdict, Verdict::done);
    EXPECT_EQ(ask(PauseRun{bench.order.at(0)}).verdict, Verdict::state);
}

TEST_F(Commands, Resume_ofARunningRun_isRefusedByTheRunsState) {
    ask(StartJob{"load", 10min, ""});
    const Reply reply = ask(ResumeRun{bench.order.at(0)});
    EXPECT_EQ(reply.verdict, Verdict::state);
    EXPECT_EQ(reply.text, "the run is running");
}

TEST_F(Commands, Discharge_withoutAReason_isInvalidAndLeavesTheObligation) {
    ask(StartJob{"load", 10min, ""});
    EXPECT_EQ(ask(DischargeRun{bench.order.at(0), ""}).verdict, Verdict::invalid);
    EXPECT_EQ(bench.engine.status().owed_stops, 1U);
}

TEST_F(Commands, Discharge_ofARunThatOwesNothing_isRefusedByItsState) {
    ask(StartJob{"load", 10min, ""});
    bench.advance(1h);
    EXPECT_EQ(ask(DischargeRun{bench.order.at(0), "it is mine"}).verdict, Verdict::state);
}

TEST_F(Commands, Release_ofAHoldThatIsEngaged_isDone) {
    hold(true, "job:load");
    EXPECT_EQ(hold(false, "job:load").verdict, Verdict::done);
    EXPECT_TRUE(bench.holds.empty());
}

TEST_F(Commands, Release_ofAHoldThatIsNotThere_isNoSuch) {
    hold(true, "job:load");
    EXPECT_EQ(hold(false).verdict, Verdict::no_such);
    EXPECT_EQ(bench.holds.size(), 1U);
}

TEST_F(Commands, Disable_ofAnUnknownJob_isNoSuch) {
    EXPECT_EQ(ask(SetDisabled{"laod", true, std::nullopt, "typo"}).verdict, Verdict::no_such);
}

TEST_F(Commands, Yes_isNotSaidBeforeItIsDurable) {
    bench.auto_commit = false;
    EXPECT_EQ(hold(true).text, "no answer");
    bench.commit();
    ASSERT_EQ(bench.replies.size(), 1U);
    EXPECT_TRUE(bench.replies[0].is_ok());
}

}  // namespace
}  // namespace taktd::test
