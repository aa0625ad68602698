// SPDX-License-Identifier: Apache-2.0
// Tasks of the config that run without an obligation of ours: asked for, recorded, left alone or stopped, and never
// mistaken for a run of our own.
#include <algorithm>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineForeign : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.provider.foreign = Foreign::report;
        bench.jobs = {make_job("load", "0 0 2 * * *", 30min)};
    }
    std::size_t sent(Action action) { return bench.sent_of(action).size(); }
    /// Somebody starts the task by hand.
    void somebody_starts(const std::string& task_id) {
        bench.tasks[task_id].state = RemoteState::running;
        ++bench.tasks[task_id].runs;
    }
    const ForeignRow& row(std::size_t i = 0) { return std::next(bench.foreign.begin(), static_cast<int>(i))->second; }
};

TEST_F(EngineForeign, EachTask_IsAskedForOnceAfterTheStart_AndThenSlowly) {
    bench.jobs.push_back(make_job("other", "0 0 2 * * *", 30min, "2"));
    bench.jobs.push_back(make_job("same task", "0 0 3 * * *", 30min, "2"));
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::query), 2U) << "one for each task";
    bench.advance(58min);
    EXPECT_EQ(sent(Action::query), 2U);
    bench.advance(2min);
    EXPECT_EQ(sent(Action::query), 4U) << "once an hour";
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::query), 4U) << "a reload knows them";
    bench.crash();
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::query), 6U);
    EXPECT_TRUE(bench.foreign.empty());
}

TEST_F(EngineForeign, HundredTasks_WhereTheVendorHasLists_AreOneRequest) {
    bench.provider.traits.query_batch_max = 100;
    bench.jobs.clear();
    for (int i = 0; i < 250; ++i)
        bench.jobs.push_back(make_job("j" + std::to_string(1000 + i), "0 0 2 * * *", 30min, std::to_string(i)));
    somebody_starts("77");
    bench.load();
    bench.advance(1min);
    const auto queries = bench.sent_of(Action::query);
    ASSERT_EQ(queries.size(), 3U);
    std::size_t asked = 0;
    for (const auto& query : queries) {
        EXPECT_TRUE(query.send.spec->batched);
        asked += query.send.spec->task_ids.size();
    }
    EXPECT_EQ(asked, 250U);
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(row().task_key, task_key_of(bench.provider, "77"));
}

TEST_F(EngineForeign, SlowPace_TakesAtMostATenthOfTheRate) {
    bench.provider.rate_limit = {10s, 2};
    bench.jobs.clear();
    for (int i = 0; i < 100; ++i) bench.jobs.push_back(make_job("j" + std::to_string(i), "", 30min, std::to_string(i)));
    bench.load();
    bench.advance(20min);
    EXPECT_EQ(sent(Action::query), 100U);
    bench.advance(3h);
    EXPECT_LE(sent(Action::query) - 100U, 3U * 36U + 1U) << "one request in ten";
    EXPECT_GE(sent(Action::query) - 100U, 80U);
}

TEST_F(EngineForeign, ForeignRun_IsRecordedOnce_AndItsEndToo) {
    somebody_starts("1");
    bench.load();
    bench.advance(10min);
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(row().job, "load");
    EXPECT_EQ(row().provider, "perf");
    EXPECT_EQ(row().remote, RemoteState::running);
    EXPECT_EQ(row().token, "1");
    EXPECT_EQ(row().first_seen, kMidnight);
    EXPECT_FALSE(row().ended);
    bench.advance(1h);
    EXPECT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(row().last_seen, kMidnight + 1h);
    bench.tasks["1"].state = RemoteState::ended;
    bench.advance(1h);
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_TRUE(row().ended);
    EXPECT_EQ(sent(Action::stop), 0U);
    somebody_starts("1");
    bench.advance(1h);
    EXPECT_EQ(bench.foreign.size(), 2U) << "the next one has a row of its own";
}

TEST_F(EngineForeign, Baseline_ThatFindsTheTaskBusy_TellsOfItToo) {
    bench.load();
    bench.advance_to(kTwo - 5min);
    somebody_starts("1");
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.story(), "due>skipped:task_busy");
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(row().first_seen, kTwo - 10s);
}

TEST_F(EngineForeign, ForeignRun_WhereTheyAreIgnored_IsNotTold) {
    bench.provider.foreign = Foreign::ignore;
    somebody_starts("1");
    bench.load();
    bench.advance_to(kTwo + 1min);
    EXPECT_TRUE(bench.foreign.empty());
    EXPECT_EQ(sent(Action::query), 2U) << "the baseline, twice";
}

TEST_F(EngineForeign, OurOwnRun_IsNeverForeign) {
    bench.load();
    bench.advance_to(kTwo + 1min);
    bench.crash();
    bench.load();
    bench.advance_to(kTwo + 25min);
    bench.crash();
    bench.advance(1min);  // the config comes late
    bench.load();
    bench.advance_to(kTwo + 4h);
    EXPECT_EQ(bench.story(), kWhole);
    EXPECT_TRUE(bench.foreign.empty());
}

TEST_F(EngineForeign, AnswerAskedForBeforeOurRunEnded_ShowsOurRun) {
    bench.provider.baseline = false;
    bench.jobs[0] = make_job("load", "0 0 1 * * *", 10s);  // just when the check of the hour is due
    bench.load();
    bench.advance_to(kMidnight + 1h - 1s);
    bench.manual_answers = true;
    bench.advance(3s);
    bench.manual_answers = false;
    std::optional<Send> check;
    while (!bench.in_flight.empty()) {
        const Send send = bench.in_flight[0];
        if (send.spec->action == Action::query) {
            check = send;
            bench.in_flight.erase(bench.in_flight.begin());
        } else {
            bench.answer(0, bench.obey(send));
        }
    }
    ASSERT_TRUE(check);
    bench.advance(1min);
    ASSERT_EQ(bench.story(), kWhole);
    bench.in_flight = {*check};
    bench.answer(0, saw("1", RemoteState::running, "1"));
    EXPECT_TRUE(bench.foreign.empty());
}

TEST_F(EngineForeign, Restart_ContinuesTheRow) {
    somebody_starts("1");
    bench.load();
    bench.advance(10min);
    bench.crash();
    bench.load();
    bench.advance(1min);
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(row().first_seen, kMidnight);
    EXPECT_GE(row().last_seen, kMidnight + 10min);
    bench.tasks["1"].state = RemoteState::stopped;
    bench.crash();
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(bench.foreign.size(), 1U);
    EXPECT_TRUE(row().ended) << "it ended while nobody looked";
}

TEST_F(EngineForeign, TaskThatLeavesTheConfig_LeavesNoOpenRow) {
    for (const bool is_down : {false, true}) {
        EngineBench one;
        one.provider.foreign = Foreign::report;
        one.jobs = bench.jobs;
        one.tasks["1"] = {RemoteState::running, 1};
        one.load();
        one.advance(1min);
        ASSERT_EQ(one.foreign.size(), 1U);
        one.jobs = {make_job("other", "0 0 2 * * *", 30min, "2")};
        if (is_down) one.crash();
        one.load();
        EXPECT_TRUE(one.foreign.begin()->second.ended) << "nobody looks at it any more";
    }
}

TEST_F(EngineForeign, UnreadableTask_IsAskedForAgainAndProvesNothing) {
    bench.vendor = [](const Send&) { return refused(Outcome::uncertain); };
    bench.load();
    bench.advance(10min);
    EXPECT_GE(sent(Action::query), 4U) << "after one, two, four minutes";
    EXPECT_LE(sent(Action::query), 6U);
    EXPECT_TRUE(bench.foreign.empty());
}

TEST_F(EngineForeign, Checks_GiveWayToStarts) {
    bench.provider.rate_limit = {10s, 2};
    for (int i = 2; i < 40; ++i) bench.jobs.push_back(make_job("j" + std::to_string(i), "", 30min, std::to_string(i)));
    bench.jobs[0] = make_job("load", "0 1 0 * * *", 10min);
    bench.load();
    bench.advance(2min);
    ASSERT_EQ(sent(Action::start), 1U);
    EXPECT_LE(bench.sent_of(Action::start)[0].at.wall, kMidnight + 1min + 10s);
    EXPECT_EQ(bench.sent_of(Action::start)[0].send.spec->task_ids[0], "1");
}

// Between the intent and its commit the start's token is not given to a check.
TEST_F(EngineForeign, StartThatWaitsForItsCommit_KeepsItsToken) {
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    for (int i = 2; i < 40; ++i) bench.jobs.push_back(make_job("j" + std::to_string(i), "", 30min, std::to_string(i)));
    bench.jobs[0] = make_job("load", "0 1 0 * * *", 10min);
    bench.load();
    bench.advance_to(kMidnight + 1min - 1s);
    bench.auto_commit = false;
    bench.advance(30s);
    const auto before = sent(Action::query);
    bench.advance(10s);
    EXPECT_EQ(sent(Action::query), before);
    bench.auto_commit = true;
    bench.commit();
    EXPECT_EQ(sent(Action::start), 1U) << "at once";
}

struct EngineForeignStop : EngineForeign {
    void SetUp() override {
        EngineForeign::SetUp();
        bench.provider.foreign = Foreign::stop;
    }
};

TEST_F(EngineForeignStop, ForeignRun_IsStoppedWithTheTextsOfAnAbort) {
    somebody_starts("1");
    bench.load();
    bench.advance(1min);
    ASSERT_EQ(sent(Action::stop), 1U);
    const CallSpec& stop = *bench.sent_of(Action::stop)[0].send.spec;
    EXPECT_EQ(stop.parameters_json, R"({"end":"abort"})");
    EXPECT_EQ(stop.placeholders.at("cause"), "foreign");
    EXPECT_EQ(stop.placeholders.at("run"), "");
    EXPECT_EQ(stop.placeholders.at("job"), "load");
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_TRUE(row().ended) << "asked for again soon after";
    EXPECT_TRUE(bench.order.empty()) << "it is no run of ours";
    bench.advance_to(kTwo + 1min);
    EXPECT_EQ(bench.story(), "due>starting>running");
}

TEST_F(EngineForeignStop, Intent_IsDurableFirst) {
    somebody_starts("1");
    bench.auto_commit = false;
    bench.load();
    bench.advance(10s);
    EXPECT_EQ(sent(Action::stop), 0U) << "no exception as for stops that are owed";
    bench.auto_commit = true;
    bench.commit();
    EXPECT_EQ(sent(Action::stop), 1U);
}

TEST_F(EngineForeignStop, Stop_UntilTheTaskObeys_IsRepeatedWithABackoff) {
    somebody_starts("1");
    bench.vendor = [this](const Send& send) {
        return send.spec->action == Action::stop ? refused(Outcome::refused_final) : bench.obey(send);
    };
    bench.load();
    bench.advance(30min);
    const auto stops = bench.sent_of(Action::stop);
    EXPECT_GE(stops.size(), 6U);
    EXPECT_LE(stops.size(), 14U);
    for (std::size_t i = 1; i < stops.size(); ++i) {
        EXPECT_GE(stops[i].at.boot - stops[i - 1].at.boot, 30s);
        EXPECT_LE(stops[i].at.boot - stops[i - 1].at.boot, 6min);
    }
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance(10min);
    EXPECT_TRUE(row().ended);
}

TEST_F(EngineForeignStop, Stop_WaitsForEveryStopThatIsOwed) {
    bench.provider.rate_limit = {10s, 2};
    bench.provider.baseline = false;
    bench.jobs = {make_job("a", "0 0 2 * * *", 30min, "1"), make_job("b", "5 0 2 * * *", 30min, "2"),
                  make_job("c", "", 30min, "3")};
    bench.load();
    bench.advance_to(kTwo + 29min + 40s);
    ASSERT_EQ(bench.engine.status().owed_stops, 2U);
    // At the same instant that the two stops fall due, the third task is seen to run.
    somebody_starts("3");
    bench.step_wall(20s + 5s);
    bench.crash();
    bench.load();
    bench.advance(3min);
    const auto stops = bench.sent_of(Action::stop);
    ASSERT_GE(stops.size(), 3U);
    EXPECT_NE(stops[0].send.spec->task_ids[0], "3");
    EXPECT_NE(stops[1].send.spec->task_ids[0], "3");
}

TEST_F(EngineForeignStop, DueRun_IsNotItsVictim) {
    bench.load();
    bench.advance_to(kTwo - 1min);
    somebody_starts("1");
    std::vector<WallTime> stopped;
    bench.manual_answers = true;
    bench.advance_to(kTwo - 9s);
    ASSERT_EQ(bench.in_flight.size(), 1U);
    bench.answer(0, bench.obey(bench.in_flight[0]));  // seen running: a stop goes out
    bench.advance(0s);
    ASSERT_EQ(sent(Action::stop), 1U);
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>skipped:task_busy");
    EXPECT_EQ(bench.note(), "a foreign run of the task is being stopped");
    EXPECT_EQ(sent(Action::start), 0U);
}

TEST_F(EngineForeignStop, StopWhoseAnswerWasLost_MayStillHit) {
    bench.load();
    bench.advance_to(kTwo - 1min);
    somebody_starts("1");
    bench.vendor = [this](const Send& send) {
        if (send.spec->action != Action::stop) return bench.obey(send);
        bench.tasks["1"].state = RemoteState::stopped;
        return refused(Outcome::uncertain);
    };
    bench.jobs.push_back(make_job("later", "0 5 2 * * *", 30min));
    bench.load();
    bench.advance_to(kTwo + 1s);
    ASSERT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(bench.story(0), "due>skipped:task_busy") << "it is on its way for as long as `settle`";
    bench.advance_to(kTwo + 6min);
    EXPECT_EQ(bench.story(1), "due>starting>running");
}

TEST_F(EngineForeignStop, OurOwnRun_IsNeverStopped) {
    bench.load();
    for (int i = 0; i < 6; ++i) {
        bench.advance(37min);
        bench.crash();
        bench.load();
    }
    EXPECT_EQ(bench.story(), kWhole);
    EXPECT_EQ(sent(Action::stop), 1U) << "its own";
}

TEST_F(EngineForeignStop, ReloadThatTakesTheTaskAway_TakesTheStopBack) {
    somebody_starts("1");
    bench.auto_commit = false;
    bench.load();
    bench.advance(10s);
    bench.jobs = {make_job("other", "0 0 2 * * *", 30min, "2")};
    bench.load();
    bench.auto_commit = true;
    bench.commit();
    bench.advance(10min);
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(EngineForeignStop, ReloadThatAllowsStops_StopsWhatIsKnownAlready) {
    bench.provider.foreign = Foreign::report;
    bench.load();
    somebody_starts("1");
    bench.advance(1h + 1min);
    ASSERT_EQ(bench.foreign.size(), 1U);
    EXPECT_EQ(sent(Action::stop), 0U);
    bench.provider.foreign = Foreign::stop;
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(sent(Action::stop), 1U);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
}

TEST_F(EngineForeignStop, TaskOfAnotherName_IsSomebodyElses) {
    bench.jobs[0].task.expect_name = "checkout";
    bench.tasks["1"].name = "payment";
    somebody_starts("1");
    bench.load();
    bench.advance(30min);
    EXPECT_EQ(bench.foreign.size(), 1U) << "it is told";
    EXPECT_EQ(sent(Action::stop), 0U);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::running);
}

TEST_F(EngineForeignStop, ClosedProvider_TakesTheStopBack_AndSendsItLater) {
    bench.jobs.push_back(make_job("other", "", 30min, "2"));
    somebody_starts("1");
    bool is_locked = false;
    bench.vendor = [&](const Send& send) {
        if (send.spec->action == Action::stop) is_locked = bench.now.wall < kMidnight + 5min;
        return is_locked ? refused(Outcome::unauthorized) : bench.obey(send);
    };
    bench.load();
    bench.advance(6min);
    EXPECT_EQ(sent(Action::stop), 1U);
    is_locked = false;
    bench.advance_to(kMidnight + 90min);
    EXPECT_GE(sent(Action::stop), 2U);
    EXPECT_EQ(bench.tasks["1"].state, RemoteState::stopped);
}

TEST_F(EngineForeign, StopThatACrashCut_HasItsOutcome) {
    bench.provider.foreign = Foreign::stop;
    bench.load();
    somebody_starts("1");
    bench.manual_answers = true;
    bench.advance(1h + 1min);  // the next look
    ASSERT_EQ(bench.in_flight.size(), 1U);
    bench.answer(0, bench.obey(bench.in_flight[0]));
    ASSERT_EQ(bench.sent_of(Action::stop).size(), 1U);
    const CallId stop = bench.sent_of(Action::stop)[0].send.call;
    ASSERT_FALSE(bench.calls.at(stop).result);
    bench.crash();
    ASSERT_TRUE(bench.calls.at(stop).result);
    EXPECT_EQ(bench.calls.at(stop).result->outcome, Outcome::uncertain);
}

}  // namespace
}  // namespace taktd::test
