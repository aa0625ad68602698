// SPDX-License-Identifier: Apache-2.0
// A config of many jobs is adopted in slices: stops go out between them, nothing starts by a config that has been
// replaced, and through a crash in between every occurrence has exactly one disposition.
#include <algorithm>
#include <map>
#include <set>

#include "tests/support/engine_bench.hpp"

namespace taktd::test {
namespace {

constexpr int kJobs = 1500;

struct EngineAdoption : ::testing::Test {
    EngineBench bench;
    std::size_t rows_of_longest_step = 0;
    std::size_t steps = 0;
    void SetUp() override {
        fill("0 0 * * * *");
        bench.load();
        bench.on_durable = [this](const std::vector<Row>& rows) {
            rows_of_longest_step = std::max(rows_of_longest_step, rows.size());
            ++steps;
        };
    }
    void fill(const std::string& cron) {
        bench.jobs.clear();
        for (int i = 0; i < kJobs; ++i) {
            bench.jobs.push_back(make_job("job-" + std::to_string(10000 + i), cron, 10min, std::to_string(i)));
            bench.jobs.back().enabled = false;
        }
    }
    void down(Duration by) {
        bench.now.wall += by;
        bench.now.boot += by;
        bench.crash();
    }
    /// Commits what is there, until nothing more comes.
    void commit_all() {
        std::size_t before = 0;
        do {
            before = steps;
            bench.commit();
        } while (before != steps);
    }
    /// The dispositions of each job, runs and counted ones.
    std::map<std::string, std::int64_t> told() {
        std::map<std::string, std::int64_t> found;
        std::set<std::pair<std::string, WallTime>> once;
        for (const auto& [id, run] : bench.runs) {
            if (!run.occurrence) continue;
            EXPECT_TRUE(once.emplace(run.job, *run.occurrence).second) << run.job << " twice";
            ++found[run.job];
        }
        for (const auto& gap : bench.gaps) found[gap.job] += gap.count;
        return found;
    }
    void expect_told(std::int64_t each) {
        const auto found = told();
        EXPECT_EQ(found.size(), static_cast<std::size_t>(kJobs));
        for (const auto& [job, count] : found) ASSERT_EQ(count, each) << job;
    }
};

TEST_F(EngineAdoption, ChangedSchedulesAfterDowntime_AreSettledInSlices) {
    down(5h);
    fill("0 30 * * * *");
    bench.load();
    expect_told(5);
    EXPECT_LE(rows_of_longest_step, 4 * kDueItemsPerStep + 1024);
    EXPECT_GT(steps, 10U);
    for (const auto& [job, state] : bench.job_states) EXPECT_EQ(state.watermark, bench.now.wall) << job;
    EXPECT_FALSE(bench.engine.is_adopting());
}

TEST_F(EngineAdoption, JobsThatLeftWhileTheDaemonWasDown_AreCountedInSlices) {
    down(5h);
    bench.jobs.clear();
    bench.load();
    expect_told(5);
    EXPECT_LE(rows_of_longest_step, 2048U);
    for (const auto& gap : bench.gaps) EXPECT_EQ(gap.reason, Reason::removed);
    for (const auto& [job, state] : bench.job_states) EXPECT_EQ(state.schedule, "removed");
}

TEST_F(EngineAdoption, JobsThatLeave_AreSettledInSlices) {
    bench.now.wall += 5h;  // the host was suspended
    bench.now.boot += 5h;
    bench.jobs.clear();
    bench.load();
    expect_told(5);
    EXPECT_LE(rows_of_longest_step, 4 * kDueItemsPerStep + 1024);
}

TEST_F(EngineAdoption, CrashesBetweenSlices_LoseNothingAndTellNothingTwice) {
    down(5h);
    fill("0 30 * * * *");
    for (int crash = 0; crash < 6; ++crash) {
        bench.auto_commit = false;
        bench.load();
        for (int i = 0; i < crash; ++i) bench.commit();
        ASSERT_TRUE(bench.engine.is_adopting()) << "it waits for its rows to be committed";
        bench.crash();
    }
    bench.auto_commit = true;
    bench.load();
    expect_told(5);
}

TEST_F(EngineAdoption, ConfigThatComesMeanwhile_TakesOverWhatTheOneBeforeHasNotReached) {
    down(5h);
    bench.auto_commit = false;
    fill("0 30 * * * *");
    bench.load();
    ASSERT_TRUE(bench.engine.is_adopting());
    bench.now.wall += 40min;  // by the second config half past five was due in every job
    bench.now.boot += 40min;
    fill("0 45 * * * *");
    bench.load();
    commit_all();
    bench.auto_commit = true;
    bench.event(Wake{});
    EXPECT_FALSE(bench.engine.is_adopting());
    expect_told(6);
    for (const auto& [job, state] : bench.job_states) EXPECT_EQ(state.schedule, bench.jobs[0].schedule.fingerprint());
    bench.advance(10min);
    expect_told(7);
}

TEST_F(EngineAdoption, JobThatLeavesAndComesBackMeanwhile_CountsFromThen) {
    down(5h);
    bench.auto_commit = false;
    const auto all = bench.jobs;
    bench.jobs.clear();
    bench.load();
    ASSERT_TRUE(bench.engine.is_adopting());
    bench.now.wall += 90min;
    bench.now.boot += 90min;
    bench.jobs = all;
    bench.load();
    commit_all();
    bench.auto_commit = true;
    bench.event(Wake{});
    expect_told(5);
}

TEST_F(EngineAdoption, OldConfig_WhileANewOneIsAdopted_StartsNothing) {
    for (auto& job : bench.jobs) job.enabled = true;
    bench.load();
    bench.advance(1h - 1s);
    bench.auto_commit = false;  // the rows of those that change keep the others waiting
    const Schedule other = make_job("", "0 30 * * * *", 10min).schedule;
    for (std::size_t i = 0; i < bench.jobs.size(); ++i) {
        bench.jobs[i].task.start_json = R"({"new":true})";
        if (i < 1100) bench.jobs[i].schedule = other;
    }
    bench.load();
    ASSERT_TRUE(bench.engine.is_adopting());
    bench.advance(2s);
    bench.auto_commit = true;
    commit_all();
    bench.advance(1s);
    const auto starts = bench.sent_of(Action::start);
    EXPECT_EQ(starts.size(), static_cast<std::size_t>(kJobs) - 1100);
    for (const auto& start : starts) EXPECT_EQ(start.send.spec->parameters_json, R"({"new":true})");
}

TEST_F(EngineAdoption, RunOfAJobThatLeaves_IsStoppedAtOnce) {
    bench.jobs[kJobs - 1].enabled = true;
    bench.load();
    bench.advance(1h + 1min);
    ASSERT_EQ(bench.sent_of(Action::start).size(), 1U);
    bench.now.wall += 5h;
    bench.now.boot += 5min;
    bench.auto_commit = false;  // so the adoption goes no further than its first slices
    bench.jobs.clear();
    bench.load();
    ASSERT_TRUE(bench.engine.is_adopting());
    bench.advance(1s);  // R1's exception: a stop waits for its commit no longer
    EXPECT_EQ(bench.sent_of(Action::stop).size(), 1U);
}

TEST_F(EngineAdoption, JobThatAnOperatorDisablesMeanwhile_IsAdoptedFirst) {
    bench.auto_commit = false;
    fill("0 30 * * * *");
    for (auto& job : bench.jobs) job.enabled = true;
    bench.load();
    ASSERT_TRUE(bench.engine.is_adopting());
    bench.event(Command{1, "mia", SetDisabled{bench.jobs.back().name, true, std::nullopt, "no more"}});
    bench.auto_commit = true;
    commit_all();
    bench.event(Wake{});
    const JobStateRow& state = bench.job_states[bench.jobs.back().name];
    EXPECT_TRUE(state.disabled);
    EXPECT_EQ(state.schedule, bench.jobs.back().schedule.fingerprint());
}

}  // namespace
}  // namespace taktd::test
