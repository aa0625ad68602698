// SPDX-License-Identifier: Apache-2.0
// Runs of one job that would be live at the same time: skipped, one waiting, or the earlier one stopped.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

// Every ten minutes between two and three, each for fifteen.
struct EngineOverlap : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 */10 2 * * *", 15min)};
        bench.jobs[0].start_grace = 8min;
    }
    void overlap(Overlap policy) {
        bench.jobs[0].overlap = policy;
        bench.load();
    }
    WallTime started(std::size_t i) { return bench.sent_of(Action::start).at(i).at.wall; }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }
    /// A vendor that accepts stops and takes its time.
    void stops_take_for_ever() {
        bench.vendor = [this](const Send& send) {
            if (send.spec->action != Action::stop) return bench.obey(send);
            bench.tasks[send.spec->task_ids[0]].state = RemoteState::stopping;
            return accepted();
        };
    }
};

TEST_F(EngineOverlap, WaitingRun_WhenTheEarlierOneHasEnded_StartsAtOnce) {
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 24min);
    EXPECT_EQ(bench.story(0), kWhole);
    EXPECT_EQ(started(1), kTwo + 15min) << "due at ten past";
    EXPECT_EQ(bench.run(1).stop_due, kTwo + 25min) << "the stop counts from the scheduled instant";
    EXPECT_EQ(bench.story(2), "due") << "due at twenty past, while the second one ran";
    bench.advance_to(kTwo + 1h + 10min);
    EXPECT_EQ(bench.story(1), kWhole);
    EXPECT_EQ(started(2), kTwo + 25min);
}

TEST_F(EngineOverlap, ThirdRun_WhileOneRunsAndOneWaits_IsSkipped) {
    bench.jobs[0].stop = StopAfter{25min};
    bench.jobs[0].start_grace = 20min;
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 21min);
    EXPECT_EQ(bench.story(1), "due");
    EXPECT_EQ(bench.story(2), "due>skipped:overlap");
    EXPECT_EQ(bench.note(2), "run " + bench.order[0].text() + " of this job is running");
}

TEST_F(EngineOverlap, RunThatWaitsTooLong_AtItsLatestStart_IsGivenUp) {
    bench.jobs[0].start_grace = 4min;
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 14min);
    EXPECT_EQ(bench.story(1), "due");
    bench.advance(1s);
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    EXPECT_EQ(bench.transitions.back().at, kTwo + 14min + 1ns);
}

TEST_F(EngineOverlap, WaitingRun_WhoseTaskCannotBeReadAfterwards_HasNoBaseline) {
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 14min);
    bool is_blind = false;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop) is_blind = true;
        if (send.spec->action == Action::query && is_blind && is_terminal(bench.run(0).state))
            return refused(Outcome::uncertain);
        return bench.obey(send);
    };
    bench.advance_to(kTwo + 19min);
    EXPECT_EQ(bench.story(1), "due>skipped:no_baseline") << "it had waited, but not for too long";
}

TEST_F(EngineOverlap, RunsByHand_WaitInTheSameQueue) {
    bench.jobs[0].schedule.rules.clear();
    bench.jobs[0].schedule = make_job("", "0 0 2 * * *", 1h).schedule;
    overlap(Overlap::queue);
    command(1, StartJob{"load", 2min, ""});
    command(2, StartJob{"load", 10min, ""});
    command(3, StartJob{"load", 10min, ""});
    EXPECT_TRUE(bench.replies.at(1).is_ok()) << "it waits";
    EXPECT_FALSE(bench.replies.at(2).is_ok());
    EXPECT_EQ(bench.replies.at(2).text, "not started: overlap");
    bench.advance(2min);
    EXPECT_EQ(bench.story(1), "due>starting>running");
    bench.advance_to(kTwo - 5min);
    EXPECT_EQ(bench.story(1), kWhole);
    EXPECT_EQ(bench.run(1).stop_due, kMidnight + 10min);

    command(4, StartJob{"load", 8min, ""});
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.story(4), "due") << "the scheduled one waits for the one by hand";
    bench.advance_to(kTwo + 3min);
    EXPECT_EQ(bench.story(4), "due>starting>running");
    EXPECT_EQ(started(3), kTwo + 3min);
}

TEST_F(EngineOverlap, WaitingRun_OutlivesACrash) {
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 12min);
    bench.crash();
    bench.load();
    bench.advance_to(kTwo + 16min);
    EXPECT_EQ(bench.story(0), kWhole);
    EXPECT_EQ(bench.story(1), "due>starting>running");
    EXPECT_EQ(started(1), kTwo + 15min);
}

TEST_F(EngineOverlap, ReloadToSkip_GivesUpTheRunThatWaits) {
    overlap(Overlap::queue);
    bench.advance_to(kTwo + 12min);
    overlap(Overlap::skip);
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    EXPECT_EQ(bench.story(0), "due>starting>running");
}

TEST_F(EngineOverlap, PreviousRun_IsStoppedForTheNext) {
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo + 11min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:superseded>stopped:superseded");
    EXPECT_EQ(bench.story(1), "due>starting>running");
    EXPECT_EQ(started(1), kTwo + 10min);
    ASSERT_EQ(stops(), 1U);
    const CallSpec& stop = *bench.sent_of(Action::stop)[0].send.spec;
    EXPECT_EQ(stop.parameters_json, R"({"end":"abort"})");
    EXPECT_EQ(stop.placeholders.at("cause"), "superseded");
    EXPECT_EQ(stop.placeholders.at("reason"), "the job's next run is due (overlap: stop_previous)");
    EXPECT_FALSE(bench.run(1).baseline->seen.activity() == Activity::active) << "looked at again after the stop";
}

TEST_F(EngineOverlap, PreviousRun_ThatHasNotBegun_IsGivenUp) {
    bench.jobs[0].start_grace = 12min;
    overlap(Overlap::stop_previous);
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.advance_to(kTwo + 9min + 59s);
    ASSERT_EQ(bench.story(0), "due");
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance(20s);
    EXPECT_EQ(bench.story(0), "due>skipped:overlap");
    EXPECT_EQ(bench.note(0), "the job's next run is due (overlap: stop_previous)");
    EXPECT_EQ(bench.story(1), "due>starting>running");
}

TEST_F(EngineOverlap, NextRun_WhereNothingHasToEndFirst_StartsAtOnce) {
    bench.provider.baseline = false;
    bench.jobs[0].start_grace = 12min;
    overlap(Overlap::stop_previous);
    bench.vendor = [](const Send&) { return refused(Outcome::throttled, 5min); };
    bench.advance_to(kTwo + 9min);
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance_to(kTwo + 10min);
    EXPECT_EQ(bench.story(0), "due>starting>due>starting>due>failed:overlap");
    EXPECT_EQ(bench.story(1), "due>starting>running");
    EXPECT_EQ(started(2), kTwo + 10min);
}

TEST_F(EngineOverlap, PreviousStart_ThatHasNotLeft_IsWithdrawn) {
    bench.jobs[0] = make_job("load", "0,20 0 2 * * *", 10min);
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo - 1s);
    bench.auto_commit = false;  // the first one's intent waits for its commit
    bench.advance_to(kTwo + 20s);
    bench.auto_commit = true;
    bench.commit();
    bench.advance(1s);
    EXPECT_EQ(bench.story(0), "due>starting>skipped:overlap");
    EXPECT_EQ(bench.story(1), "due>starting>running");
    EXPECT_EQ(starts(), 1U);
    EXPECT_EQ(bench.run(0).obligation, Obligation::discharged);
}

TEST_F(EngineOverlap, PreviousStart_InFlight_IsCutAndStopped) {
    bench.jobs[0] = make_job("load", "0,20 0 2 * * *", 10min);
    bench.provider.settle = 5s;
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo - 1s);
    bench.manual_answers = true;
    bench.advance_to(kTwo + 20s);
    ASSERT_EQ(bench.cuts.size(), 1U);
    bench.manual_answers = false;
    bench.obey(bench.in_flight.at(0));
    bench.answer(0, refused(Outcome::uncertain));
    bench.advance(12s);  // the lost answer had its id: that it has ended needs a second look
    EXPECT_EQ(bench.story(0), "due>starting>unconfirmed>stopping:superseded>stopped:superseded");
    EXPECT_EQ(bench.story(1), "due>starting>running");
    EXPECT_GE(stops(), 1U);
}

TEST_F(EngineOverlap, PreviousRun_ThatDoesNotEndInTime_CostsTheNextItsStart) {
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo + 9min);
    stops_take_for_ever();
    bench.advance_to(kTwo + 19min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:superseded");
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    bench.advance_to(kTwo + 21min);
    EXPECT_EQ(bench.story(2), "due");
    bench.tasks["1"].state = RemoteState::stopped;
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance(1min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:superseded>stopped:superseded");
    EXPECT_EQ(bench.story(2), "due>starting>running");
}

TEST_F(EngineOverlap, OfTwoThatWaitForTheStop_TheNewerStarts) {
    bench.jobs[0].stop = StopAfter{40min};
    bench.jobs[0].start_grace = 30min;
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo + 9min);
    stops_take_for_ever();
    bench.advance_to(kTwo + 21min);
    EXPECT_EQ(bench.story(1), "due>skipped:overlap");
    bench.tasks["1"].state = RemoteState::stopped;
    bench.advance(1min);
    EXPECT_EQ(bench.story(2), "due>starting>running");
}

TEST_F(EngineOverlap, Crash_WhileThePreviousIsStopped_LosesNothing) {
    for (const bool is_before_the_stop : {true, false}) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.jobs[0].overlap = Overlap::stop_previous;
        one.load();
        one.advance_to(kTwo + 9min);
        one.manual_answers = true;
        one.advance_to(kTwo + 10min);  // the stop is in flight
        ASSERT_EQ(one.story(0), "due>starting>running>stopping:superseded");
        const auto stop = std::ranges::find(one.in_flight, Action::stop, [](const Send& s) { return s.spec->action; });
        ASSERT_NE(stop, one.in_flight.end());
        if (!is_before_the_stop) one.obey(*stop);
        one.crash();
        one.manual_answers = false;
        one.load();
        one.advance(1min);
        EXPECT_TRUE(is_terminal(one.run(0).state)) << one.story(0);
        EXPECT_EQ(one.story(1), "due>starting>running");
        EXPECT_EQ(one.sent_of(Action::start).size(), 2U) << "each run once";
    }
}

TEST_F(EngineOverlap, RunByHand_TakesThePlaceOfAnother) {
    overlap(Overlap::stop_previous);
    command(1, StartJob{"load", 1h, ""});
    bench.advance(1min);
    command(2, StartJob{"load", 1h, ""});
    bench.advance(1s);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:superseded>stopped:superseded");
    EXPECT_EQ(bench.story(1), "due>starting>running");
}

TEST_F(EngineOverlap, Hold_KeepsThePreviousRunAlive) {
    overlap(Overlap::stop_previous);
    bench.advance_to(kTwo + 9min);
    command(1, SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}});
    bench.advance_to(kTwo + 11min);
    EXPECT_EQ(bench.story(0), "due>starting>running") << "nothing will take its place";
    EXPECT_EQ(bench.story(1), "due>skipped:hold");
}

// How long a run by hand lasts is the operator's choice.
TEST_F(EngineOverlap, RunByHand_MayBeShorterOrLongerThanTheJobsOwn) {
    bench.jobs[0].min_window = 5min;
    overlap(Overlap::skip);
    command(1, StartJob{"load", 20s, ""});
    bench.advance(1min);
    EXPECT_EQ(bench.story(0), kWhole) << "shorter than min_window";
    command(2, StartJob{"load", 40min, ""});
    bench.advance(39min);
    EXPECT_EQ(bench.story(1), "due>starting>running") << "longer than the window";
    bench.advance(1min);
    EXPECT_EQ(bench.story(1), kWhole);
}

}  // namespace
}  // namespace taktd::test
