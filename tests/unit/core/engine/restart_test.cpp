// SPDX-License-Identifier: Apache-2.0
// What a restart or a reload does to schedules and plans: every occurrence has exactly one disposition, whatever the
// config says by then, and what has begun keeps its plan.
#include <algorithm>
#include <set>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineRestart : ::testing::Test {
    EngineBench bench;
    void SetUp() override {
        bench.jobs = {make_job("load", "0 0 * * * *", 10min)};
        bench.load();
    }
    /// The daemon is down for so long, in the same boot.
    void down(Duration by) {
        bench.now.wall += by;
        bench.now.boot += by;
        bench.crash();
    }
    void schedule(const std::string& cron) { bench.jobs[0].schedule = make_job("", cron, 10min).schedule; }
    /// Every occurrence of the job that has a disposition, each counted.
    std::multiset<WallTime> disposed() {
        std::multiset<WallTime> found;
        for (const auto& [id, run] : bench.runs) {
            if (run.occurrence) found.insert(*run.occurrence);
        }
        return found;
    }
    static std::multiset<WallTime> hours(int first, int last, Duration minutes = 0min) {
        std::multiset<WallTime> all;
        for (int h = first; h <= last; ++h) all.insert(kMidnight + std::chrono::hours{h} + minutes);
        return all;
    }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::size_t stops() { return bench.sent_of(Action::stop).size(); }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }
};

TEST_F(EngineRestart, OldSchedulesOccurrences_AreSettledBeforeTheNewOnes) {
    bench.advance(90min);  // one o'clock has run
    down(3h);              // two, three and four were missed; it is half past four
    schedule("0 45 * * * *");
    bench.load();
    EXPECT_EQ(disposed(), hours(1, 4));
    EXPECT_EQ(bench.job_states["load"].watermark, bench.now.wall) << "the new one counts from now";
    EXPECT_EQ(bench.job_states["load"].schedule, bench.jobs[0].schedule.fingerprint());
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(bench.story(i), "due>skipped:misfire");
    bench.advance(1h);
    auto all = hours(1, 4);
    all.merge(hours(4, 4, 45min));
    EXPECT_EQ(disposed(), all);
    EXPECT_EQ(bench.story(4), kWhole);
}

TEST_F(EngineRestart, OldSchedulesOccurrences_AfterManyCrashes_AreSettledOnce) {
    bench.advance(90min);
    down(3h);
    schedule("0 45 * * * *");
    for (int i = 0; i < 3; ++i) {
        bench.load();
        bench.crash();
    }
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(disposed(), hours(1, 4));
}

TEST_F(EngineRestart, Crash_BeforeTheSettlingIsDurable_SettlesThemAgain) {
    bench.advance(90min);
    down(3h);
    schedule("0 45 * * * *");
    bench.auto_commit = false;
    bench.load();
    bench.crash();
    bench.auto_commit = true;
    bench.load();
    EXPECT_EQ(disposed(), hours(1, 4));
}

TEST_F(EngineRestart, NewestMissed_ByTheOldSchedule_MayStillRunLate) {
    bench.jobs[0].misfire = Misfire::run_late;
    bench.load();
    bench.advance(90min);
    down(2h + 32min);  // 04:02
    schedule("0 45 * * * *");
    bench.load();
    bench.advance(1s);
    EXPECT_EQ(disposed(), hours(1, 4));
    EXPECT_EQ(bench.story(2), "due>skipped:misfire");
    EXPECT_EQ(bench.story(3), "due>starting>running");
    bench.advance(10min);
    EXPECT_EQ(bench.sent_of(Action::stop).back().at.wall, kMidnight + 4h + 10min);
}

TEST_F(EngineRestart, MoreThanAHundredMissed_ByTheOldSchedule_ShareARow) {
    schedule("0 * * * * *");
    bench.load();
    bench.advance(30s);
    down(24h);
    schedule("0 45 * * * *");
    bench.load();
    ASSERT_EQ(bench.gaps.size(), 1U);
    EXPECT_EQ(bench.gaps[0].count + static_cast<std::int64_t>(disposed().size()), 24 * 60);
    EXPECT_EQ(bench.gaps[0].reason, Reason::misfire);
    bench.crash();
    bench.load();
    EXPECT_EQ(bench.gaps.size(), 1U);
}

TEST_F(EngineRestart, JobThatLeft_WhileTheDaemonWasDown_IsCountedAsRemoved) {
    bench.advance(90min);
    down(3h);
    bench.jobs.clear();
    bench.load();
    ASSERT_EQ(bench.gaps.size(), 1U);
    EXPECT_EQ(bench.gaps[0].count, 3);
    EXPECT_EQ(bench.gaps[0].first, kTwo);
    EXPECT_EQ(bench.gaps[0].last, kMidnight + 4h);
    EXPECT_EQ(bench.gaps[0].reason, Reason::removed);
    for (int i = 0; i < 3; ++i) {
        down(2h);
        bench.load();
    }
    EXPECT_EQ(bench.gaps.size(), 1U) << "once";
    bench.jobs = {make_job("load", "0 0 * * * *", 10min)};
    bench.load();
    bench.advance(90min);
    EXPECT_EQ(disposed(), [] {
        auto all = hours(1, 1);
        all.merge(hours(11, 12));
        return all;
    }()) << "it counts from the moment that it came back";
}

TEST_F(EngineRestart, RemovedJob_LeavesNothingToBeCountedLater) {
    bench.advance(90min);
    bench.jobs.clear();
    bench.load();
    bench.advance(3h);
    down(3h);
    bench.load();
    EXPECT_TRUE(bench.gaps.empty()) << "nothing was due while it was not in the config";
    EXPECT_EQ(disposed(), hours(1, 1));
}

TEST_F(EngineRestart, OverdueOccurrence_OfARemovedJob_IsRemoved) {
    bench.now.wall += 150min;  // the host was suspended
    bench.now.boot += 150min;
    bench.jobs.clear();
    bench.load();
    EXPECT_EQ(disposed(), hours(1, 2));
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(bench.story(i), "due>skipped:removed");
}

TEST_F(EngineRestart, SameSchedule_WhateverElseChanged_IsCaughtUpWith) {
    bench.advance(90min);
    down(3h);
    bench.jobs[0].task.task_id = "7";
    bench.jobs[0].stop = StopAfter{20min};
    bench.load();
    bench.advance(1s);
    EXPECT_EQ(disposed(), hours(1, 4));
}

TEST_F(EngineRestart, DisabledJob_MarksItsMissedOccurrencesDisabled) {
    schedule("0 * * * * *");
    bench.load();
    command(1, SetDisabled{"load", true, std::nullopt, "no more"});
    down(150min);
    bench.load();
    bench.advance(1s);
    ASSERT_EQ(bench.gaps.size(), 1U);
    EXPECT_EQ(bench.gaps[0].reason, Reason::disabled);
    EXPECT_EQ(bench.story(), "due>skipped:disabled") << "the operator's word outlives the process";
}

TEST_F(EngineRestart, Hold_OutlivesTheProcess) {
    command(1, SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}});
    bench.crash();
    bench.load();
    bench.advance(61min);
    EXPECT_EQ(bench.story(), "due>skipped:hold");
    EXPECT_EQ(bench.note(), "hold on everything by mia: incident");
}

struct BehindTheStore : EngineRestart {
    void SetUp() override {
        EngineRestart::SetUp();
        bench.advance(65min);  // one o'clock runs until ten past
        bench.now.wall -= 30min;
        bench.crash();
    }
};

TEST_F(BehindTheStore, ClockBehindTheStore_LetsStopsRunAndNothingStart) {
    bench.load();
    bench.advance(1s);
    command(1, StartJob{"load", 5min, ""});
    EXPECT_FALSE(bench.replies.back().is_ok());
    bench.advance(5min);
    EXPECT_EQ(bench.story(), kWhole) << "the boot clock says that its time is over";
    bench.advance(24min + 59s);  // the wall passes the store's newest instant
    command(2, StartJob{"load", 5min, ""});
    EXPECT_TRUE(bench.replies.back().is_ok());
}

TEST_F(BehindTheStore, ChangedSchedule_DoesNotComeTwice) {
    schedule("0 0,50 * * * *");
    bench.load();
    bench.advance(2h);
    EXPECT_EQ(disposed().count(kMidnight + 1h), 1U) << "it ran before";
    auto all = hours(1, 2);
    all.merge(hours(1, 1, 50min));
    EXPECT_EQ(disposed(), all);
    EXPECT_GE(bench.job_states["load"].watermark, kTwo);
}

TEST_F(BehindTheStore, AnotherBootsClock_BehindTheStore_StopsAtOnce) {
    EngineBench one;
    one.jobs = bench.jobs;
    one.load();
    one.advance(65min);
    one.now.wall -= 30min;
    one.now.boot = BootTime{10s};
    one.crash("boot-2");
    one.load();
    one.advance(1s);
    EXPECT_EQ(one.sent_of(Action::stop).size(), 1U);
}

TEST_F(EngineRestart, Plan_IsFrozenAtItsIntent) {
    bench.advance(61min);
    const RunRow before = bench.run();
    bench.jobs[0].task = make_job("", "", 1min, "7").task;
    bench.jobs[0].task.stop_json = bench.jobs[0].task.on_abort_json = R"({"end":"changed"})";
    bench.jobs[0].stop = StopAfter{50min};
    bench.provider.settle = 5min;
    bench.provider.rate_limit = {2ms, 3};
    bench.load();
    EXPECT_TRUE(bench.engine.objections(Config{}).size() == 1);
    bench.crash();
    bench.load();
    bench.advance(20min);
    EXPECT_EQ(bench.story(), kWhole);
    const auto stop = bench.sent_of(Action::stop).at(0);
    EXPECT_EQ(stop.at.wall, kMidnight + 70min);
    EXPECT_EQ(stop.send.spec->task_ids[0], "1");
    EXPECT_EQ(stop.send.spec->parameters_json, R"({"end":"stop"})");
    EXPECT_EQ(bench.run().plan.task, before.plan.task);
    EXPECT_EQ(*bench.run().plan.provider, *before.plan.provider);
    bench.advance(40min);
    EXPECT_EQ(bench.sent_of(Action::start).at(1).send.spec->task_ids[0], "7") << "the next one follows the config";
}

TEST_F(EngineRestart, ProviderThatOwesStops_MayRotateKeysButNotMove) {
    bench.advance(61min);
    const auto with = [&](auto change) {
        Config config;
        ProviderSpec changed = bench.provider;
        change(changed);
        config.providers.emplace(changed.name, std::make_shared<const ProviderSpec>(changed));
        return bench.engine.objections(config).size();
    };
    EXPECT_EQ(with([](ProviderSpec&) {}), 0U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.endpoint = "https://elsewhere.example"; }), 1U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.scope = "another project"; }), 1U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.type = "tencent-cfg"; }), 1U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.name = "renamed"; }), 1U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.region = "elsewhere"; }), 0U);
    EXPECT_EQ(with([](ProviderSpec& p) { p.credentials["secret_key"] = "${env:OTHER}"; }), 0U) << "a rotated key";
    EXPECT_EQ(with([](ProviderSpec& p) { p.baseline = false; }), 0U);
    bench.advance(10min);
    EXPECT_EQ(with([](ProviderSpec& p) { p.name = "renamed"; }), 0U) << "nothing is owed any more";
}

// As the start of the daemon does it, where nobody can refuse the config.
TEST_F(EngineRestart, StopPlan_WhenTheDaemonStartsWithAnotherConfig_Wins) {
    bench.advance(61min);
    const auto before = bench.provider;
    bench.crash();
    bench.provider.endpoint = "https://elsewhere.example";
    bench.provider.account = "another";
    bench.load();
    bench.advance(20min);
    EXPECT_EQ(bench.story(), kWhole);
    EXPECT_EQ(bench.sent_of(Action::stop).at(0).send.spec->provider->endpoint, before.endpoint);
}

TEST_F(EngineRestart, RenamedJob_UntilTheOldOnesRunHasBeenStopped_Waits) {
    bench.advance(61min);
    bench.vendor = [this](const Send& send) {
        if (send.spec->action != Action::stop) return bench.obey(send);
        bench.tasks["1"].state = RemoteState::stopping;
        return accepted();
    };
    bench.jobs[0].name = "renamed";
    schedule("0 */2 * * * *");
    bench.load();
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:removed");
    bench.advance(90s);
    EXPECT_EQ(bench.run(1).job, "renamed");
    EXPECT_EQ(bench.story(1), "due>skipped:task_busy");
    EXPECT_EQ(bench.note(1), "run " + bench.order[0].text() + " of job 'load' has the task");
    bench.tasks["1"].state = RemoteState::stopped;
    bench.vendor = [this](const Send& send) { return bench.obey(send); };
    bench.advance(2min);
    EXPECT_EQ(bench.story(0), "due>starting>running>stopping:removed>stopped:removed");
    EXPECT_EQ(bench.story(2), "due>starting>running");
}

TEST_F(EngineRestart, RenamedJobThatMayFinish_UntilItHas_KeepsItsTask) {
    bench.jobs[0].on_removal = OnRemoval::finish;
    bench.load();
    bench.advance(61min);
    bench.jobs[0].name = "renamed";
    schedule("0 */5 * * * *");
    bench.load();
    bench.crash();
    bench.load();
    bench.advance(8min);
    EXPECT_EQ(bench.story(1), "due>skipped:task_busy");
    EXPECT_EQ(bench.story(0), "due>starting>running") << "through a crash, too";
    bench.advance(7min);
    EXPECT_EQ(bench.story(0), kWhole);
    EXPECT_EQ(bench.story(2), "due>skipped:task_busy") << "at ten past it is only just being stopped";
    EXPECT_EQ(bench.story(3), "due>starting>running");
}

TEST_F(EngineRestart, OneShotThatPassed_SaysWhyItWasNotMade) {
    const auto once = [](WallTime at) {
        Job job = make_job("once", "", 30min, "2");
        job.schedule.rules.emplace_back(OnceRule{at});
        return job;
    };
    const auto enabled = [](EngineBench&) {};
    const auto hold = [](EngineBench& b) {
        b.event(Command{1, "mia", SetHold{HoldRow{"", true, "incident", "", {}, std::nullopt}}});
    };
    const auto disabled = [](EngineBench& b) { b.jobs[0].enabled = false; };
    const auto no_window = [](EngineBench& b) { b.jobs[0].stop = StopAt{kMidnight - 1h}; };
    const struct {
        Duration ago;
        std::function<void(EngineBench&)> prepare;
        const char* story;
        const char* note;
    } cases[] = {
        {1h, enabled, "due>skipped:misfire", "it was already past when its schedule was first seen"},
        {10s, enabled, "due>skipped:misfire", "it was already past when its schedule was first seen"},
        {1h, disabled, "due>skipped:disabled", "the config says enabled: false"},
        {1h, hold, "due>skipped:hold", "hold on everything by mia: incident"},
        {1h, no_window, "due>skipped:window_too_short", ""},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = {once(kMidnight - c.ago)};
        c.prepare(one);
        one.load();
        one.advance(1min);
        ASSERT_EQ(one.order.size(), 1U);
        EXPECT_EQ(one.story(), c.story);
        EXPECT_EQ(one.note(), c.note);
        one.crash();
        one.load();
        one.advance(1h);
        EXPECT_EQ(one.order.size(), 1U);
    }
}

TEST_F(EngineRestart, OneShotMissedWhileDown_AlsoWhenItsJobChanged_IsToldOnce) {
    bench.jobs[0].schedule = {};
    bench.jobs[0].schedule.rules.emplace_back(OnceRule{kTwo});
    bench.load();
    down(3h);
    bench.jobs[0].schedule.rules.emplace_back(OnceRule{kTwo + 24h});
    bench.load();
    bench.advance(1min);
    EXPECT_EQ(disposed(), std::multiset<WallTime>{kTwo});
    bench.advance(24h);
    EXPECT_EQ(disposed(), (std::multiset<WallTime>{kTwo, kTwo + 24h}));
}

// Whatever happens to the config and the process, each due instant is told once, by a run or by a gap.
TEST_F(EngineRestart, DueOccurrences_WhateverHappens_AreEachDisposedOfOnce) {
    schedule("0 */7 * * * *");
    bench.load();
    std::int64_t due = 0;
    Schedule current = bench.jobs[0].schedule;
    WallTime counted = bench.now.wall;
    const auto count = [&] {  // by the schedule that counted until now
        for (auto next = next_due(current, counted); next && *next <= bench.now.wall; next = next_due(current, *next))
            ++due;
        counted = bench.now.wall;
    };
    const char* crons[] = {"0 */7 * * * *", "30 */3 * * * *", "0 0 */2 * * *", "*/50 * * * * *"};
    for (int i = 0; i < 40; ++i) {
        bench.advance(std::chrono::minutes{7 + i % 23});
        const Duration asleep = std::chrono::minutes{(i * 37) % 240};
        if (i % 2 == 0) {
            down(asleep);
        } else {
            bench.now.wall += asleep;
            bench.now.boot += asleep;
        }
        count();
        if (i % 3 == 0) schedule(crons[static_cast<std::size_t>(i) % 4]);
        current = bench.jobs[0].schedule;
        if (i % 5 == 4) bench.jobs[0].overlap = Overlap::queue;
        if (i % 5 == 2) bench.jobs[0].misfire = Misfire::run_late;
        bench.load();
    }
    bench.advance(1s);
    count();
    std::int64_t told = static_cast<std::int64_t>(disposed().size());
    for (const auto& gap : bench.gaps) told += gap.count;
    EXPECT_EQ(told, due);
    std::set<WallTime> once;
    for (const WallTime t : disposed()) EXPECT_TRUE(once.insert(t).second) << to_rfc3339(t) << " twice";
}

}  // namespace
}  // namespace taktd::test
