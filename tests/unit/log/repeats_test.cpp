// SPDX-License-Identifier: Apache-2.0
// Lines that come again: the first is told at once, the others as a count when their minute is over.
#include "daemon/log/repeats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/log/log.hpp"

namespace taktd::log {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kError = static_cast<int>(Level::error), kWarning = static_cast<int>(Level::warning);

class RepeatsTest : public ::testing::Test {
protected:
    Repeats::Time now{1000s};
    Repeats repeats;
    std::vector<std::string> told;  ///< "store 12x in 60 s"

    bool is_first(const std::string& message, const std::string& fields = "", int level = kError) {
        std::vector<Repeats::Repeated> due;
        const bool is_first = repeats.is_first({level, message, fields}, now, due);
        note(due);
        return is_first;
    }
    void take_due() {
        std::vector<Repeats::Repeated> due;
        repeats.take_due(now, due);
        note(due);
    }
    void note(const std::vector<Repeats::Repeated>& due) {
        for (const auto& each : due)
            told.push_back(each.line.message + each.line.fields + " " + std::to_string(each.times) + "x in " +
                           std::to_string(each.within.count()) + " s");
    }
};

TEST_F(RepeatsTest, Line_ThatComesAgain_IsCountedAndToldWhenItsMinuteIsOver) {
    EXPECT_TRUE(is_first("store"));
    for (int i = 0; i < 12; ++i) {
        now += 4s;
        EXPECT_FALSE(is_first("store"));
    }
    now += 11'999ms;
    take_due();
    EXPECT_THAT(told, IsEmpty());
    now += 1ms;
    take_due();
    EXPECT_THAT(told, ElementsAre("store 12x in 60 s"));
    take_due();
    EXPECT_EQ(told.size(), 1U);
}

TEST_F(RepeatsTest, Line_AfterItsMinute_IsAFirstOneAgainAndComesBehindTheCount) {
    EXPECT_TRUE(is_first("store"));
    EXPECT_FALSE(is_first("store"));
    now += 3min;
    EXPECT_TRUE(is_first("store"));
    EXPECT_THAT(told, ElementsAre("store 1x in 60 s"));
    now += 59s;
    EXPECT_FALSE(is_first("store"));
}

TEST_F(RepeatsTest, Line_ThatCameOnce_IsNotToldTwice) {
    EXPECT_TRUE(is_first("store"));
    now += 2min;
    take_due();
    EXPECT_THAT(told, IsEmpty());
    EXPECT_TRUE(is_first("store"));
}

TEST_F(RepeatsTest, Lines_ThatDifferInLevelMessageOrFields_AreEachAFirstOne) {
    EXPECT_TRUE(is_first("stop call ended", " run=1"));
    EXPECT_TRUE(is_first("stop call ended", " run=2"));
    EXPECT_TRUE(is_first("start call ended", " run=1"));
    EXPECT_TRUE(is_first("stop call ended", " run=1", kWarning));
    EXPECT_FALSE(is_first("stop call ended", " run=1"));
    now += 1min;
    take_due();
    EXPECT_THAT(told, ElementsAre("stop call ended run=1 1x in 60 s"));
}

TEST_F(RepeatsTest, Counts_AreToldInTheOrderInWhichTheirLinesBegan) {
    is_first("b"), is_first("b");
    now += 10s;
    is_first("a"), is_first("a"), is_first("a");
    now += 2min;
    take_due();
    EXPECT_THAT(told, ElementsAre("b 1x in 60 s", "a 2x in 60 s"));
}

TEST_F(RepeatsTest, Lines_BeyondWhatIsKept_LetTheOldestGoWithItsCount) {
    is_first("oldest"), is_first("oldest");
    for (std::size_t i = 0; i < Repeats::kKnownMax; ++i) {
        now += 1ms;
        EXPECT_TRUE(is_first(std::to_string(i)));
    }
    EXPECT_THAT(told, ElementsAre("oldest 1x in 0 s"));
    EXPECT_TRUE(is_first("oldest"));
}

TEST_F(RepeatsTest, Clock_ThatIsSetBack_EndsEachMinute) {
    is_first("store"), is_first("store");
    now -= 1h;
    EXPECT_TRUE(is_first("store"));
    EXPECT_THAT(told, ElementsAre("store 1x in 0 s"));
}

TEST_F(RepeatsTest, End_TellsAllThatWasCounted) {
    is_first("store"), is_first("store");
    now += 7s;
    std::vector<Repeats::Repeated> due;
    repeats.take_all(now, due);
    note(due);
    EXPECT_THAT(told, ElementsAre("store 1x in 7 s"));
    EXPECT_TRUE(is_first("store"));
}

class RepeatedLines : public ::testing::Test {
protected:
    std::vector<std::string> lines;
    void set_up(Options options) {
        options.sink = [this](std::string_view line) { lines.emplace_back(line); };
        setup(std::move(options));
    }
    void TearDown() override { setup({}); }
    static void fail(const char* run, int attempt) {
        warning("stop call ended",
                {{"run", run}, {"call", std::to_string(attempt)}, {"attempt", attempt}, {"outcome", "uncertain"}});
    }
};

TEST_F(RepeatedLines, FailedCallsOfOneRun_AreOneLineAndACountWithWhatTheyShare) {
    set_up({});
    for (int i = 1; i <= 13; ++i) fail("r1", i);
    fail("r2", 1);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[0], EndsWith("stop call ended run=r1 call=1 attempt=1 outcome=uncertain"));
    EXPECT_THAT(lines[1], HasSubstr("run=r2"));
    flush();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_THAT(lines[2], HasSubstr("warning stop call ended (repeated 12 times in "));
    EXPECT_THAT(lines[2], EndsWith(" s) run=r1 outcome=uncertain repeated=12"));
}

TEST_F(RepeatedLines, InJson_AreWholeObjectsWithACount) {
    set_up({.format = Format::json});
    for (int i = 1; i <= 3; ++i) fail("r1", i);
    flush();
    EXPECT_THAT(lines.back(), HasSubstr(R"(,"run":"r1","outcome":"uncertain","repeated":2})"));
}

TEST_F(RepeatedLines, AtDebugAndUpToInfo_NothingIsHeldBack) {
    set_up({.level = Level::debug});
    for (int i = 1; i <= 3; ++i) fail("r1", i);
    EXPECT_EQ(lines.size(), 3U);
    set_up({});
    lines.clear();
    for (int i = 1; i <= 3; ++i) info("run started");
    EXPECT_EQ(lines.size(), 3U);
}

TEST_F(RepeatedLines, EachRepeat_CountsAsALineOfTheLog) {
    set_up({});
    const auto before = lines_by_level();
    for (int i = 1; i <= 5; ++i) fail("r1", i);
    EXPECT_EQ(lines_by_level()[kWarning] - before[kWarning], 5U);
}

}  // namespace
}  // namespace taktd::log
