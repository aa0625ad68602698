// SPDX-License-Identifier: Apache-2.0
// What the loop hands to the writer, and how the writer is told to end.
#include "daemon/store/sqlite/write_queue.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;
using Ending = WriteQueue::Ending;

SharedRows rows(std::size_t count) {
    return std::make_shared<const std::vector<Row>>(std::vector<Row>(count, HoldRow{}));
}
const auto kNothingElse = [] { return false; };

PruneRequest before(int day) { return {WallTime{day * 24h}, WallTime{day * 24h}}; }

TEST(WriteQueue, Steps_ShareABatchUpToItsLimitInTheirOrder) {
    WriteQueue queue;
    queue.push(1, rows(WriteQueue::kBatchRowsMax - 1));
    queue.push(2, rows(10));
    queue.push(3, rows(1));
    const auto first = queue.take();
    ASSERT_TRUE(first);
    ASSERT_EQ(first->steps.size(), 2U);  // the one that crosses the limit is whole
    EXPECT_EQ(first->steps[1].number, 2U);
    EXPECT_EQ(first->rows, WriteQueue::kBatchRowsMax + 9);
    EXPECT_EQ(queue.take()->steps.front().number, 3U);
    EXPECT_FALSE(queue.take());
    EXPECT_TRUE(queue.is_empty());
}

TEST(WriteQueue, CleanEnd_ComesAfterEveryStepAndBearsWhatWasLeft) {
    WriteQueue queue;
    queue.push(1, rows(1));
    queue.leave({LimiterRow{}});
    queue.end(Ending::clean);
    EXPECT_FALSE(queue.take()->last);
    const auto last = queue.take();
    ASSERT_TRUE(last);
    EXPECT_TRUE(last->last);
    EXPECT_EQ(last->limiters.size(), 1U);
}

TEST(WriteQueue, LaterEnding_OverrulesAnEarlierOneAndNeverTheOtherWay) {
    WriteQueue queue;
    queue.push(1, rows(1));
    queue.end(Ending::flush);
    queue.end(Ending::clean);
    EXPECT_TRUE(queue.goes_on());  // for what is left
    queue.take();
    EXPECT_FALSE(queue.goes_on());
    EXPECT_FALSE(queue.take());  // no clean mark after a flush
    queue.end(Ending::abandon);
    EXPECT_FALSE(queue.wait_to_retry(1h));
}

TEST(WriteQueue, AbandonedQueue_GivesNothing) {
    WriteQueue queue;
    queue.push(1, rows(1));
    queue.end(Ending::abandon);
    EXPECT_FALSE(queue.take());
    EXPECT_FALSE(queue.goes_on());
}

TEST(WriteQueue, StepOutOfOrder_IsABrokenRule) {
    WriteQueue queue;
    queue.push(2, rows(1));
    EXPECT_THROW(queue.push(2, rows(1)), std::logic_error);
    queue.end(Ending::clean);
    EXPECT_THROW(queue.push(3, rows(1)), std::logic_error);
}

TEST(WriteQueue, WishToPrune_HoldsUntilThatOneIsFulfilledOrTheWriterEnds) {
    WriteQueue queue;
    queue.prune(before(1));
    queue.prune(before(2));
    queue.fulfil(before(1));  // its end came after the next wish
    EXPECT_EQ(queue.wish(), before(2));
    queue.end(Ending::clean);
    EXPECT_FALSE(queue.wish());
    WriteQueue other;
    other.prune(before(1));
    other.fulfil(before(1));
    EXPECT_FALSE(other.wish());
}

TEST(WriteQueue, Wait_EndsWithWorkAloneOrWithItsTime) {
    WriteQueue queue;
    EXPECT_FALSE(queue.wait(1ms, true, kNothingElse));
    EXPECT_TRUE(queue.wait(std::nullopt, true, [] { return true; }));
    queue.prune(before(1));
    EXPECT_FALSE(queue.wait(1ms, false, kNothingElse));
    EXPECT_TRUE(queue.wait(std::nullopt, true, kNothingElse));
}

TEST(WriteQueue, WriterThatWaits_IsWokenByAStepByNewsAndByAnEnd) {
    WriteQueue queue;
    std::atomic<bool> has_news{false};
    std::atomic<int> woken{0};
    std::thread writer{[&] {
        for (const int round : {1, 2, 3}) {
            queue.wait(std::nullopt, false, [&] { return has_news.exchange(false); });
            queue.take();
            woken = round;
        }
        queue.finish();
    }};
    const auto wait_for = [&](int round) {
        while (woken < round) std::this_thread::yield();
    };
    queue.push(1, rows(1));
    wait_for(1);
    has_news = true;
    queue.wake();
    wait_for(2);
    queue.end(Ending::clean);
    queue.wait_for_end(1h);
    writer.join();
    EXPECT_EQ(woken, 3);
}

}  // namespace
}  // namespace taktd
