// SPDX-License-Identifier: Apache-2.0
// What counts as a doubled start, and the peak within any one second.
#include "providers/simcloud/truth.hpp"

#include <gtest/gtest.h>

namespace taktd::simcloud {
namespace {

using namespace std::chrono_literals;

WallTime at(Duration since) { return WallTime{1'795'000'000s} + since; }

TwinRun run(std::string task, Duration from, std::optional<Duration> until) {
    TwinRun r;
    r.task_id = std::move(task);
    r.started = at(from);
    if (until) r.ended = at(*until);
    return r;
}

Entry start_request(std::string task, Duration when, bool reached = true) {
    Entry e;
    e.at = at(when);
    e.call.action = Action::start;
    e.call.task_ids.push_back(std::move(task));
    e.reached = reached;
    return e;
}

TEST(Truth, StartsAndRunningTasks_AreCounted) {
    const auto truth = truth_of({run("1", 0s, 5s), run("2", 1s, 6s), run("1", 10s, std::nullopt)}, {}, {});
    EXPECT_EQ(truth.starts, 3u);
    EXPECT_EQ(truth.still_running, 1u);
    EXPECT_EQ(truth.doubled, 0u);
}

TEST(Truth, OverlappingRunsOfOneTask_AreDoubled) {
    EXPECT_EQ(truth_of({run("1", 0s, 5s), run("1", 4s, 6s)}, {}, {}).doubled, 1u);
    EXPECT_EQ(truth_of({run("1", 0s, std::nullopt), run("1", 4s, 6s)}, {}, {}).doubled, 1u);
    EXPECT_EQ(truth_of({run("1", 0s, 5s), run("1", 5s, 6s)}, {}, {}).doubled, 0u) << "one ends as the next begins";
    EXPECT_EQ(truth_of({run("1", 0s, 5s), run("2", 4s, 6s)}, {}, {}).doubled, 0u) << "two tasks";
}

TEST(Truth, StartsNearerThanTheirOccurrences_AreDoubled) {
    const std::vector<TwinRun> runs{run("1", 0s, 1s), run("1", 3s, 4s), run("1", 11s, 12s)};
    EXPECT_EQ(truth_of(runs, {}, {{"1", 8s}}).doubled, 1u);
    EXPECT_EQ(truth_of(runs, {}, {{"2", 8s}}).doubled, 0u);
}

TEST(Truth, StartRequests_ThatCameToARunningTask_AreCounted) {
    Journal journal;
    journal.add(start_request("1", 0s));         // the one that began the run
    journal.add(start_request("1", 2s));         // while it ran
    journal.add(start_request("1", 3s, false));  // dropped before the twin
    journal.add(start_request("1", 7s));         // after it
    journal.add(start_request("2", 2s));
    EXPECT_EQ(truth_of({run("1", 0s, 5s)}, journal, {}).starts_while_running, 1u);
}

TEST(Journal, Peak_IsOfAnyOneSecond) {
    Journal journal;
    for (const Duration when : {0ms, 900ms, 950ms, 1000ms, 1100ms, 5000ms}) journal.add(start_request("1", when));
    EXPECT_EQ(journal.peak_per_second(), 4u) << "0.9 to 1.1 s; the one at 0 is a whole second before 1.0";
    EXPECT_EQ(journal.count(), 6u);
}

TEST(Journal, Oldest_IsForgottenButCounted) {
    Journal journal;
    for (std::size_t i = 0; i < Journal::kEntriesMax + 5; ++i) journal.add(start_request("1", Duration{i}));
    EXPECT_EQ(journal.entries().size(), Journal::kEntriesMax);
    EXPECT_EQ(journal.count(), Journal::kEntriesMax + 5);
}

}  // namespace
}  // namespace taktd::simcloud
