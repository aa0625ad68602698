// SPDX-License-Identifier: Apache-2.0
// How windows end: by themselves, at a ceiling, by a clock on the wall through DST; and tasks that must bear a name.
#include "daemon/zones/zone_loader.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/support/instants.hpp"

namespace taktd::test {
namespace {

struct EngineEnds : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.jobs = {make_job("load", "0 0 2 * * *", 30min)}; }
    std::size_t sent(Action action) { return bench.sent_of(action).size(); }
    void command(CommandId id, decltype(Command::body) body) { bench.event(Command{id, "mia", std::move(body)}); }
};

struct WhenDone : EngineEnds {
    void SetUp() override {
        EngineEnds::SetUp();
        bench.jobs[0].stop = StopWhenDone{};
        bench.jobs[0].max_duration = 40min;
        bench.load();
    }
};

TEST_F(WhenDone, Run_EndsByItselfAndGetsNoStop) {
    bench.advance_to(kTwo + 20min);
    bench.tasks["1"].state = RemoteState::ended;
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>completed");
    EXPECT_EQ(sent(Action::stop), 0U);
}

TEST_F(WhenDone, Ceiling_IsNoScheduledEnd) {
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:max_duration>stopped:max_duration");
    ASSERT_EQ(sent(Action::stop), 1U);
    const auto stop = bench.sent_of(Action::stop)[0];
    EXPECT_EQ(stop.at.wall, kTwo + 40min);
    EXPECT_EQ(stop.send.spec->parameters_json, R"({"end":"abort"})");
    EXPECT_EQ(stop.send.spec->placeholders.at("cause"), "max_duration");
}

TEST_F(WhenDone, Ceiling_AfterACrash_IsNoScheduledEndEither) {
    bench.advance_to(kTwo + 20min);
    bench.crash();
    bench.advance(3h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:max_duration>stopped:max_duration");
}

TEST_F(WhenDone, LateStart_DoesNotMoveTheCeiling) {
    bench.jobs[0].misfire = Misfire::run_late;
    bench.load();
    bench.now.wall = kTwo + 25min;
    bench.now.boot += 145min;
    bench.event(Wake{});
    bench.advance(1h);
    EXPECT_EQ(bench.story(), "due>starting>running>stopping:max_duration>stopped:max_duration");
    EXPECT_EQ(bench.sent_of(Action::stop)[0].at.wall, kTwo + 40min);
}

TEST_F(EngineEnds, CeilingBeforeTheStop_LeavesNoTimeForALateStart) {
    bench.jobs[0].misfire = Misfire::run_late;
    bench.jobs[0].max_duration = 10min;
    bench.load();
    bench.now.wall = kTwo + 15min;
    bench.now.boot += 135min;
    bench.event(Wake{});
    bench.advance(1min);
    EXPECT_EQ(bench.story(), "due>skipped:window_too_short");
    EXPECT_EQ(sent(Action::start), 0U);
}

// Start and stop as the clock on the wall shows them, in Berlin.
struct CronWindow {
    const char* name;
    const char* day;  // the engine begins at its midnight, UTC
    const char* start;
    const char* stop;
    const char* started;  // UTC; empty: skipped
    const char* stopped;
};

TEST_F(EngineEnds, WindowsByTheWallClock_KeepToItThroughDst) {
    const auto zone = load_zone("Europe/Berlin");
    ASSERT_TRUE(zone);
    const CronWindow cases[] = {
        {"an ordinary day", "2026-12-05", "30 2 * * *", "0 3 * * *", "2026-12-05 01:30", "2026-12-05 02:00"},
        {"spring: half past two is three o'clock, and so is three", "2026-03-29", "30 2 * * *", "0 3 * * *", "", ""},
        {"spring: over the gap", "2026-03-29", "30 1 * * *", "30 3 * * *", "2026-03-29 00:30", "2026-03-29 01:30"},
        {"spring: out of the gap", "2026-03-29", "30 2 * * *", "30 3 * * *", "2026-03-29 01:00", "2026-03-29 01:30"},
        {"autumn: the hour comes twice", "2026-10-25", "30 2 * * *", "0 3 * * *", "2026-10-25 00:30",
         "2026-10-25 02:00"},
        {"over midnight", "2026-12-05", "0 23 * * *", "0 1 * * *", "2026-12-05 22:00", "2026-12-06 00:00"},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.now.wall = utc(std::string{c.day} + " 00:00");
        Job job = make_job("load", "", 30min);
        job.zone = zone;
        job.schedule.rules.emplace_back(CronRule{Cron::parse(c.start).value(), zone, c.start});
        job.stop = StopCron{Cron::parse(c.stop).value(), c.stop};
        job.max_duration = 4h;
        one.jobs = {job};
        one.load();
        one.advance(24h + 10min);
        ASSERT_FALSE(one.order.empty()) << c.name;
        if (*c.started == '\0') {
            EXPECT_EQ(one.story(), "due>skipped:window_too_short") << c.name;
            EXPECT_TRUE(one.sent_of(Action::start).empty());
            continue;
        }
        EXPECT_EQ(one.story(), kWhole) << c.name;
        EXPECT_EQ(to_rfc3339(one.sent_of(Action::start)[0].at.wall), to_rfc3339(utc(c.started))) << c.name;
        EXPECT_EQ(to_rfc3339(one.sent_of(Action::stop)[0].at.wall), to_rfc3339(utc(c.stopped))) << c.name;
    }
}

struct Name {
    const char* expected;
    const char* shown;
    const char* story;
    const char* note;
};

TEST_F(EngineEnds, Task_MustBearTheNameThatIsExpected) {
    const Name cases[] = {
        {"", "anything", "due>starting>running", ""},
        {"AZ-3 blackout", "AZ-3 blackout", "due>starting>running", ""},
        {"AZ-3 blackout", "AZ-2 blackout", "due>skipped:wrong_task",
         "the task is called 'AZ-2 blackout', not 'AZ-3 blackout'"},
        {"AZ-3 blackout", "", "due>skipped:wrong_task", "the task showed no name, not 'AZ-3 blackout'"},
        {"AZ-3 blackout", "AZ-3 blackout ", "due>skipped:wrong_task",
         "the task is called 'AZ-3 blackout ', not 'AZ-3 blackout'"},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.jobs[0].task.expect_name = c.expected;
        one.tasks["1"].name = c.shown;
        one.load();
        one.advance_to(kTwo + 1s);
        EXPECT_EQ(one.story(), c.story) << c.shown;
        EXPECT_EQ(one.note(), c.note);
    }
}

TEST_F(EngineEnds, TaskThatIsRenamedInTime_IsStarted) {
    bench.jobs[0].task.expect_name = "ours";
    bench.tasks["1"].name = "theirs";
    bench.load();
    bench.advance_to(kTwo - 20s);
    bench.tasks["1"].name = "ours";
    bench.advance_to(kTwo + 1s);
    EXPECT_EQ(bench.story(), "due>starting>running");
    bench.tasks["1"].name = "theirs";
    bench.advance_to(kTwo + 31min);
    EXPECT_EQ(bench.story(), kWhole) << "a stop asks for no name";
}

TEST_F(EngineEnds, RunByHand_OnAWrongTask_IsRefused) {
    bench.jobs[0].task.expect_name = "ours";
    bench.tasks["1"].name = "theirs";
    bench.load();
    command(1, StartJob{"load", 10min, ""});
    bench.advance(1s);
    EXPECT_EQ(bench.story(), "due>skipped:wrong_task");
}

// What becomes clear between the intent and its commit still counts; nothing has left this process.
TEST_F(EngineEnds, Objection_BeforeTheRelease_HasItsOwnName) {
    const auto late = [](EngineBench& b) { b.advance(2min); };
    const auto hold = [](EngineBench& b) {
        b.event(Command{1, "mia", SetHold{HoldRow{"job:load", true, "incident", "", {}, std::nullopt}}});
    };
    const auto disable = [](EngineBench& b) {
        b.jobs[0].enabled = false;
        b.load();
    };
    const auto remove = [](EngineBench& b) {
        b.jobs.clear();
        b.load();
    };
    const auto too_late = [](EngineBench& b) { b.advance(29min + 30s); };
    const struct {
        Misfire misfire;
        std::function<void(EngineBench&)> act;
        const char* story;
    } cases[] = {
        {Misfire::skip, late, "due>starting>skipped:misfire"},
        {Misfire::run_late, late, "due>starting>due>starting>running"},  // its baseline is too old by then
        {Misfire::run_late, too_late, "due>starting>skipped:window_too_short"},
        {Misfire::skip, hold, "due>starting>skipped:hold"},
        {Misfire::skip, disable, "due>starting>skipped:disabled"},
        {Misfire::skip, remove, "due>starting>skipped:removed"},
    };
    for (const auto& c : cases) {
        EngineBench one;
        one.jobs = bench.jobs;
        one.jobs[0].misfire = c.misfire;
        one.load();
        one.advance_to(kTwo - 1s);
        one.auto_commit = false;
        one.advance(1s);
        c.act(one);
        one.auto_commit = true;
        one.commit();
        one.advance(1s);
        EXPECT_EQ(one.story(), c.story);
        const bool is_sent = one.run().state == RunState::running;
        EXPECT_EQ(one.sent_of(Action::start).size(), is_sent ? 1U : 0U);
    }
}

}  // namespace
}  // namespace taktd::test
