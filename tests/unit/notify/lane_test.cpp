// SPDX-License-Identifier: Apache-2.0
// One target's queue in virtual time: order, retries, pace, gathering.
#include "daemon/notify/lane.hpp"

#include <gmock/gmock.h>

namespace taktd::notify {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using Taken = Verdict::Kind;

class Bench {
public:
    explicit Bench(Pace pace = {})
        : lane{pace, 1, [this](const std::vector<OutboxRow>& rows) { return gathered(rows); }} {}

    NoticeId add(NoticeType type, const std::string& job = "load", Duration wait = {}) {
        const OutboxRow row = make(type, job, lane.first_try(type, job, wait, now.wall));
        lane.add(row);
        return row.event;
    }
    OutboxRow make(NoticeType type, const std::string& job, WallTime next) {
        return {.event = NoticeId{ids.next(now.wall)},
                .target = "ops",
                .type = type,
                .job = job,
                .run = run,
                .body = "{}",
                .created = now.wall,
                .next = next};
    }
    void pass(Duration time) {
        now.wall += time;
        now.boot += time;
    }
    /// Sends what is to be sent until `end`, each taken as `taken` says; what was sent, in order.
    std::vector<NoticeId> sent_within(Duration time, Taken taken = Taken::delivered) {
        std::vector<NoticeId> sent;
        const WallTime end = now.wall + time;
        while (now.wall <= end) {
            const Lane::Step step = lane.step(now);
            if (!step.rows.empty()) {
                gathered_from.push_back(step.rows.size() - 1);
                lane.add(step.rows.front());
            } else if (step.send) {
                sent.push_back(step.send->event);
                settled = lane.settle(*step.send, {.kind = taken, .why = "so"}, now);
            } else if (step.until) {
                if (*step.until > end) break;
                pass(std::max(*step.until - now.wall, Duration{1}));
            } else {
                break;
            }
        }
        if (now.wall < end) pass(end - now.wall);
        return sent;
    }

    Now now{WallTime{std::chrono::sys_days{std::chrono::year{2026} / 12 / 1}} + 2h + 17min, BootTime{5h}};
    UuidSource ids{7};
    Lane lane;
    RunId run{Uuid{1, 2}};
    std::vector<std::size_t> gathered_from;
    OutboxRow settled;

private:
    OutboxRow gathered(const std::vector<OutboxRow>& rows) { return make(rows.front().type, "", now.wall); }
};

TEST(Lane, Notices_AreSentInTheirOrder) {
    Bench bench;
    const auto a = bench.add(NoticeType::run_failed, "a"), b = bench.add(NoticeType::run_overdue, "b"),
               c = bench.add(NoticeType::run_failed, "c");
    EXPECT_THAT(bench.sent_within(1s), ElementsAre(a, b, c));
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, AFailingOne_KeepsThoseBehindItWaitingAndIsTriedMoreRarely) {
    Bench bench;
    const auto first = bench.add(NoticeType::run_failed, "a");
    bench.add(NoticeType::run_overdue, "b");
    const auto tries = bench.sent_within(1h, Taken::again);
    EXPECT_THAT(tries, ::testing::Each(first));
    // 5 s doubling to 10 min: 7 pauses make up 10 minutes, and then one each ten, 20 % more or less.
    EXPECT_GE(tries.size(), 11U);
    EXPECT_LE(tries.size(), 15U);
    EXPECT_EQ(bench.sent_within(15min).front(), first);
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, OneThatIsADayOld_IsGivenUp) {
    Bench bench;
    bench.add(NoticeType::run_failed, "a");
    bench.sent_within(23h, Taken::again);
    EXPECT_FALSE(bench.settled.done);
    bench.sent_within(2h, Taken::again);
    EXPECT_TRUE(bench.settled.done);
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, OneThatIsRefusedForWhatItIs_GoesAtOnce) {
    Bench bench;
    const auto a = bench.add(NoticeType::run_failed, "a"), b = bench.add(NoticeType::run_failed, "b");
    EXPECT_THAT(bench.sent_within(1s, Taken::never), ElementsAre(a, b));
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, RetryAfter_IsHonouredUpToTenMinutes) {
    Bench bench;
    const OutboxRow row = bench.make(NoticeType::run_failed, "a", bench.now.wall);
    bench.lane.add(row);
    EXPECT_EQ(bench.lane.settle(row, {.after = 42s}, bench.now).next, bench.now.wall + 42s);
    EXPECT_EQ(bench.lane.settle(row, {.after = 5h}, bench.now).next, bench.now.wall + 10min);
}

TEST(Lane, AReload_TriesAtOnceWhatHasFailed) {
    Bench bench;
    const auto a = bench.add(NoticeType::run_failed, "a");
    bench.sent_within(1h, Taken::setting);
    bench.lane.renew({});
    EXPECT_THAT(bench.sent_within(1s), ElementsAre(a));
}

TEST(Lane, OneThatIsToWait_IsPassedByThoseThatNeedNot) {
    Bench bench;
    const auto later = bench.add(NoticeType::run_unconfirmed, "a", 1min), now = bench.add(NoticeType::run_failed, "b");
    EXPECT_THAT(bench.sent_within(2min), ElementsAre(now, later));
}

TEST(Lane, WhatNeedsNotBeToldAnyMore_IsWithdrawn) {
    Bench bench;
    bench.add(NoticeType::run_unconfirmed, "a", 1min);
    EXPECT_TRUE(bench.lane.withdraw(RunId{Uuid{8, 8}}, NoticeType::run_unconfirmed).empty());
    const auto withdrawn = bench.lane.withdraw(bench.run, NoticeType::run_unconfirmed);
    ASSERT_EQ(withdrawn.size(), 1U);
    EXPECT_TRUE(withdrawn.front().done);
    EXPECT_TRUE(bench.sent_within(5min).empty());
}

TEST(Lane, OneTypeAndJobWithinAMinute_IsToldOnceAndThenTogether) {
    Bench bench;
    const auto first = bench.add(NoticeType::run_failed);
    EXPECT_THAT(bench.sent_within(1s), ElementsAre(first));
    for (int i = 0; i < 5; ++i) {
        bench.add(NoticeType::run_failed);
        EXPECT_TRUE(bench.sent_within(5s).empty());
    }
    EXPECT_EQ(bench.sent_within(1min).size(), 1U);
    EXPECT_THAT(bench.gathered_from, ElementsAre(5U));
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, Critical_IsNeverHeldBackToBeGathered) {
    Bench bench;
    const auto a = bench.add(NoticeType::run_overdue), b = bench.add(NoticeType::run_overdue);
    EXPECT_THAT(bench.sent_within(1s), ElementsAre(a, b));
}

TEST(Lane, MoreThanAMinuteTakes_IsGatheredAndNothingIsLost) {
    Bench bench{{.per_minute = 20}};
    for (int i = 0; i < 20; ++i) bench.add(NoticeType::run_failed, "job" + std::to_string(i));
    EXPECT_EQ(bench.sent_within(1s).size(), 20U);
    for (int i = 0; i < 100; ++i) bench.add(NoticeType::run_failed, "more" + std::to_string(i));
    EXPECT_TRUE(bench.sent_within(50s).empty()) << "the minute is used up";
    EXPECT_EQ(bench.sent_within(20s).size(), 1U);
    EXPECT_THAT(bench.gathered_from, ElementsAre(100U));
    EXPECT_TRUE(bench.lane.is_empty());
}

TEST(Lane, ATargetThatTakesNothing_HoldsABoundedNumberAndForgetsNone) {
    Bench bench;
    std::size_t gathered = 0;
    for (int i = 0; i < 5000; ++i) {
        bench.add(i % 3 == 0 ? NoticeType::run_started : NoticeType::run_failed, "job" + std::to_string(i));
        for (auto rows = bench.lane.shrink(); !rows.empty(); rows = bench.lane.shrink()) {
            gathered += rows.size() - 2;  // one came, the others went
            bench.lane.add(rows.front());
        }
        ASSERT_LE(bench.lane.size(), Lane::kWaitingMax);
    }
    EXPECT_EQ(bench.lane.size() + gathered, 5000U);
}

TEST(Lane, Robots_AreSparedOnTheHour) {
    Bench bench{pace_of(NotifyTarget::Kind::feishu)};
    bench.pass(43min);  // three o'clock
    const WallTime next = bench.lane.first_try(NoticeType::run_failed, "a", {}, bench.now.wall);
    EXPECT_GT(next, bench.now.wall);
    EXPECT_LE(next, bench.now.wall + 10s);
    EXPECT_EQ(bench.lane.first_try(NoticeType::run_overdue, "a", {}, bench.now.wall), bench.now.wall);
}

TEST(Lane, AClockThatWentBack_KeepsNothingForLong) {
    Bench bench;
    const auto a = bench.add(NoticeType::run_failed, "a");
    bench.now.wall -= 100h;
    EXPECT_THAT(bench.sent_within(1s), ElementsAre(a));
}

TEST(Lane, ATargetThatHasLeftTheConfig_LosesWhatItWasToBeTold) {
    Bench bench;
    bench.add(NoticeType::run_failed, "a");
    EXPECT_TRUE(bench.lane.take_older(bench.now.wall, true).empty());
    EXPECT_EQ(bench.lane.take_older(bench.now.wall, false).size(), 1U);
    EXPECT_TRUE(bench.lane.is_empty());
}

}  // namespace
}  // namespace taktd::notify
