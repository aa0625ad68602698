// SPDX-License-Identifier: Apache-2.0
// Given worlds in which something never happened, when their figures are held against the floors, then it is named.
#include "tests/simulation/checks/floors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Figures enough() {
    Figures figures;
    figures.worlds = kWorldsForFloors;
    figures.faults.fill(1);
    figures.heals = 1'000'000;
    figures.effects = figures.tasks_made = figures.tasks_found = figures.task_starts = figures.objections = 1'000'000;
    figures.ends = {{"stopped:schedule", 1'000'000}, {"completed:", 1'000'000}};
    return figures;
}

TEST(Floors, Floors_InWorldsThatHaveSeenEverything_AreReached) { EXPECT_THAT(missed_floors(enough()), IsEmpty()); }

TEST(Floors, FaultThatNeverHappened_IsNamed) {
    Figures figures = enough();
    figures.faults.at(static_cast<std::size_t>(Fault::reboot)) = 0;
    EXPECT_THAT(missed_floors(figures), ElementsAre("never injected: a reboot"));
}

TEST(Floors, EngineThatSkipsEverything_IsNamed) {
    Figures figures = enough();
    figures.effects = 0;
    figures.ends = {{"skipped:misfire", 1'000'000}};
    EXPECT_THAT(missed_floors(figures),
                ElementsAre(HasSubstr("starts that took effect: 0"), HasSubstr("stops by schedule: 0"),
                            HasSubstr("ended by themselves: 0")));
}

}  // namespace
}  // namespace taktd::sim
