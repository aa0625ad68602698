// SPDX-License-Identifier: Apache-2.0
// The table of legal moves, held against the words of docs/rules.md.
#include "daemon/core/rules/lifecycle.hpp"

#include <gtest/gtest.h>

namespace taktd {
namespace {

using enum RunState;
constexpr RunState kStates[] = {due,       starting, unconfirmed, running, paused,   stopping,
                                completed, stopped,  failed,      skipped, cancelled};

TEST(Lifecycle, Run_BeginsDueOrIsRevivedToBeStopped) {
    for (const auto to : kStates) EXPECT_EQ(is_legal(std::nullopt, to), to == due || to == stopping) << name_of(to);
}

TEST(Lifecycle, Terminal_IsFinal) {
    for (const auto from : kStates) {
        if (!is_terminal(from)) continue;
        for (const auto to : kStates) EXPECT_FALSE(is_legal(from, to)) << name_of(from) << " -> " << name_of(to);
    }
}

TEST(Lifecycle, Stopping_HasNoWayBack) {
    for (const auto to : kStates) {
        EXPECT_EQ(is_legal(stopping, to), to == completed || to == stopped || to == failed) << name_of(to);
    }
}

TEST(Lifecycle, OnlyDue_LeadsToStarting_AndOnlyACertainRefusalLeadsBack) {
    for (const auto from : kStates) {
        EXPECT_EQ(is_legal(from, starting), from == due) << name_of(from);
        EXPECT_EQ(is_legal(from, due), from == starting) << name_of(from);
    }
}

TEST(Lifecycle, UncertainStart_IsNeverCalledUnsent) {
    EXPECT_FALSE(is_legal(unconfirmed, skipped));
    EXPECT_FALSE(is_legal(unconfirmed, cancelled));
    EXPECT_FALSE(is_legal(unconfirmed, due));
}

TEST(Lifecycle, Obligation_IsOpenExactlyWhileTheTaskMayRun) {
    for (const auto to : kStates) {
        EXPECT_EQ(obligation_after(Obligation::open, to) == Obligation::open, owes_stop(to)) << name_of(to);
    }
    EXPECT_EQ(obligation_after(Obligation::open, due), Obligation::none);
    EXPECT_EQ(obligation_after(Obligation::open, stopped), Obligation::discharged);
    EXPECT_EQ(obligation_after(Obligation::none, skipped), Obligation::none);
}

}  // namespace
}  // namespace taktd
