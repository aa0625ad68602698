// SPDX-License-Identifier: Apache-2.0
// Which lines go when there is no room, and what is counted.
#include "daemon/log/line_queue.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd::log {
namespace {

using testing::ElementsAre;

std::vector<std::string> taken(LineQueue& queue) {
    std::vector<std::string> lines;
    while (auto line = queue.pop()) lines.push_back(std::move(*line));
    return lines;
}

TEST(LineQueue, LinesOfAllLevels_ComeOutInTheirOrder) {
    LineQueue queue;
    queue.push(Level::info, "1");
    queue.push(Level::error, "2");
    queue.push(Level::debug, "3");
    queue.push(Level::info, "4");
    EXPECT_THAT(taken(queue), ElementsAre("1", "2", "3", "4"));
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0u);
    EXPECT_FALSE(queue.has_dropped());
}

TEST(LineQueue, FullQueue_DropsInfosBeforeWarningsBeforeErrors) {
    LineQueue queue{{.lines = 3, .bytes = 100}};
    queue.push(Level::warning, "w1");
    queue.push(Level::info, "i1");
    queue.push(Level::info, "i2");
    EXPECT_FALSE(queue.push(Level::info, "i3"));    // nothing below it can go
    EXPECT_TRUE(queue.push(Level::error, "e1"));    // in place of i2
    EXPECT_TRUE(queue.push(Level::warning, "w2"));  // in place of i1
    EXPECT_TRUE(queue.push(Level::error, "e2"));    // in place of w2
    EXPECT_TRUE(queue.push(Level::error, "e3"));    // in place of w1
    EXPECT_FALSE(queue.push(Level::error, "e4"));
    EXPECT_THAT(queue.dropped(), ElementsAre(0, 3, 2, 1));
    EXPECT_THAT(taken(queue), ElementsAre("e1", "e2", "e3"));
}

TEST(LineQueue, Bytes_AreLimited_AndALongLineMakesRoomAmongSeveral) {
    LineQueue queue{{.lines = 100, .bytes = 10}};
    for (const char* line : {"aa", "bb", "cc", "dd", "ee"}) EXPECT_TRUE(queue.push(Level::info, line));
    EXPECT_FALSE(queue.push(Level::info, "f"));
    EXPECT_TRUE(queue.push(Level::error, "12345"));
    EXPECT_EQ(queue.bytes(), 9u);
    EXPECT_THAT(queue.dropped(), ElementsAre(0, 4, 0, 0));
    EXPECT_THAT(taken(queue), ElementsAre("aa", "bb", "12345"));
}

TEST(LineQueue, LineThatFindsNoRoomEvenSo_DropsNothingElse) {
    LineQueue queue{{.lines = 100, .bytes = 10}};
    queue.push(Level::warning, "12345678");
    queue.push(Level::info, "i");
    EXPECT_FALSE(queue.push(Level::warning, "abc"));
    EXPECT_FALSE(queue.push(Level::error, "longer than the queue"));
    EXPECT_THAT(queue.dropped(), ElementsAre(0, 0, 1, 1));
    EXPECT_THAT(taken(queue), ElementsAre("12345678", "i"));
}

TEST(LineQueue, LossesThatWereTold_AreForgotten_AndLaterOnesAreNot) {
    LineQueue queue{{.lines = 1, .bytes = 100}};
    queue.push(Level::info, "1");
    queue.push(Level::info, "2");
    const Dropped told = queue.dropped();
    queue.push(Level::info, "3");
    queue.count_lost(Level::error);
    queue.forget(told);
    EXPECT_THAT(queue.dropped(), ElementsAre(0, 1, 0, 1));
}

}  // namespace
}  // namespace taktd::log
