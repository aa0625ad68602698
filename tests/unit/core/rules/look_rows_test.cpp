// SPDX-License-Identifier: Apache-2.0
// Which looks stay in the store, and that hours of polls leave little there.
#include "daemon/core/rules/look_rows.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/support/engine_bench.hpp"
#include "tests/support/ids.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;
using namespace test::id_literals;
using test::accepted;
using test::EngineBench;
using test::kMidnight;
using test::make_job;
using test::refused;

/// The rows of looks that a store would hold.
class Rows {
public:
    void look(const CallId& id, std::vector<LookRows::Sight> sights, Outcome outcome = Outcome::accepted,
              bool changed = false) {
        at_ += 15s;
        stored.insert(id);
        for (const auto& gone : rows_.take({id, outcome, changed, at_}, sights)) stored.erase(gone);
    }
    void wait(Duration d) { at_ += d; }
    void forget(const std::string& subject) { rows_.forget(subject); }

    std::set<CallId> stored;

private:
    LookRows rows_;
    BootTime at_{1h};
};

const Observation kRunning{RemoteState::running, "7"};
const Observation kPaused{RemoteState::paused, "7"};

TEST(LookRows, OneThatConfirmsWhatWasKnown_TakesThePlaceOfTheOneBefore) {
    Rows rows;
    for (const CallId id : {"1"_call, "2"_call, "3"_call, "4"_call}) rows.look(id, {{"run", kRunning}});
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "4"_call})) << "the first, and the newest";
}

TEST(LookRows, OneThatShowsSomethingElseOrFailed_IsKeptAndSoIsTheLastOneBefore) {
    Rows rows;
    for (const CallId id : {"1"_call, "2"_call, "3"_call}) rows.look(id, {{"run", kRunning}});
    rows.look("4"_call, {{"run", kPaused}});
    for (const CallId id : {"5"_call, "6"_call}) rows.look(id, {{"run", kPaused}});
    rows.look("7"_call, {{"run", Observation{}}}, Outcome::uncertain);
    rows.look("8"_call, {{"run", Observation{}}}, Outcome::uncertain);
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "3"_call, "4"_call, "6"_call, "7"_call, "8"_call}));
}

TEST(LookRows, OneByWhichSomethingChanged_IsNeverReplaced) {
    Rows rows;
    rows.look("1"_call, {{"run", kRunning}}, Outcome::accepted, true);
    rows.look("2"_call, {{"run", kRunning}}, Outcome::accepted, true);
    for (const CallId id : {"3"_call, "4"_call}) rows.look(id, {{"run", kRunning}});
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "2"_call, "4"_call}));
}

TEST(LookRows, ABatch_StaysAsLongAsItIsTheNewestOfAnyRun) {
    Rows rows;
    rows.look("1"_call, {{"a", kRunning}, {"b", kRunning}});
    rows.look("2"_call, {{"a", kRunning}, {"b", kRunning}});
    rows.look("3"_call, {{"a", kRunning}});
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "2"_call, "3"_call})) << "2 is the newest of b";
    rows.look("4"_call, {{"a", kRunning}, {"b", kRunning}});
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "4"_call}));
}

TEST(LookRows, TheNewestOfARunThatHasEnded_Stays) {
    Rows rows;
    for (const CallId id : {"1"_call, "2"_call}) rows.look(id, {{"a", kRunning}, {"b", kRunning}});
    rows.forget("a");
    for (const CallId id : {"3"_call, "4"_call}) rows.look(id, {{"b", kRunning}});
    EXPECT_EQ(rows.stored, (std::set<CallId>{"1"_call, "2"_call, "4"_call}));
}

TEST(LookRows, AnOutageOfADay_LeavesABoundedNumberAndTheNewest) {
    Rows rows;
    constexpr int kLooks = 24 * 240;
    for (int i = 0; i < kLooks; ++i)
        rows.look(test::call_of(std::to_string(i)), {{"run", Observation{}}}, Outcome::uncertain);
    EXPECT_LE(rows.stored.size(), 24U * LookRows::kKeptPerHour * 2);
    EXPECT_TRUE(rows.stored.contains(test::call_of(std::to_string(kLooks - 1))));
}

TEST(LookRows, AVendorThatAnswersEveryOtherTime_LeavesABoundedNumber) {
    Rows rows;
    for (int i = 0; i < 24 * 240; ++i) {
        const bool fails = i % 2 == 1;
        rows.look(test::call_of(std::to_string(i)), {{"run", fails ? Observation{} : kRunning}},
                  fails ? Outcome::uncertain : Outcome::accepted);
    }
    EXPECT_LE(rows.stored.size(), 24U * LookRows::kKeptPerHour * 2);
}

// The whole engine over a virtual day.

std::size_t looks_stored(const EngineBench& bench) {
    return static_cast<std::size_t>(
        std::ranges::count(bench.calls, Action::query, [](const auto& entry) { return entry.second.action; }));
}

void add_runs(EngineBench& bench, int count) {
    bench.provider.poll_interval = 15s;
    bench.provider.baseline = false;
    for (int n = 0; n < count; ++n)
        bench.jobs.push_back(make_job("job-" + std::to_string(n), "0 0 1 * * *", 23h, std::to_string(n)));
}

TEST(LookRows, ADayOfPollsOfManyRuns_LeavesTwoRowsOfEach) {
    constexpr int kRuns = 5;
    EngineBench bench;
    add_runs(bench, kRuns);
    bench.load();
    bench.advance_to(kMidnight + 23h);
    EXPECT_GE(bench.sent_of(Action::query).size(), kRuns * 21U * 240U);
    EXPECT_LE(looks_stored(bench), kRuns * 3U);
    for (const auto& run : bench.order) {
        const auto is_newest = [&](const auto& entry) {
            return entry.second.run == run && entry.second.result->ended >= bench.now.wall - 15s;
        };
        EXPECT_TRUE(std::ranges::any_of(bench.calls, is_newest)) << "the newest look of each run is there";
    }
    bench.advance_to(kMidnight + 25h);
    for (std::size_t n = 0; n < kRuns; ++n)
        EXPECT_EQ(bench.story(n), "due>starting>running>stopping:schedule>stopped:schedule");
}

TEST(LookRows, ADayOfPollsInBatches_LeavesFewRows) {
    constexpr int kRuns = 6;
    EngineBench bench;
    bench.provider.traits.query_batch_max = 3;
    add_runs(bench, kRuns);
    bench.load();
    bench.advance_to(kMidnight + 23h);
    EXPECT_LE(looks_stored(bench), kRuns * 3U);
    for (const auto& run : bench.order) {
        const auto is_newest = [&](const auto& entry) {
            return std::ranges::count(entry.second.linked, run) > 0 &&
                   entry.second.result->ended >= bench.now.wall - 23s;
        };
        EXPECT_TRUE(std::ranges::any_of(bench.calls, is_newest)) << "the newest look of each run is there";
    }
}

TEST(LookRows, ADayWithoutAnAnswer_LeavesABoundedNumberOfEachRun) {
    constexpr int kRuns = 2;
    EngineBench bench;
    add_runs(bench, kRuns);
    bench.vendor = [&](const Send& send) {
        return send.spec->action == Action::query ? refused(Outcome::uncertain) : bench.obey(send);
    };
    bench.load();
    bench.advance_to(kMidnight + 23h);
    EXPECT_GE(bench.sent_of(Action::query).size(), kRuns * 21U * 240U);
    EXPECT_LE(looks_stored(bench), kRuns * 22U * (LookRows::kKeptPerHour + 2U));
}

TEST(LookRows, HourlyLooksAtTheTasksOfTheConfig_LeaveTwoRowsOfEach) {
    EngineBench bench;
    bench.provider.foreign = Foreign::report;
    for (int n = 0; n < 20; ++n)
        bench.jobs.push_back(make_job("job-" + std::to_string(n), "0 0 1 1 1 *", 1h, std::to_string(n)));
    bench.load();
    bench.advance(72h);
    EXPECT_GE(bench.sent_of(Action::query).size(), 20U * 70U);
    EXPECT_LE(looks_stored(bench), 40U);
}

TEST(LookRows, ABaselineThatAStartWasBasedOn_Stays) {
    EngineBench bench;
    bench.jobs = {make_job("load", "0 0 * * * *", 30min)};
    bench.load();
    bench.advance_to(kMidnight + 6h + 10min);
    std::set<RunId> linked;
    for (const auto& [id, call] : bench.calls)
        if (call.action == Action::query) linked.insert(call.linked.begin(), call.linked.end());
    EXPECT_EQ(linked.size(), bench.order.size());
}

}  // namespace
}  // namespace taktd
