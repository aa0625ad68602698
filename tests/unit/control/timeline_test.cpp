// SPDX-License-Identifier: Apache-2.0
// Places in the order of lanes, as text and back.
#include "daemon/control/timeline.hpp"

#include <gtest/gtest.h>

namespace taktd::control {
namespace {

TEST(LanePlaces, TheirTexts_MeanThemAgain) {
    for (const LanePlace& place : {LanePlace{0, 5, "a"}, LanePlace{3, 0, "with.dots"}, LanePlace{2, -7, ""}}) {
        const auto back = LanePlace::parse(place.text());
        ASSERT_TRUE(back) << place.text();
        EXPECT_EQ(*back, place);
    }
}

TEST(LanePlaces, OtherTexts_AreNone) {
    for (const char* text : {"", "a", "4.1.a", "12.1.a", "0.x.a", "0.1", "0..a"})
        EXPECT_FALSE(LanePlace::parse(text)) << text;
}

TEST(LanePlaces, OverdueRuns_StandBeforeLiveOnes_BeforeWhatIsToCome) {
    EXPECT_LT((LanePlace{0, 9, "z"}), (LanePlace{1, 1, "a"}));
    EXPECT_LT((LanePlace{1, 9, "z"}), (LanePlace{2, 1, "a"}));
    EXPECT_LT((LanePlace{2, 1, "z"}), (LanePlace{2, 2, "a"}));
    EXPECT_LT((LanePlace{2, 1, "a"}), (LanePlace{2, 1, "b"}));
}

}  // namespace
}  // namespace taktd::control
