// SPDX-License-Identifier: Apache-2.0
// Many starts at one instant behind a slow limiter: each needs a look and a start, some a task of their own, too. As
// many are made as the limiter permits in time, and what was due before goes before.
#include <algorithm>

#include "daemon/core/rules/policies.hpp"
#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

struct EngineHerd : ::testing::Test {
    EngineBench bench;
    void SetUp() override { bench.provider.rate_limit = {333'333'334ns, 2}; }
    void add(const std::string& name, const std::string& cron, const std::string& task) {
        bench.jobs.push_back(make_job(name, cron, 30min, task));
        bench.jobs.back().start_grace = 60s;
    }
    void add_herd(int size) {
        for (int i = 0; i < size; ++i) add("herd-" + std::to_string(1000 + i), "0 0 2 * * *", std::to_string(1000 + i));
    }
    std::size_t starts() { return bench.sent_of(Action::start).size(); }
    std::optional<WallTime> started_at(const std::string& task) {
        for (const auto& start : bench.sent_of(Action::start)) {
            if (start.send.spec->task_ids[0] == task) return start.at.wall;
        }
        return std::nullopt;
    }
};

TEST_F(EngineHerd, OfThreeHundredAtOneInstant_AsManyStartAsTheLimiterPermits) {
    add_herd(300);
    bench.load();
    bench.advance_to(kTwo + 2min);
    EXPECT_EQ(bench.order.size(), 300U);
    // 60 s of grace are 180 requests; some 30 looks were made before, the other starts want a look each.
    EXPECT_GE(starts(), 90U);
    EXPECT_LE(starts(), 110U);
    for (const auto& start : bench.sent_of(Action::start)) EXPECT_LE(start.at.wall, kTwo + 60s);
    std::size_t looks = 0;
    for (const auto& look : bench.sent_of(Action::query)) looks += look.send.call_class == CallClass::settle ? 1U : 0U;
    EXPECT_LE(looks, starts() + 2) << "nothing is looked at that cannot start any more";
    std::size_t unexplained = 0;
    for (std::size_t i = 0; i < bench.order.size(); ++i) {
        if (bench.run(i).state != RunState::skipped) continue;
        EXPECT_EQ(bench.run(i).reason, Reason::misfire);
        unexplained += bench.note(i).find("one request per") == std::string::npos ? 1U : 0U;
    }
    EXPECT_LE(unexplained, 1U) << "one may have been withdrawn just before it was sent";
}

TEST_F(EngineHerd, EachRequest_KeepsHowLongItWaitedForItsPermit) {
    bench.provider.baseline = false;
    add_herd(10);
    bench.load();
    bench.advance_to(kTwo + 10s);
    std::vector<Duration> waits;
    for (const auto& start : bench.sent_of(Action::start)) {
        const CallRow& row = bench.calls.at(start.send.call);
        ASSERT_TRUE(row.permit);
        EXPECT_EQ(row.permit->call_class, CallClass::start);
        EXPECT_EQ(row.permit->waited, start.at.wall - kTwo) << "they were wanted at one instant";
        waits.push_back(row.permit->waited);
    }
    ASSERT_EQ(waits.size(), 10U);
    EXPECT_LT(waits.front(), 1ms);
    EXPECT_GT(waits.back(), 2500ms);
    bench.advance_to(kTwo + 30min + 20s);
    const auto stops = bench.sent_of(Action::stop);
    ASSERT_GE(stops.size(), 10U);
    const CallRow& last = bench.calls.at(stops.at(9).send.call);
    EXPECT_EQ(last.permit->call_class, CallClass::stop);
    EXPECT_EQ(last.permit->waited, stops.at(9).at.wall - (kTwo + 30min));
}

TEST_F(EngineHerd, WhatWasDueBefore_IsStartedBeforeTheHerdIsLookedAt) {
    add_herd(300);
    add("z-early-1", "55 59 1 * * *", "1");
    add("z-early-2", "57 59 1 * * *", "2");
    add("z-early-3", "59 59 1 * * *", "3");
    bench.load();
    bench.advance_to(kTwo + 2min);
    for (const char* task : {"1", "2", "3"}) {
        ASSERT_TRUE(started_at(task)) << task;
        EXPECT_LE(*started_at(task), kTwo + 2s) << task;
    }
    EXPECT_GE(starts(), 90U);
}

TEST_F(EngineHerd, EarlierStartThatWaitsForItsRetry_GoesBeforeLaterLooks) {
    add("z-early", "30 59 1 * * *", "1");
    add_herd(300);
    bench.load();
    int failures = 3;
    bench.vendor = [&](const Send& send) {
        const bool is_early = send.spec->action == Action::start && send.spec->task_ids[0] == "1";
        return is_early && failures-- > 0 ? refused(Outcome::throttled, 9s) : bench.obey(send);
    };
    bench.advance_to(kTwo + 2min);
    ASSERT_TRUE(started_at("1"));
    EXPECT_TRUE(std::ranges::any_of(bench.runs, [](const auto& entry) {
        return entry.second.job == "z-early" && entry.second.state == RunState::running;
    }));
}

TEST_F(EngineHerd, TasksFromATemplate_AreMadeAsTheirStartsCanFollow) {
    for (int i = 0; i < 300; ++i) {
        add("herd-" + std::to_string(1000 + i), "0 0 2 * * *", "");
        bench.jobs.back().task.prepare_json = "{}";
    }
    bench.load();
    bench.advance_to(kTwo + 2min);
    EXPECT_GE(starts(), 50U) << "three requests each";
    EXPECT_LE(bench.sent_of(Action::prepare).size(), starts() + 2) << "no task is made for nothing";
}

TEST_F(EngineHerd, StartThatWaitedBehindStopsForLong_LooksAgain) {
    bench.provider.rate_limit = {10s, 2};
    add("late", "0 0 2 * * *", "9999");
    bench.jobs.back().start_grace = 10min;
    for (int i = 0; i < 12; ++i) {
        add("load-" + std::to_string(10 + i), "0 0 1 * * *", std::to_string(10 + i));
        bench.jobs.back().start_grace = 25min;
        bench.jobs.back().stop = StopAfter{1h + 500ms};  // just after the start of `late` was admitted
        bench.jobs.back().max_duration = 2h;
    }
    bench.load();
    bench.advance_to(kTwo + 20min);
    ASSERT_TRUE(started_at("9999"));
    for (const auto& [id, run] : bench.runs) {
        if (run.job != "late") continue;
        ASSERT_TRUE(run.baseline);
        EXPECT_LE(*started_at("9999") - run.baseline->asked, kBaselineMaxAge);
    }
}

TEST_F(EngineHerd, WithTheStoreDown_RunsAreStillPolled) {
    add("early", "0 50 1 * * *", "1");
    add_herd(20);
    bench.load();
    bench.advance_to(kTwo + 100ms);  // starts and looks are waiting
    bench.store_down();
    const auto before = bench.sent.size();
    bench.advance_to(kTwo + 30s);
    EXPECT_GE(bench.sent.size(), before + 2);
    bench.store_up();
    bench.advance_to(kTwo + 2min);
    for (std::size_t i = 0; i < bench.order.size(); ++i) EXPECT_NE(bench.run(i).state, RunState::due);
}

}  // namespace
}  // namespace taktd::test
