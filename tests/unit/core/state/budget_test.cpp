// SPDX-License-Identifier: Apache-2.0
// How much one step may do, counted for each kind of work by itself.
#include "daemon/core/state/budget.hpp"

#include <array>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using Left = std::array<std::size_t, 4>;

Left left_of(const Budget& budget) { return {budget.due(), budget.admissions(), budget.scans(), budget.jobs()}; }

Budget new_step(SliceSizes slices = {}) {
    Budget budget{slices};
    budget.begin_step();
    return budget;
}

TEST(Budget, BeforeTheFirstStep_ThereIsNone) {
    const Budget budget{{.jobs = 7, .occurrences = 9}};
    EXPECT_EQ(left_of(budget), (Left{0, 0, 0, 7}));
    EXPECT_FALSE(budget.has_left_over());
}

TEST(Budget, AStep_BeginsWithAllOfIt) {
    EXPECT_EQ(left_of(new_step()), (Left{256, 256, 16384, 512}));
    EXPECT_EQ(left_of(new_step({.jobs = 7, .occurrences = 9})), (Left{256, 256, 9, 7}));
}

TEST(Budget, WhatIsSpent_IsTakenFromItsOwnKind) {
    const struct {
        const char* what;
        void (*spend)(Budget&);
        Left left;
    } cases[] = {
        {"a run or an occurrence", [](Budget& budget) { budget.spend_due(); }, {255, 256, 9, 7}},
        {"an intent", [](Budget& budget) { budget.spend_admission(); }, {256, 255, 9, 7}},
        {"a missed occurrence", [](Budget& budget) { budget.spend_scan(); }, {256, 256, 8, 7}},
    };
    for (const auto& c : cases) {
        Budget budget = new_step({.jobs = 7, .occurrences = 9});
        c.spend(budget);
        EXPECT_EQ(left_of(budget), c.left) << c.what;
        budget.begin_step();
        EXPECT_EQ(left_of(budget), (Left{256, 256, 9, 7})) << c.what << ": the next step has it again";
    }
}

TEST(Budget, ItsEnd_ComesAfterAsManyAsItHas) {
    Budget budget = new_step({.jobs = 7, .occurrences = 9});
    for (std::size_t i = 0; i < kDueItemsPerStep; ++i) budget.spend_due(), budget.spend_admission();
    for (int i = 0; i < 9; ++i) budget.spend_scan();
    EXPECT_EQ(left_of(budget), (Left{0, 0, 0, 7}));
}

TEST(Budget, ItsEnd_IsNotPassedByOneMoreRun) {
    Budget budget = new_step();
    for (std::size_t i = 0; i <= kDueItemsPerStep; ++i) budget.spend_due();
    EXPECT_EQ(budget.due(), 0U);
}

TEST(Budget, WhatIsLeftOver_IsToldUntilTheNextStep) {
    Budget budget = new_step();
    EXPECT_FALSE(budget.has_left_over());
    budget.leave_over();
    EXPECT_TRUE(budget.has_left_over());
    budget.begin_step();
    EXPECT_FALSE(budget.has_left_over());
}

}  // namespace
}  // namespace taktd
